/** Sends inside a dialog: requests, the ACK of a 2xx, and where they go first. RFC 3261 §12.2.1.1, §13.2.2.4. */
import {
  Authorization,
  type AuthParams,
  CallId,
  Contact,
  CSeq,
  From,
  MaxForwards,
  type MessageEdit,
  type NameAddr,
  newRequest,
  ProxyAuthorization,
  parseUri,
  Route,
  type SipRequest,
  To,
  type Uri,
} from '@strowger/sip-parser'
import type { Dialog } from './dialog.ts'

/**
 * The next request of our side and the dialog after it. The transaction layer adds Via. INVITE, UPDATE and the like get our Contact.
 * ACK and CANCEL do not take part in the count: {@link ackFor2xx} makes the one, the transaction layer the other.
 */
export function requestIn(dialog: Dialog, method: string): { readonly dialog: Dialog; readonly edit: MessageEdit } {
  if (method === 'ACK' || method === 'CANCEL')
    throw new TypeError(`${method} has no CSeq of its own; see ackFor2xx and TransactionLayer.cancel`)
  const after = { ...dialog, localSequence: dialog.localSequence + 1 }
  const edit = requestWith(after, method, after.localSequence)
  if (WITH_CONTACT.has(method) && dialog.localTarget !== undefined) edit.append(Contact, nameAddr(dialog.localTarget))
  return { dialog: after, edit }
}

/** The credentials of an INVITE, kept for its ACK: the INVITE's own view is gone when the 2xx comes. */
export interface SentCredentials {
  /** Values of Authorization. RFC 3261 §22.2. */
  readonly authorization: readonly AuthParams[]
  /** Values of Proxy-Authorization. RFC 3261 §22.3. */
  readonly proxyAuthorization: readonly AuthParams[]
}

/** Takes them from the INVITE as it was sent, while it can be read. RFC 3261 §22.1. */
export function credentialsIn({ headers }: SipRequest): SentCredentials {
  return { authorization: headers.all(Authorization), proxyAuthorization: headers.all(ProxyAuthorization) }
}

/**
 * The ACK of a 2xx: a request on its own, sent without a transaction, with the INVITE's CSeq number and credentials. Send the same
 * again for each 2xx that comes again. An answer to an offer in the 2xx goes into its body. RFC 3261 §13.2.2.4, §22.1.
 */
export function ackFor2xx(dialog: Dialog, cseq: number, credentials?: SentCredentials): MessageEdit {
  const edit = requestWith(dialog, 'ACK', cseq)
  for (const value of credentials?.authorization ?? []) edit.append(Authorization, value)
  for (const value of credentials?.proxyAuthorization ?? []) edit.append(ProxyAuthorization, value)
  return edit
}

/**
 * Whom to send to: the first route, else the target. The same for loose and strict routers, since the latter are named in the
 * Request-URI as well (RFC 3261 §12.2.1.1, §8.1.2).
 */
export function hopUriOf(dialog: Dialog): Uri {
  return uriOf(dialog.routeSet[0] ?? dialog.remoteTarget)
}

/** The request's line and Route headers. RFC 3261 §12.2.1.1: a first route without `lr` is a strict router of RFC 2543. */
function requestWith(dialog: Dialog, method: string, sequence: number): MessageEdit {
  const { uri, routes } = path(dialog)
  const edit = newRequest(method, uri)
  for (const route of routes) edit.append(Route, { uri: route, params: NO_PARAMS })
  return edit
    .append(From, nameAddr(dialog.localUri, dialog.localTag))
    .append(To, nameAddr(dialog.remoteUri, dialog.remoteTag))
    .append(CallId, dialog.callId)
    .append(CSeq, { sequence, method })
    .append(MaxForwards, 70)
}

function path({ routeSet, remoteTarget }: Dialog): { readonly uri: Uri; readonly routes: readonly Uri[] } {
  const routes = routeSet.map(uriOf)
  const target = uriOf(remoteTarget)
  const [first, ...rest] = routes
  if (!first || first.params.has('lr')) return { uri: target, routes }
  return { uri: requestUri(first), routes: [...rest, target] }
}

/** A route as Request-URI: without what is not allowed there. RFC 3261 §12.2.1.1, §19.1.1 Table 1. */
function requestUri(uri: Uri): Uri {
  const params = new Map([...uri.params].filter(([name]) => name !== 'method'))
  return { ...uri, params, headers: NO_PARAMS }
}

function nameAddr(uri: string, tag?: string): NameAddr {
  return { uri: uriOf(uri), params: tag ? new Map([['tag', tag]]) : NO_PARAMS }
}

function uriOf(text: string): Uri {
  const uri = parseUri(text)
  if (!uri) throw new TypeError(`"${text}" in a dialog is not a URI`)
  return uri
}

/** Requests that refresh the target or make a dialog, which must name ours. RFC 3261 §8.1.1.8, RFC 3311 §4, RFC 6665 §4.1.2. */
const WITH_CONTACT: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER'])
const NO_PARAMS: ReadonlyMap<string, string> = new Map()
