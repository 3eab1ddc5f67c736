/** One subscription on the notifier's side as plain data: what to send when. RFC 6665 §4.2. */
import { type NotifierEvent, type NotifierState, notifierTable } from './notifier-table.ts'

/** Why a subscription ends. RFC 6665 §4.1.3. */
export type EndReason = 'deactivated' | 'probation' | 'rejected' | 'timeout' | 'giveup' | 'noresource' | 'invariant'

/** Why a subscription is ended by the notifier, and when it may be tried again. RFC 6665 §4.1.3, §4.2.2. */
export interface Ending {
  /** Left out where none of the registered ones fits. */
  readonly reason?: EndReason
  /** Only with `probation` and `giveup`. RFC 6665 §4.1.3. */
  readonly retryAfterSeconds?: number
}

/** JSON; times are milliseconds of the caller's monotonic clock. See {@link shiftNotifier}. */
export interface NotifierUsage {
  /** See {@link notifierTable}. */
  readonly state: NotifierState
  /** What NOTIFYs say while it lasts. */
  readonly status: 'active' | 'pending'
  /** When it ends, unless refreshed. */
  readonly expiresAt: number
  /** No NOTIFY of newer state before this. */
  readonly notBefore: number
  /** Least time between two NOTIFYs of newer state. RFC 6665 §5.4.10. */
  readonly throttleMs: number
  /** Of the next NOTIFY; counts from 0. */
  readonly version: number
  /** The next NOTIFY answers a SUBSCRIBE and carries the full state. RFC 6665 §4.2.2, §4.4.2. */
  readonly full: boolean
  /** How it ends, once that is settled. */
  readonly ending?: Ending
}

/** What the next NOTIFY says; the caller adds the body and puts it into a dialog. */
export interface NotifyDraft {
  readonly status: 'active' | 'pending' | 'terminated'
  /** Time left; absent when `terminated`. RFC 6665 §4.2.2. */
  readonly expiresSeconds?: number
  readonly ending?: Ending
  readonly version: number
  readonly full: boolean
}

export interface NotifierStep {
  readonly usage: NotifierUsage
  /** Send this now. There is never a second one before the first has been answered. */
  readonly send?: NotifyDraft
  /** The subscription is over and may be forgotten. */
  readonly ended?: true
}

/** A SUBSCRIBE has been accepted: the NOTIFY goes at once, whatever is known of the state. RFC 6665 §4.2.1.2. */
export function startNotifier(
  now: number,
  { status, seconds, throttleMs = 0 }: { readonly status: 'active' | 'pending'; readonly seconds: number; readonly throttleMs?: number },
): NotifierStep {
  const usage: NotifierUsage = {
    state: 'quiet',
    status,
    expiresAt: now + seconds * 1000,
    notBefore: now,
    throttleMs,
    version: 0,
    full: true,
  }
  return seconds === 0 ? endNotifier(usage, now, { reason: 'timeout' }) : step(usage, now, 'news')
}

/** A SUBSCRIBE in the dialog: `seconds` more, or 0 to end it. The state is sent again at once. RFC 6665 §4.2.1.4. */
export function refreshNotifier(usage: NotifierUsage, now: number, seconds: number): NotifierStep {
  const full = { ...usage, full: true, notBefore: now }
  if (seconds === 0) return endNotifier(full, now, { reason: 'timeout' })
  return step({ ...full, expiresAt: now + seconds * 1000 }, now, 'news')
}

/** There is newer state. Whatever was not sent yet is left out: the latest wins. RFC 6665 §4.2.2. */
export function changeNotifier(usage: NotifierUsage, now: number): NotifierStep {
  return step(usage, now, 'news')
}

/** Pending no more: told at once. RFC 6665 §4.2.2. */
export function activateNotifier(usage: NotifierUsage, now: number): NotifierStep {
  return step({ ...usage, status: 'active', full: true, notBefore: now }, now, 'news')
}

/** Ends it from our side; the last NOTIFY says why. RFC 6665 §4.2.2. */
export function endNotifier(usage: NotifierUsage, now: number, ending: Ending): NotifierStep {
  return step(usage.ending === undefined ? { ...usage, ending } : usage, now, 'end')
}

/** A final answer to a NOTIFY. */
export interface NotifyAnswer {
  /** `undefined` when there was none; 408 means the same. RFC 3261 §8.1.3.1. */
  readonly status: number | undefined
  /** Its Retry-After. */
  readonly retryAfterSeconds?: number | undefined
  /** It is a challenge, and the next NOTIFY will answer it. */
  readonly answerable?: boolean
}

/** The final answer to the NOTIFY that is out. RFC 6665 §4.2.2. */
export function answerNotifier(usage: NotifierUsage, now: number, answer: NotifyAnswer): NotifierStep {
  const event = deliveryOf(answer)
  // What did not arrive may have been the full state.
  const full = usage.full || event !== 'delivered'
  const notBefore = event === 'later' ? now + (answer.retryAfterSeconds ?? 0) * 1000 : usage.notBefore
  return step({ ...usage, full, notBefore }, now, event)
}

export function wakeNotifier(usage: NotifierUsage, now: number): NotifierStep {
  if (now >= usage.expiresAt) return endNotifier(usage, now, { reason: 'timeout' })
  return now >= usage.notBefore ? step(usage, now, 'due') : { usage }
}

/** When to wake it; `Infinity` when it only waits for an answer. */
export function nextNotifierWake({ state, expiresAt, notBefore }: NotifierUsage): number {
  if (state === 'held') return Math.min(expiresAt, notBefore)
  return state === 'quiet' || state === 'notifying' || state === 'behind' ? expiresAt : Number.POSITIVE_INFINITY
}

/** Whether a SUBSCRIBE may still refresh it; else it gets 481. RFC 6665 §4.2.1.4. */
export function isOpen({ state }: NotifierUsage): boolean {
  return state !== 'closing' && state !== 'ending' && state !== 'ended'
}

/** The same with all times moved by `ms`: by `-now` before it is saved, by `now` after it is restored on another clock. */
export function shiftNotifier(usage: NotifierUsage, ms: number): NotifierUsage {
  return { ...usage, expiresAt: usage.expiresAt + ms, notBefore: usage.notBefore + ms }
}

/** Answers to a NOTIFY after which the subscription is gone. RFC 6665 §4.2.2, RFC 5057 §5.1, RFC 3261 §12.2.1.2 (408). */
export function endsSubscription(status: number): boolean {
  return FATAL.has(status) || (status >= 480 && status <= 485)
}

function deliveryOf({ status, retryAfterSeconds, answerable }: NotifyAnswer): NotifierEvent {
  if (status === undefined || endsSubscription(status)) return 'lost'
  if (status < 300) return 'delivered'
  if (answerable === true) return 'challenged'
  return retryAfterSeconds === undefined ? 'refused' : 'later'
}

function step(before: NotifierUsage, now: number, event: NotifierEvent): NotifierStep {
  const cell = notifierTable[before.state][event]
  if (!cell) return { usage: before }
  const usage = { ...before, state: cell.to }
  switch (cell.effects[0]) {
    case 'hold':
      return now >= usage.notBefore ? step(usage, now, 'due') : { usage }
    case 'send':
      return sent(usage, now, { status: usage.status, expiresSeconds: secondsLeft(usage, now) })
    case 'send last':
      return sent(usage, now, { status: 'terminated', ...(usage.ending && { ending: usage.ending }) })
    case 'tell ended':
      return { usage, ended: true }
    default:
      return { usage }
  }
}

function sent(usage: NotifierUsage, now: number, says: Omit<NotifyDraft, 'version' | 'full'>): NotifierStep {
  const { version, full, throttleMs } = usage
  return {
    usage: { ...usage, version: version + 1, full: false, notBefore: now + throttleMs },
    send: { ...says, version, full },
  }
}

/** At least 1: what has no second left is about to be told so. */
function secondsLeft({ expiresAt }: NotifierUsage, now: number): number {
  return Math.max(1, Math.round((expiresAt - now) / 1000))
}

const FATAL: ReadonlySet<number> = new Set([404, 405, 408, 410, 416, 489, 501, 604])
