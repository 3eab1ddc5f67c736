/** What a proxy may do to session timers that pass it: ask for one, shorten it, refuse a short one, start one for a peer that knows none. RFC 4028 §8. */
import { LEAST_SESSION_SECONDS, type SessionExpires, type TimerRequest } from './session-timer.ts'

/** What the proxy wants; seconds. */
export interface ProxyTimerPolicy {
  /** The longest interval it lets pass, and the one it asks for. */
  readonly seconds: number
  /** The shortest it stands; at least 90. */
  readonly minSe: number
}

/** What becomes of a request on its way through a proxy. RFC 4028 §8.1. */
export type ProxiedTimer =
  /** Refuse with 422 and this Min-SE. RFC 4028 §8.1. */
  | { readonly kind: 'refuse 422'; readonly minSe: number }
  /** Forward with these headers, absent ones as they came. Keep `expires` for {@link proxyTimerResponse}. */
  | { readonly kind: 'forward'; readonly expires: SessionExpires; readonly minSe?: number }

/**
 * Takes an INVITE or UPDATE on its way. The interval is never raised for one that knows the extension, nor lowered below anybody's Min-SE;
 * the refresher stays as it is, and none is put in. Who does not know the extension cannot be refused, since it would not understand
 * the 422: then interval and Min-SE are raised for those further on. RFC 4028 §8.1.
 */
export function proxyTimerRequest(request: TimerRequest, policy: ProxyTimerPolicy): ProxiedTimer {
  const ours = Math.max(policy.minSe, LEAST_SESSION_SECONDS)
  const least = Math.max(request.minSe ?? 0, LEAST_SESSION_SECONDS)
  const asked = request.expires
  if (!asked) return { kind: 'forward', expires: { seconds: Math.max(policy.seconds, least, ours) } }
  if (asked.seconds >= ours)
    return { kind: 'forward', expires: { ...asked, seconds: shortened(asked.seconds, Math.max(policy.seconds, least)) } }
  if (request.supported) return { kind: 'refuse 422', minSe: ours }
  return { kind: 'forward', expires: { ...asked, seconds: Math.max(ours, least) }, minSe: Math.max(ours, least) }
}

/**
 * The headers to put into a 2xx that came without Session-Expires: the called side knows no timers, so the caller refreshes. `undefined`
 * leaves it as it is, as when the caller knows none either. `forwarded` is what {@link proxyTimerRequest} gave. RFC 4028 §8.2.
 */
export function proxyTimerResponse(
  request: TimerRequest,
  forwarded: SessionExpires | undefined,
  response: { readonly expires?: SessionExpires | undefined },
): { readonly expires: Required<SessionExpires>; readonly require: 'timer' } | undefined {
  if (response.expires || !request.supported || !forwarded) return undefined
  return { expires: { seconds: forwarded.seconds, refresher: 'uac' }, require: 'timer' }
}

function shortened(asked: number, longest: number): number {
  return Math.min(asked, longest)
}
