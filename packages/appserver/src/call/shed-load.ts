/**
 * Whether a new call is refused for there being too much to do. One that takes the place of another is the end of a transfer (RFC 3891), and emergency
 * calls are served; probes are answered in any case, or the proxies would think us dead. Who calls little is served before who calls much: the user
 * that the proxy vouches for, from a carrier the caller it names. RFC 3261 §21.5.4, RFC 5031, RFC 6357 §4, §7.
 */
import type { Context } from '@strowger/runtime'
import { CallId, From, type SipRequest } from '@strowger/sip-parser'
import type { State } from './state.ts'

export function isTooMuch({ house }: State, { headers, uri }: SipRequest, { user }: Context): boolean {
  if (headers.raw('Replaces').length > 0 || house.isEmergency(uri)) return false
  const from = headers.get(From)?.uri
  return (
    house.overload.refuses(headers.get(CallId) ?? '', user === undefined ? `${from?.user}@${from?.host}` : `user ${user}`) !== undefined
  )
}
