/** Who owes an answer in a dialog: the offer/answer rules as a table. RFC 3264 §4, RFC 3261 §13.2.1, §14, RFC 3311 §5, RFC 6337 §2. */

/**
 * - `idle`: no session was agreed yet.
 * - `offered`: our offer is out, the peer owes an answer.
 * - `owing`: the peer's offer is in, we owe an answer.
 * - `stable`: a session stands and nobody owes anything.
 */
export type OfferAnswerState = 'idle' | 'offered' | 'owing' | 'stable'

/** Who owes an answer in a dialog; JSON, never changed in place. RFC 3264 §4. */
export interface OfferAnswer {
  /** The row of {@link offerAnswer} it is in. */
  readonly state: OfferAnswerState
  /** Whether a session was agreed before the present offer: what a refusal falls back to. RFC 3261 §14.1. */
  readonly agreed: boolean
}

/** What a message is to the session: whose description, as what. RFC 6337 §2.2. */
export type OfferAnswerEvent =
  | 'send offer'
  | 'receive offer'
  | 'send answer'
  | 'receive answer'
  /** A description in a 1xx that is not reliable: what the answer will be, not the answer. RFC 6337 §3.1.1. */
  | 'send preview'
  | 'receive preview'
  /** The request that carried the offer, or whose response did, got a final response other than 2xx. */
  | 'refused'

/**
 * - `take`: go on; the description counts.
 * - `ignore`: the same description again, as in a 200 after a 183 (RFC 3261 §13.2.1).
 * - `refuse 491`: offers crossed; `refuse 500`: theirs came before we answered the one before, add Retry-After (RFC 3311 §5.2).
 * - `not allowed`: ours, and against the rules: wait until the state is `stable`.
 */
export type OfferAnswerVerdict = 'take' | 'ignore' | 'refuse 491' | 'refuse 500' | 'not allowed'

interface Cell {
  /** `back`: to `stable` when a session was agreed before, else to `idle`. */
  readonly to: OfferAnswerState | 'back'
  readonly verdict: OfferAnswerVerdict
}
type Table = Readonly<Record<OfferAnswerState, Readonly<Record<OfferAnswerEvent, Cell>>>>

const cell = (to: Cell['to'], verdict: OfferAnswerVerdict = 'take'): Cell => ({ to, verdict })

/** Every state × every event; there is no empty cell. */
export const offerAnswer: Table = {
  idle: {
    'send offer': cell('offered'),
    'receive offer': cell('owing'),
    'send answer': cell('idle', 'not allowed'),
    'receive answer': cell('idle', 'ignore'),
    'send preview': cell('idle', 'not allowed'),
    'receive preview': cell('idle', 'ignore'),
    refused: cell('idle', 'ignore'),
  },
  offered: {
    'send offer': cell('offered', 'not allowed'),
    'receive offer': cell('offered', 'refuse 491'),
    'send answer': cell('offered', 'not allowed'),
    'receive answer': cell('stable'),
    'send preview': cell('offered', 'not allowed'),
    'receive preview': cell('offered'),
    refused: cell('back'),
  },
  owing: {
    'send offer': cell('owing', 'not allowed'),
    'receive offer': cell('owing', 'refuse 500'),
    'send answer': cell('stable'),
    'receive answer': cell('owing', 'ignore'),
    'send preview': cell('owing'),
    'receive preview': cell('owing', 'ignore'),
    refused: cell('back'),
  },
  stable: {
    'send offer': cell('offered'),
    'receive offer': cell('owing'),
    // Our 183's description repeated in our 200.
    'send answer': cell('stable', 'ignore'),
    'receive answer': cell('stable', 'ignore'),
    'send preview': cell('stable', 'ignore'),
    'receive preview': cell('stable', 'ignore'),
    refused: cell('stable', 'ignore'),
  },
}

/** Of a new dialog. A forked INVITE with an offer starts one per early dialog, each `offered`. RFC 3261 §13.2.2.4. */
export const NO_SESSION: OfferAnswer = { state: 'idle', agreed: false }

/** One step of the table. `machine` is not changed. */
export function offerAnswerStep(
  machine: OfferAnswer,
  event: OfferAnswerEvent,
): { readonly machine: OfferAnswer; readonly verdict: OfferAnswerVerdict } {
  const { to, verdict } = offerAnswer[machine.state][event]
  const state = to === 'back' ? (machine.agreed ? 'stable' : 'idle') : to
  return { machine: { state, agreed: machine.agreed || state === 'stable' }, verdict }
}
