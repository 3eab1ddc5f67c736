/**
 * The small machines that a user agent is made of, for those who build another one: who owes an answer, reliable provisional responses,
 * session timers (a proxy's part too), Replaces and Join. Plain data and pure functions; time is an argument. RFC 3264, RFC 3262, RFC 3311,
 * RFC 4028, RFC 3891, RFC 3911, RFC 6141, RFC 6337.
 *
 * @packageDocumentation
 */
export { glareDelayMs, retryAfterSeconds } from '../glare.ts'
export {
  NO_SESSION,
  type OfferAnswer,
  type OfferAnswerEvent,
  type OfferAnswerState,
  type OfferAnswerVerdict,
  offerAnswer,
  offerAnswerStep,
} from '../offer-answer.ts'
export {
  type Acknowledged,
  answered,
  mayAnswer,
  nextWake1xx,
  type PrackVerdict,
  type Reliable1xx,
  type SentReliable,
  sendReliable,
  shiftReliable1xx,
  startReliable1xx,
  takePrack,
  type Unacknowledged,
  type Woken1xx,
  wakeReliable1xx,
} from '../reliable-1xx.ts'
export { type Provisional, type ProvisionalVerdict, type Reliability, reliabilityOf, takeReliable } from '../reliable-1xx-receive.ts'
export { type DialogReference, matchReplaces, type Replaceable, type ReplacesVerdict, type ReplacingRequest } from '../replaces.ts'
export {
  type Exchanged,
  exchangeStep,
  mayOffer,
  NO_EXCHANGE,
  type SessionExchange,
  type SessionMessage,
  type SessionVerdict,
} from '../session-exchange.ts'
export {
  type AskedTimer,
  askTimer,
  nextTimerWake,
  raiseTimer,
  refreshMethod,
  SESSION_TIMER,
  type ServedTimer,
  type SessionExpires,
  type SessionTimer,
  serveTimer,
  shiftTimer,
  type TimerPolicy,
  type TimerRequest,
  type TimerWake,
  timerAgain,
  timerAsClient,
  timerRefreshing,
  wakeTimer,
} from '../session-timer.ts'
export { type ProxiedTimer, type ProxyTimerPolicy, proxyTimerRequest, proxyTimerResponse } from '../session-timer-proxy.ts'
