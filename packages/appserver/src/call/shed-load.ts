/**
 * Whether a new call is refused for there being too much to do. One that takes the place of another is the end of a transfer (RFC 3891), and emergency
 * calls are served; probes are answered in any case, or the proxies would think us dead. RFC 3261 §21.5.4, RFC 5031, RFC 6357 §4.
 */
import { CallId, type SipRequest } from '@strowger/sip-parser'
import type { State } from './state.ts'

export function isTooMuch({ house }: State, { headers, uri }: SipRequest): boolean {
  if (headers.raw('Replaces').length > 0 || house.isEmergency(uri)) return false
  return house.overload.refuses(headers.get(CallId) ?? '') !== undefined
}
