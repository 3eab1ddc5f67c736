/** One call as a table: both roles, from the INVITE to the end of its BYE. RFC 3261 §13, §15, RFC 3262 §3. */

/**
 * Caller:
 * - `calling`: the INVITE is out, no dialog yet. `early`: a phone rings, or several do.
 * - `acknowledging`: the 2xx brought an offer; the ACK waits for our answer (RFC 3261 §13.2.2.4).
 * - `cancelling`: CANCEL is out, or held until a 1xx lets it go (RFC 3261 §9.1).
 *
 * Called side:
 * - `incoming`: nothing said yet but 100. `ringing`: a 1xx was sent.
 * - `holding`: answered, but a description in a reliable 1xx has no PRACK yet, so the 2xx waits (RFC 3262 §3).
 * - `answered`: 2xx sent, ACK awaited. `leaving`: the same, and hung up: no BYE before the ACK (RFC 3261 §15).
 *
 * Both: `confirmed`; `ending`: our BYE is out; `ended`: only transactions are left, then nothing.
 */
export type CallState =
  | 'calling'
  | 'early'
  | 'acknowledging'
  | 'cancelling'
  | 'incoming'
  | 'ringing'
  | 'holding'
  | 'answered'
  | 'leaving'
  | 'confirmed'
  | 'ending'
  | 'ended'

/**
 * What happens to a call. From our side: `ring`, `accept`, `accept later` (a PRACK is owed first), `describe` (our answer for the ACK),
 * `hang up`. From the far end: `again` (a challenge or a 422 that we can meet with another INVITE), `1xx`, `2xx`, `2xx with offer`, `refusal`, `CANCEL`, `PRACK`, `ACK`, `BYE`, `BYE answered`.
 * From time and network: `expired` (the invitation has, unanswered), `no answer` (timer B, transport), `no ACK`, `no PRACK` (64*T1), `gone` (481, 408, a session that expired).
 */
export type CallEvent =
  | 'ring'
  | 'accept'
  | 'accept later'
  | 'describe'
  | 'hang up'
  | 'again'
  | '1xx'
  | '2xx'
  | '2xx with offer'
  | 'refusal'
  | 'no answer'
  | 'CANCEL'
  | 'PRACK'
  | 'no PRACK'
  | 'ACK'
  | 'no ACK'
  | 'BYE'
  | 'BYE answered'
  | 'gone'
  | 'expired'

/** What a step of the table does, each in one word or two; `tell …` is an output of the agent. RFC 3261 §13, §15. */
export type CallEffect =
  | 'send CANCEL'
  | 'send ACK'
  | 'send BYE'
  | 'send 1xx'
  | 'send 2xx'
  | 'refuse'
  | 'stop 2xx'
  | 'tell answered'
  | 'tell confirmed'
  | 'tell ended'

/** One cell of {@link callTable}. */
export interface CallCell {
  /** The state after it. */
  readonly to: CallState
  /** In this order, after the state has changed. */
  readonly effects: readonly CallEffect[]
}

export type CallTable = Readonly<Record<CallState, Readonly<Partial<Record<CallEvent, CallCell>>>>>

const cell = (to: CallState, ...effects: readonly CallEffect[]): CallCell => ({ to, effects })

/** An empty cell ignores the event: a verb of ours answers false then. */
// biome-ignore format: a table reads in columns
export const callTable: CallTable = {
  calling: {
    'again':          cell('calling'),
    '1xx':            cell('early'),
    '2xx':            cell('confirmed',     'send ACK', 'tell answered'),
    '2xx with offer': cell('acknowledging', 'tell answered'),
    'refusal':        cell('ended',         'tell ended'),
    'no answer':      cell('ended',         'tell ended'),
    'hang up':        cell('cancelling',    'send CANCEL'),
    'expired':        cell('cancelling',    'send CANCEL'),            // RFC 3261 §13.2.1
  },
  early: {
    'again':          cell('calling'),                                  // what rang before rings no more
    '1xx':            cell('early'),
    '2xx':            cell('confirmed',     'send ACK', 'tell answered'),
    '2xx with offer': cell('acknowledging', 'tell answered'),
    'refusal':        cell('ended',         'tell ended'),
    'no answer':      cell('ended',         'tell ended'),
    'hang up':        cell('cancelling',    'send CANCEL'),
    'expired':        cell('cancelling',    'send CANCEL'),            // RFC 3261 §13.2.1
  },
  acknowledging: {
    'describe':       cell('confirmed',     'send ACK', 'tell confirmed'),
    // Deviation: RFC 3261 §13.2.2.4 wants a valid answer in this ACK, which only the user could write: `answerOffer` before `hangUp`.
    'hang up':        cell('ending',        'send ACK', 'send BYE', 'tell ended'),
    'BYE':            cell('ended',         'send ACK', 'tell ended'),  // or the peer repeats its 2xx for 32 s
  },
  cancelling: {
    '2xx':            cell('ending',        'send ACK', 'send BYE', 'tell ended'), // they crossed, RFC 3261 §9.1
    '2xx with offer': cell('ending',        'send ACK', 'send BYE', 'tell ended'),
    'refusal':        cell('ended',         'tell ended'),
    'no answer':      cell('ended',         'tell ended'),
  },
  incoming: {
    'ring':           cell('ringing',       'send 1xx'),
    'accept':         cell('answered',      'send 2xx'),
    'hang up':        cell('ended',         'refuse', 'tell ended'),
    'CANCEL':         cell('ended',         'refuse', 'tell ended'),
    'expired':        cell('ended',         'refuse', 'tell ended'),
    'BYE':            cell('ended',         'refuse', 'tell ended'),    // a caller may end its early dialog so, RFC 3261 §15
  },
  ringing: {
    'ring':           cell('ringing',       'send 1xx'),
    'PRACK':          cell('ringing'),
    'accept':         cell('answered',      'send 2xx'),
    'accept later':   cell('holding'),
    'hang up':        cell('ended',         'refuse', 'tell ended'),
    'CANCEL':         cell('ended',         'refuse', 'tell ended'),
    'expired':        cell('ended',         'refuse', 'tell ended'),
    'BYE':            cell('ended',         'refuse', 'tell ended'),
    'no PRACK':       cell('ended',         'refuse', 'tell ended'),    // RFC 3262 §3
    'gone':           cell('ended',         'refuse', 'tell ended'),
  },
  holding: {
    'PRACK':          cell('answered',      'send 2xx'),
    'hang up':        cell('ended',         'refuse', 'tell ended'),
    'CANCEL':         cell('ended',         'refuse', 'tell ended'),
    'expired':        cell('ended',         'refuse', 'tell ended'),
    'BYE':            cell('ended',         'refuse', 'tell ended'),
    'no PRACK':       cell('ended',         'refuse', 'tell ended'),
    'gone':           cell('ended',         'refuse', 'tell ended'),
  },
  answered: {
    'ACK':            cell('confirmed',     'stop 2xx', 'tell confirmed'),
    'no ACK':         cell('ending',        'stop 2xx', 'send BYE', 'tell ended'), // RFC 3261 §13.3.1.4
    'hang up':        cell('leaving'),
    'gone':           cell('leaving'),
    'BYE':            cell('ended',         'stop 2xx', 'tell ended'),
  },
  leaving: {
    'ACK':            cell('ending',        'stop 2xx', 'send BYE', 'tell ended'),
    'no ACK':         cell('ending',        'stop 2xx', 'send BYE', 'tell ended'),
    'BYE':            cell('ended',         'stop 2xx', 'tell ended'),
  },
  confirmed: {
    'hang up':        cell('ending',        'stop 2xx', 'send BYE', 'tell ended'),
    'gone':           cell('ending',        'stop 2xx', 'send BYE', 'tell ended'), // RFC 3261 §12.2.1.2
    'no ACK':         cell('ending',        'stop 2xx', 'send BYE', 'tell ended'), // of a re-INVITE
    'BYE':            cell('ended',         'stop 2xx', 'tell ended'),
  },
  ending: {
    'BYE':            cell('ended'),                                    // both hung up at once
    'BYE answered':   cell('ended'),
  },
  ended: {},
}
