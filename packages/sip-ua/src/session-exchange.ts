/**
 * What each message of a dialog does to its session: offer, answer, preview, a repeat, or against the rules; INVITE, reliable 1xx, PRACK, ACK
 * and UPDATE. RFC 3264 §4, RFC 6337 §2.2, RFC 3262 §5, RFC 3311 §5, RFC 6141 §3.
 */
import { NO_SESSION, type OfferAnswer, type OfferAnswerEvent, type OfferAnswerVerdict, offerAnswerStep } from './offer-answer.ts'

/** `send`: by us. `receive`: by the peer. */
export type Way = 'send' | 'receive'

/** A message as far as the session is concerned. */
export interface SessionMessage {
  /** Of a response: the method of its CSeq. */
  readonly method: 'INVITE' | 'ACK' | 'PRACK' | 'UPDATE'
  /** Of a response; absent in a request. */
  readonly status?: number
  /** A 1xx with RSeq. */
  readonly reliable?: boolean
  /** It carries a session description. */
  readonly description: boolean
}

/** The session of one dialog, early ones included; JSON, never changed in place. */
export interface SessionExchange {
  /** Who owes an answer. */
  readonly offers: OfferAnswer
  /** What carried the offer that is open. */
  readonly by?: 'INVITE' | '1xx' | '2xx' | 'PRACK' | 'UPDATE'
  /** The INVITE without a final response. There is one at a time. RFC 3261 §14. */
  readonly invite?: {
    readonly way: Way
    readonly offer: boolean
    /** It is a re-INVITE: a session stood before it. */
    readonly again: boolean
    /** An exchange inside it is complete: its changes are in force. RFC 6141 §3.2. */
    readonly settled: boolean
  }
  /** UPDATEs and PRACKs without a final response, and whether they carry the open offer. */
  readonly open: Readonly<Partial<Record<`${Way} ${'UPDATE' | 'PRACK'}`, boolean>>>
  /** A 1xx that is not reliable has shown what the answer will be. */
  readonly previewed?: true
  /** We refused the INVITE while our offer in a 1xx was open: the answer that its PRACK brings comes too late. */
  readonly lapsed?: true
  /** We sent a description in a reliable 1xx whose PRACK is missing: no offer of ours yet. RFC 3311 §5.1. */
  readonly unacknowledged: boolean
}

/**
 * - `offer`, `answer`: what the description is.
 * - `preview`: what the answer will be, in a 1xx that is not reliable: media may start by it, the answer is still to come. RFC 6337 §3.1.1.
 * - `repeat`: a description that says nothing new. `none`: the message does nothing to the session.
 * - `back`: refused; what was agreed before stands. RFC 3261 §14.1.
 * - `resync`: a re-INVITE was refused after its changes had come into force: they stand, offer them once more. RFC 6141 §3.4.
 * - `no answer`: the message had to carry one: end the call (RFC 3261 §13.2.2.4), or refuse the request with 400.
 * - `refuse 491`, `refuse 500`: see `OfferAnswerVerdict`; the machine stays.
 * - `not allowed`: ours, and against the rules.
 */
export type SessionVerdict =
  | 'offer'
  | 'answer'
  | 'preview'
  | 'repeat'
  | 'none'
  | 'back'
  | 'resync'
  | 'no answer'
  | 'refuse 491'
  | 'refuse 500'
  | 'not allowed'

/** One step of {@link exchangeStep}. */
export interface Exchanged {
  /** After the step; the same when nothing has changed. */
  readonly exchange: SessionExchange
  /** What the message is, or what to do about it. */
  readonly verdict: SessionVerdict
}

/** Before the first INVITE. Each early dialog of a forked INVITE goes on from a copy of the machine as the INVITE left it. RFC 3261 §13.2.2.4. */
export const NO_EXCHANGE: SessionExchange = { offers: NO_SESSION, open: {}, unacknowledged: false }

/** Takes a message that is about to be sent, or has been received, in this dialog. */
export function exchangeStep(exchange: SessionExchange, way: Way, message: SessionMessage): Exchanged {
  const { method, status } = message
  if (status !== undefined)
    return method === 'INVITE' ? inviteResponse(exchange, way, message, status) : response(exchange, way, message, status)
  if (method === 'INVITE') return invite(exchange, way, message)
  if (method === 'UPDATE') return update(exchange, way, message)
  if (method === 'ACK') return ack(exchange, way, message)
  return way === 'receive' && exchange.lapsed ? lapsed(exchange) : prack(exchange, way, message)
}

/** Whether an offer of ours may go out: in an UPDATE while an INVITE is open, else in either. RFC 3311 §5.1, RFC 3261 §14.1. */
export function mayOffer(exchange: SessionExchange, method: 'INVITE' | 'UPDATE'): boolean {
  return exchangeStep(exchange, 'send', { method, description: true }).verdict === 'offer'
}

function invite(exchange: SessionExchange, way: Way, { description }: SessionMessage): Exchanged {
  const { invite: open } = exchange
  if (open) return crossed(exchange, way, open.way)
  const rival = (['send', 'receive'] as const).find(each => exchange.open[`${each} UPDATE`] !== undefined)
  if (rival) return crossed(exchange, way, rival)
  const probed = offered(exchange, way, 'INVITE')
  if (probed.verdict !== 'offer') return probed
  const next = { way, offer: description, again: exchange.offers.agreed, settled: false }
  return description
    ? { ...probed, exchange: { ...probed.exchange, invite: next } }
    : { exchange: { ...exchange, invite: next }, verdict: 'none' }
}

function update(exchange: SessionExchange, way: Way, { description }: SessionMessage): Exchanged {
  if (exchange.open[`${way} UPDATE`] !== undefined) return crossed(exchange, way, way)
  const open = { ...exchange.open, [`${way} UPDATE`]: description }
  if (!description) return { exchange: { ...exchange, open }, verdict: 'none' }
  if (owesFirstOffer(exchange)) return crossed(exchange, way, exchange.invite.way)
  // RFC 3311 §5.1: an answer in a 1xx counts from its PRACK on.
  if (way === 'send' && exchange.unacknowledged) return { exchange, verdict: 'not allowed' }
  const after = offered(exchange, way, 'UPDATE')
  return after.verdict === 'offer' ? { ...after, exchange: { ...after.exchange, open } } : after
}

function prack(exchange: SessionExchange, way: Way, { description }: SessionMessage): Exchanged {
  const before = way === 'receive' ? { ...exchange, unacknowledged: false } : exchange
  const owed = exchange.by === '1xx' && exchange.offers.state === (way === 'send' ? 'owing' : 'offered')
  const isOffer = description && !owed
  const open = { ...exchange.open, [`${way} PRACK`]: isOffer }
  if (owed && !description) return { exchange, verdict: way === 'send' ? 'not allowed' : 'no answer' }
  if (!description) return { exchange: { ...before, open }, verdict: 'none' }
  if (isOffer && owesFirstOffer(exchange)) return crossed(exchange, way, exchange.invite.way)
  const after = owed ? settled(before, way) : offered(before, way, 'PRACK')
  const accepted = after.verdict === 'offer' || after.verdict === 'answer'
  return accepted ? { ...after, exchange: { ...after.exchange, open } } : { ...after, exchange }
}

/** The PRACK of a 1xx whose offer fell with the INVITE: taken (RFC 3262 §3), and nothing comes of it. */
function lapsed(exchange: SessionExchange): Exchanged {
  const { lapsed: _, ...rest } = exchange
  return { exchange: { ...rest, open: { ...rest.open, 'receive PRACK': false } }, verdict: 'repeat' }
}

function ack(exchange: SessionExchange, way: Way, { description }: SessionMessage): Exchanged {
  if (exchange.by !== '2xx') return { exchange, verdict: description ? 'repeat' : 'none' }
  if (description) return settled(exchange, way)
  return way === 'send' ? { exchange, verdict: 'not allowed' } : { ...refused(exchange), verdict: 'no answer' }
}

/** 1xx and final responses to INVITE. */
function inviteResponse(exchange: SessionExchange, way: Way, message: SessionMessage, status: number): Exchanged {
  const open = exchange.invite
  if (!open || open.way === way) return { exchange, verdict: message.description ? 'repeat' : 'none' }
  if (status >= 300) return inviteRefused(exchange, way, open)
  if (status < 200)
    return message.description ? provisional(exchange, way, message.reliable === true, open.offer) : { exchange, verdict: 'none' }
  // RFC 3262 §3: a 2xx waits for the PRACK of what carried a description.
  if (way === 'send' && (exchange.by === '1xx' || exchange.unacknowledged)) return { exchange, verdict: 'not allowed' }
  const after = accepted(exchange, way, message.description, open)
  if (after.verdict === 'not allowed') return after
  const { invite: _, ...rest } = after.exchange
  return { ...after, exchange: rest }
}

function provisional(exchange: SessionExchange, way: Way, reliable: boolean, hadOffer: boolean): Exchanged {
  if (hadOffer && exchange.by === 'INVITE') {
    const after = reliable ? settled(exchange, way) : step(exchange, `${way} preview`, 'preview')
    if (!reliable) return { ...after, exchange: { ...after.exchange, previewed: true } }
    return way === 'send' ? { ...after, exchange: { ...after.exchange, unacknowledged: true } } : after
  }
  const first = !hadOffer && reliable && exchange.by === undefined && exchange.invite?.settled === false
  if (!first) return { exchange, verdict: 'repeat' }
  const after = offered(exchange, way, '1xx')
  return way === 'send' ? { ...after, exchange: { ...after.exchange, unacknowledged: true } } : after
}

function accepted(exchange: SessionExchange, way: Way, description: boolean, open: NonNullable<SessionExchange['invite']>): Exchanged {
  if (exchange.by === 'INVITE') return description ? settled(exchange, way) : unspoken(exchange, way)
  if (open.offer || open.settled || exchange.by !== undefined) return { exchange, verdict: description ? 'repeat' : 'none' }
  return description ? offered(exchange, way, '2xx') : missing(exchange, way)
}

/**
 * A 2xx without the answer.
 * Deviation: RFC 3261 §13.2.1 wants it there; some peers say it in an unreliable 183 only, and the call stands by that.
 */
function unspoken(exchange: SessionExchange, way: Way): Exchanged {
  return way === 'receive' && exchange.previewed ? { ...settled(exchange, way), verdict: 'none' } : missing(exchange, way)
}

/** RFC 6141 §3.3, §3.4: a re-INVITE whose changes are in force is not to be refused; where it is, they stay. */
function inviteRefused(exchange: SessionExchange, way: Way, open: NonNullable<SessionExchange['invite']>): Exchanged {
  const inForce = open.again && open.settled
  if (inForce && way === 'send') return { exchange, verdict: 'not allowed' }
  const { invite: _, ...rest } = exchange
  const ended = { ...rest, unacknowledged: false, ...(way === 'send' && exchange.by === '1xx' && { lapsed: true as const }) }
  const after: Exchanged = exchange.by === 'INVITE' || exchange.by === '1xx' ? refused(ended) : { exchange: ended, verdict: 'none' }
  return inForce ? { ...after, verdict: 'resync' } : after
}

/** Responses to PRACK and UPDATE. */
function response(exchange: SessionExchange, way: Way, { method, description }: SessionMessage, status: number): Exchanged {
  if (method !== 'PRACK' && method !== 'UPDATE') return { exchange, verdict: 'none' }
  const key = `${way === 'send' ? 'receive' : 'send'} ${method}` as const
  const hadOffer = exchange.open[key]
  if (status < 200 || hadOffer === undefined) return { exchange, verdict: description ? 'repeat' : 'none' }
  const { [key]: _, ...open } = exchange.open
  const closed = { ...exchange, open }
  if (!hadOffer) return { exchange: closed, verdict: description ? 'repeat' : 'none' }
  if (status >= 300) return refused(closed)
  if (description) return settled(closed, way)
  return way === 'send' ? { exchange, verdict: 'not allowed' } : missing(closed, way)
}

/** An INVITE without offer is open and nothing came of it yet: the called side's offer comes first. RFC 3311 §5.1, RFC 3262 §5. */
function owesFirstOffer(exchange: SessionExchange): exchange is SessionExchange & Required<Pick<SessionExchange, 'invite'>> {
  return exchange.invite?.offer === false && !exchange.invite.settled
}

/** Requests that cross: ours waits, theirs is refused. RFC 3261 §14.2, RFC 3311 §5.2. */
function crossed(exchange: SessionExchange, way: Way, rival: Way): Exchanged {
  return { exchange, verdict: way === 'send' ? 'not allowed' : rival === 'send' ? 'refuse 491' : 'refuse 500' }
}

function offered(exchange: SessionExchange, way: Way, by: NonNullable<SessionExchange['by']>): Exchanged {
  const after = step(exchange, `${way} offer`, 'offer')
  return after.verdict === 'offer' ? { ...after, exchange: { ...after.exchange, by } } : after
}

/** An answer: whatever INVITE is open, its exchange is complete. */
function settled(exchange: SessionExchange, way: Way): Exchanged {
  const after = step(exchange, `${way} answer`, 'answer')
  if (after.verdict !== 'answer') return after
  const { by: _, previewed: __, ...rest } = after.exchange
  return { ...after, exchange: rest.invite ? { ...rest, invite: { ...rest.invite, settled: true } } : rest }
}

function refused(exchange: SessionExchange): Exchanged {
  const { by: _, previewed: __, ...rest } = step(exchange, 'refused', 'back').exchange
  return { exchange: rest, verdict: 'back' }
}

/** The peer's message lacks the answer or offer it owes; ours may not. */
function missing(exchange: SessionExchange, way: Way): Exchanged {
  return way === 'send' ? { exchange, verdict: 'not allowed' } : { ...refused(exchange), verdict: 'no answer' }
}

function step(exchange: SessionExchange, event: OfferAnswerEvent, taken: SessionVerdict): Exchanged {
  const { machine, verdict } = offerAnswerStep(exchange.offers, event)
  return { exchange: { ...exchange, offers: machine }, verdict: VERDICTS[verdict] ?? taken }
}

const VERDICTS: Readonly<Partial<Record<OfferAnswerVerdict, SessionVerdict>>> = {
  ignore: 'repeat',
  'refuse 491': 'refuse 491',
  'refuse 500': 'refuse 500',
  'not allowed': 'not allowed',
}
