/** One subscription on the subscriber's side as plain data: when to refresh, when it is over. RFC 6665 §4.1. */
import { longerThan } from '../min-expires.ts'
import { endsSubscription } from './notifier-usage.ts'
import { type SubscriberEvent, type SubscriberState, subscriberTable } from './subscriber-table.ts'

/** JSON; times are milliseconds of the caller's monotonic clock. See {@link shiftSubscriber}. */
export interface SubscriberUsage {
  readonly state: SubscriberState
  readonly status: 'active' | 'pending'
  /** Asked for at the next refresh. */
  readonly askSeconds: number
  readonly startedAt: number
  readonly expiresAt: number
  readonly refreshAt: number
}

export interface SubscriberStep {
  readonly usage: SubscriberUsage
  /** Send a SUBSCRIBE with this Expires in the dialog. There is never a second one before the first has been answered. */
  readonly send?: { readonly seconds: number }
  /** It is over: forget it. */
  readonly gone?: true
}

/** The first NOTIFY, which was not `terminated`. `seconds`: what it says is left, else what the 2xx granted. RFC 6665 §4.4.1. */
export function startSubscriber(
  now: number,
  says: { readonly status: 'active' | 'pending'; readonly seconds: number; readonly askSeconds: number },
): SubscriberStep {
  const { status, seconds, askSeconds } = says
  return { usage: { state: 'live', status, askSeconds, startedAt: now, ...timesFor(now, seconds) } }
}

/** A later NOTIFY. Its `expires` is the authority on how long the subscription lasts. RFC 6665 §4.1.3. */
export function notifySubscriber(
  usage: SubscriberUsage,
  now: number,
  says: { readonly status: 'active' | 'pending' | 'terminated'; readonly seconds?: number },
): SubscriberStep {
  const { status, seconds } = says
  if (status === 'terminated') return step(usage, now, 'last notify')
  const counts = seconds !== undefined && usage.state !== 'left'
  return step({ ...usage, status, ...(counts && timesAfter(usage, now, seconds)) }, now, 'notify')
}

/** What a final response to a SUBSCRIBE in the dialog says; `status` is `undefined` when there was none. */
export interface SubscribeAnswer {
  readonly status: number | undefined
  /** Expires of a 2xx. */
  readonly grantedSeconds?: number
  /** Min-Expires of a 423. */
  readonly minSeconds?: number
  readonly retryAfterSeconds?: number
  /** It is a challenge, and the next SUBSCRIBE will answer it. */
  readonly answerable?: boolean
}

/** RFC 6665 §4.1.2.2: some refusals end the subscription, the others leave it as it was until its time is over. */
export function answerSubscriber(usage: SubscriberUsage, now: number, answer: SubscribeAnswer): SubscriberStep {
  const { status, minSeconds, grantedSeconds, retryAfterSeconds } = answer
  if (status === undefined || endsSubscription(status)) return step(usage, now, 'lost')
  if (status < 300) {
    // A server grants no more than was asked; one that says nothing granted just that (RFC 6665 §4.1.2.1).
    const seconds = Math.min(grantedSeconds ?? usage.askSeconds, usage.askSeconds)
    return step(usage, now, 'granted', seconds)
  }
  if (answer.answerable === true) return step(usage, now, 'challenged')
  const longer = status === 423 ? longerThan(usage.askSeconds, minSeconds) : undefined
  if (longer !== undefined) return step({ ...usage, askSeconds: longer }, now, 'too brief')
  return step(usage, now, 'refused', retryAfterSeconds)
}

/** Unsubscribes, after the SUBSCRIBE that is out. RFC 6665 §4.1.2.3. */
export function stopSubscriber(usage: SubscriberUsage, now: number): SubscriberStep {
  return step(usage, now, 'stop')
}

export function wakeSubscriber(usage: SubscriberUsage, now: number): SubscriberStep {
  if (now >= usage.expiresAt) return step(usage, now, 'over')
  return now >= usage.refreshAt ? step(usage, now, 'refresh due') : { usage }
}

/** When to wake it; `Infinity` when it only waits for an answer. */
export function nextSubscriberWake({ state, refreshAt, expiresAt }: SubscriberUsage): number {
  if (state === 'live') return Math.min(refreshAt, expiresAt)
  return state === 'leaving' || state === 'gone' ? Number.POSITIVE_INFINITY : expiresAt
}

/** The same with all times moved by `ms`: by `-now` before it is saved, by `now` after it is restored on another clock. */
export function shiftSubscriber(usage: SubscriberUsage, ms: number): SubscriberUsage {
  const { startedAt, expiresAt, refreshAt } = usage
  return { ...usage, startedAt: startedAt + ms, expiresAt: expiresAt + ms, refreshAt: refreshAt + ms }
}

/** `seconds`: of the grant, or of Retry-After. */
function step(before: SubscriberUsage, now: number, event: SubscriberEvent, seconds?: number): SubscriberStep {
  const cell = subscriberTable[before.state][event]
  if (!cell) return { usage: before }
  const usage = { ...before, state: cell.to }
  switch (cell.effects[0]) {
    case 'subscribe':
      return { usage, send: { seconds: usage.askSeconds } }
    case 'unsubscribe':
      return { usage, send: { seconds: 0 } }
    case 'take grant':
      return { usage: { ...usage, ...timesFor(now, seconds ?? usage.askSeconds) } }
    case 'try later':
      return { usage: { ...usage, refreshAt: retryAt(usage, now, seconds ?? 0) } }
    case 'start timer N':
      return { usage: { ...usage, expiresAt: now + TIMER_N_MS } }
    case 'tell gone':
      return { usage, gone: true }
    default:
      return { usage }
  }
}

function timesFor(now: number, seconds: number): Pick<SubscriberUsage, 'expiresAt' | 'refreshAt'> {
  return { expiresAt: now + seconds * 1000, refreshAt: now + seconds * 1000 * REFRESH_AT }
}

/** What is left never puts off a refresh: news every second would put it off until there is no time for it. */
function timesAfter({ refreshAt }: SubscriberUsage, now: number, seconds: number): Pick<SubscriberUsage, 'expiresAt' | 'refreshAt'> {
  const times = timesFor(now, seconds)
  return refreshAt > now ? { ...times, refreshAt: Math.min(refreshAt, times.refreshAt) } : times
}

/** Halfway to the end, so that a refusing notifier is asked a handful of times; not at all when that is less than two seconds away. */
function retryAt({ expiresAt }: SubscriberUsage, now: number, retryAfterSeconds: number): number {
  const half = (expiresAt - now) / 2
  return half < 2000 ? expiresAt : now + Math.max(half, retryAfterSeconds * 1000)
}

/** Part of the granted time after which it is refreshed: leaves room for one whole transaction that fails. */
const REFRESH_AT = 0.8
/** 64*T1. RFC 6665 §4.1.2.4. */
export const TIMER_N_MS = 32_000
