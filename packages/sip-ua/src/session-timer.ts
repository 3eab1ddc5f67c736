/** Keeps a call from outliving its peers, as plain data: who refreshes, when, and when it is given up. RFC 4028 §7, §9, §10. */

/** The value of a Session-Expires header. RFC 4028 §4. */
export interface SessionExpires {
  /** Delta-seconds. */
  readonly seconds: number
  /** Who refreshes, by its role in this one transaction. */
  readonly refresher?: 'uac' | 'uas' | undefined
}

/** What an INVITE or UPDATE says of session timers. */
export interface TimerRequest {
  /** `timer` stands in its Supported or Require. */
  readonly supported: boolean
  /** Its Session-Expires; absent when it has none. RFC 4028 §4. */
  readonly expires?: SessionExpires | undefined
  /** Its Min-SE, seconds; absent means 90. RFC 4028 §5. */
  readonly minSe?: number | undefined
}

/** What we want; seconds. */
export interface TimerPolicy {
  /** The session interval asked for or offered. RFC 4028 §4 recommends 1800. */
  readonly seconds: number
  /** The shortest we stand; at least 90. RFC 4028 §5. */
  readonly minSe: number
  /** Who should refresh where we may choose. */
  readonly refresher: 'us' | 'them'
  /** Start none where the peer asks for none. Default false: a peer that vanishes is noticed, since we refresh alone. */
  readonly onlyWhenAsked?: boolean
}

/** A running timer; JSON. `refreshAt` and `endsAt` are milliseconds of the caller's clock. */
export interface SessionTimer {
  /** The session interval, at least 90. RFC 4028 §4. */
  readonly seconds: number
  /** Who sends the refresh. RFC 4028 §7.2. */
  readonly refresher: 'us' | 'them'
  /** When to send the refresh, half of the interval; absent when the peer does it. RFC 4028 §7.2, §10. */
  readonly refreshAt?: number
  /** When to send BYE: min(32, a third of the interval) seconds before the session expires. RFC 4028 §10. */
  readonly endsAt: number
}

/** RFC 4028 §4: no interval is shorter, whatever anybody asks. */
export const LEAST_SESSION_SECONDS = 90

/** The usual policy: half an hour, refreshed by us. RFC 4028 §4. */
export const SESSION_TIMER: TimerPolicy = { seconds: 1800, minSe: LEAST_SESSION_SECONDS, refresher: 'us' }

/** Headers that go into our INVITE or UPDATE beside `Supported: timer`. RFC 4028 §7.1, §7.4. */
export interface AskedTimer {
  /** The Session-Expires header. */
  readonly expires: SessionExpires
  /** Left out when it is 90 and nobody asked for more. */
  readonly minSe?: number
}

/**
 * What our request asks for. `running` is the dialog's timer: a refresh keeps its length and its refresher (RFC 4028 §7.4). A first
 * INVITE names no refresher, so that the called side may choose (RFC 4028 §7.1), unless the policy wants the peer to be it.
 */
export function askTimer(policy: TimerPolicy, running?: SessionTimer): AskedTimer {
  const minSe = Math.max(policy.minSe, LEAST_SESSION_SECONDS)
  const seconds = Math.max(running?.seconds ?? policy.seconds, minSe)
  const least = minSe > LEAST_SESSION_SECONDS ? { minSe } : {}
  if (!running) return { expires: { seconds, ...(policy.refresher === 'us' ? {} : { refresher: 'uas' as const }) }, ...least }
  return { expires: { seconds, refresher: running.refresher === 'us' ? 'uac' : 'uas' }, ...least }
}

/**
 * A 422 to our request: the policy to ask again with, the peer's Min-SE being a floor from now on for the call. `undefined` when it
 * asks for no more than it was given, which would go round in circles. RFC 4028 §7.3.
 */
export function raiseTimer(policy: TimerPolicy, minSe: number | undefined): TimerPolicy | undefined {
  if (minSe === undefined || minSe <= policy.minSe) return undefined
  return { ...policy, minSe, seconds: Math.max(policy.seconds, minSe) }
}

/**
 * The timer after a 2xx to our INVITE or UPDATE at `now`; `undefined` turns it off (RFC 4028 §7.2). A missing refresher means us: who
 * asked can always refresh.
 */
export function timerAsClient(now: number, expires: SessionExpires | undefined): SessionTimer | undefined {
  return expires && timer(now, atLeast(expires.seconds), expires.refresher === 'uas' ? 'them' : 'us')
}

/** What becomes of the timer that an INVITE or UPDATE asks for. RFC 4028 §9. */
export type ServedTimer =
  /** Refuse with 422 and this Min-SE. RFC 4028 §9. */
  | { readonly kind: 'refuse 422'; readonly minSe: number }
  /** No timer: nothing goes into the 2xx. */
  | { readonly kind: 'none' }
  /** Into the 2xx go Session-Expires and, when `require`, `Require: timer`. */
  | { readonly kind: 'timer'; readonly expires: Required<SessionExpires>; readonly require: boolean; readonly timer: SessionTimer }

/**
 * Serves the peer's INVITE or UPDATE at `now`. `running` is the dialog's timer: who refreshes stays the same where the peer leaves it
 * to us. RFC 4028 §9, Table 2.
 *
 * A peer without `timer` gets neither 422 nor `Require: timer`, and we refresh for both.
 */
export function serveTimer(now: number, request: TimerRequest, policy: TimerPolicy, running?: SessionTimer): ServedTimer {
  const ours = Math.max(policy.minSe, LEAST_SESSION_SECONDS)
  const asked = request.expires
  if (asked && asked.seconds < ours && request.supported) return { kind: 'refuse 422', minSe: ours }
  if (!asked && policy.onlyWhenAsked === true) return { kind: 'none' }
  const wanted = Math.max(policy.seconds, request.minSe ?? 0, ours)
  const seconds = atLeast(asked ? Math.min(asked.seconds, wanted) : wanted)
  const refresher = chooseRefresher(request, running?.refresher ?? policy.refresher)
  return {
    kind: 'timer',
    expires: { seconds, refresher },
    require: request.supported,
    timer: timer(now, seconds, refresher === 'uas' ? 'us' : 'them'),
  }
}

/** What a session timer wants at some moment: nothing, a refresh, or the end of the call. RFC 4028 §10. */
export type TimerWake = 'none' | 'refresh' | 'bye'

/** What is due at `now`. After `refresh` keep `timerRefreshing`, after `bye` nothing. RFC 4028 §10. */
export function wakeTimer(machine: SessionTimer, now: number): TimerWake {
  if (now >= machine.endsAt) return 'bye'
  return machine.refreshAt !== undefined && now >= machine.refreshAt ? 'refresh' : 'none'
}

/** The refresh is out: it is not due again before its answer, the end still is. */
export function timerRefreshing({ seconds, refresher, endsAt }: SessionTimer): SessionTimer {
  return { seconds, refresher, endsAt }
}

/** A refresh was refused for now (491, 500 and the like): again after `delayMs`, if the session lives that long. RFC 4028 §10. */
export function timerAgain(machine: SessionTimer, now: number, delayMs: number): SessionTimer {
  return { ...machine, refreshAt: now + delayMs }
}

/** When to call {@link wakeTimer}. */
export function nextTimerWake({ refreshAt, endsAt }: SessionTimer): number {
  return Math.min(refreshAt ?? endsAt, endsAt)
}

/** The same timer on a clock that is `ms` ahead: subtract `now` to save, add it to restore. */
export function shiftTimer(machine: SessionTimer, ms: number): SessionTimer {
  const { refreshAt, endsAt } = machine
  return { ...machine, ...(refreshAt !== undefined && { refreshAt: refreshAt + ms }), endsAt: endsAt + ms }
}

/** UPDATE, which needs no answer to an offer, where the peer allows it; else a re-INVITE with our last description, its version unchanged. RFC 4028 §7.4. */
export function refreshMethod(allow: readonly string[]): 'UPDATE' | 'INVITE' {
  return allow.includes('UPDATE') ? 'UPDATE' : 'INVITE'
}

/** RFC 4028 §9 Table 2: the peer's word counts, else ours; one that does not know the extension never refreshes. */
function chooseRefresher({ supported, expires }: TimerRequest, wanted: 'us' | 'them'): 'uac' | 'uas' {
  if (!supported) return 'uas'
  return expires?.refresher ?? (wanted === 'us' ? 'uas' : 'uac')
}

/** A shorter one is nobody's right, and would have us send a request every few milliseconds. RFC 4028 §4. */
function atLeast(seconds: number): number {
  return Math.max(seconds, LEAST_SESSION_SECONDS)
}

function timer(now: number, seconds: number, refresher: 'us' | 'them'): SessionTimer {
  const ms = seconds * 1000
  const endsAt = now + ms - Math.min(32_000, ms / 3)
  return refresher === 'us' ? { seconds, refresher, refreshAt: now + ms / 2, endsAt } : { seconds, refresher, endsAt }
}
