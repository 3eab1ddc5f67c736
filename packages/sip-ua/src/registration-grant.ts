/** What a registrar's 2xx grants: how long, by which route, and how the flow is kept. RFC 3261 §10.2.4, RFC 3608 §6.1, RFC 5626 §4.2.1. */
import { Contact, Expires, FlowTimer, formatUri, parseUri, Require, ServiceRoute, type SipResponse, sameUri } from '@strowger/sip-parser'

export interface RegistrationGrant {
  /** 0 when our Contact was not taken. */
  readonly expiresSeconds: number
  /** Routes for requests outside of dialogs, first to be visited first. RFC 3608 §6.1. */
  readonly serviceRoute: readonly string[]
  /** The edge keeps flows: requests come down this one, and its loss must be told by registering again. RFC 5626 §4.2.1. */
  readonly outbound: boolean
  /** Seconds within which the edge wants to hear a keep-alive; see `keepAliveMs`. RFC 5626 §4.4. */
  readonly flowTimerSeconds?: number
}

/** `expires` of our Contact, else Expires, else what we asked for. RFC 3261 §10.2.4. */
export function grantOf(response: SipResponse, contact: string, askedSeconds: number): RegistrationGrant {
  const { headers } = response
  const ours = parseUri(contact)
  const found = headers.all(Contact).find(each => each !== '*' && ours !== undefined && sameUri(each.uri, ours))
  const own = found === undefined || found === '*' ? undefined : found.params.get('expires')
  const flowTimerSeconds = headers.get(FlowTimer)
  return {
    expiresSeconds: own !== undefined && /^\d{1,9}$/.test(own) ? Number(own) : (headers.get(Expires) ?? askedSeconds),
    serviceRoute: headers.all(ServiceRoute).map(({ uri }) => formatUri(uri)),
    outbound: headers.all(Require).some(tag => tag.toLowerCase() === 'outbound'),
    ...(flowTimerSeconds !== undefined && { flowTimerSeconds }),
  }
}
