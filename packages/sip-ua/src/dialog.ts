/** Dialogs as plain data: what two user agents must remember to speak again. RFC 3261 §12, §12.1. */
import {
  CallId,
  Contact,
  CSeq,
  From,
  formatUri,
  type NameAddr,
  RecordRoute,
  type SipRequest,
  type SipResponse,
  To,
  tagOf,
  type Uri,
} from '@strowger/sip-parser'
import { isCallId, isWritable } from './writable.ts'

/** JSON in, JSON out; never changed in place. URIs are text as `formatUri` writes them. */
export interface Dialog {
  /** The same in all its messages. RFC 3261 §12. */
  readonly callId: string
  /** Ours: From of our requests, To of the peer's. */
  readonly localTag: string
  /** Empty when the peer speaks RFC 2543 and sent none (RFC 3261 §12.1.1, §12.1.2). */
  readonly remoteTag: string
  /** Who we are: From of our requests. */
  readonly localUri: string
  /** Who the peer is: To of our requests. */
  readonly remoteUri: string
  /** The peer's Contact: where requests go. */
  readonly remoteTarget: string
  /** Our own Contact, for requests that need one. */
  readonly localTarget?: string
  /** In the order in which our requests visit them. RFC 3261 §12.1.1, §12.1.2. */
  readonly routeSet: readonly string[]
  /** Of our last request; 0 before the first. */
  readonly localSequence: number
  /** Of the peer's last request; absent before the first. */
  readonly remoteSequence?: number
  /** Made by a `sips` request: everything goes over TLS. RFC 3261 §12.1.1. */
  readonly secure: boolean
  /** `early` until a 2xx. RFC 3261 §12. */
  readonly state: 'early' | 'confirmed'
}

/** What remains of a request we sent once its view is gone; dialogs are made from it and each response. */
export type DialogSeed = Omit<Dialog, 'remoteTag' | 'routeSet' | 'remoteSequence' | 'state'>

/** The caller's half of every dialog `request` may make. `remoteTarget` is its Request-URI until a Contact comes. */
export function dialogSeed(request: SipRequest): DialogSeed {
  const [from, to] = ends(request)
  const contact = contactOf(request)
  return {
    callId: need(request.headers.get(CallId), 'Call-ID'),
    localTag: tagOf(from) ?? '',
    localUri: formatUri(from.uri),
    remoteUri: formatUri(to.uri),
    remoteTarget: targetText(request.uri),
    ...(contact && { localTarget: targetText(contact) }),
    localSequence: need(request.headers.get(CSeq), 'CSeq').sequence,
    secure: request.uri.scheme === 'sips',
  }
}

/**
 * The dialog a response to our request makes, `undefined` when it makes none: 100, a 1xx without a To tag, a final refusal,
 * a tag that could not be sent back.
 * Deviation: RFC 3261 §12.1.2 takes the target from Contact, which some 1xx lack; then the Request-URI stands in.
 */
export function dialogAsClient(request: SipRequest | DialogSeed, response: SipResponse): Dialog | undefined {
  const { status } = response
  const to = response.headers.get(To)
  const remoteTag = (to && tagOf(to)) ?? ''
  if (status <= 100 || status >= 300 || (status < 200 && remoteTag === '') || !isWritable(remoteTag)) return undefined
  const seed = 'headers' in request ? dialogSeed(request) : request
  const contact = contactOf(response)
  return {
    ...seed,
    remoteTag,
    remoteTarget: contact ? targetText(contact) : seed.remoteTarget,
    routeSet: recordRoutes(response).reverse(),
    state: status < 200 ? 'early' : 'confirmed',
  }
}

/**
 * The dialog our 1xx or 2xx to `request` makes, early until {@link confirm}ed; `undefined` when the request has no Contact, or a tag or
 * Call-ID that could not be sent back (answer 400). `contact` is the URI we put into our own Contact. RFC 3261 §12.1.1.
 */
export function dialogAsServer(request: SipRequest, localTag: string, contact?: string): Dialog | undefined {
  const [from, to] = ends(request)
  const remote = contactOf(request)
  const callId = need(request.headers.get(CallId), 'Call-ID')
  const remoteTag = tagOf(from) ?? ''
  if (!remote || !isWritable(remoteTag) || !isCallId(callId)) return undefined
  return {
    callId,
    localTag,
    remoteTag,
    localUri: formatUri(to.uri),
    remoteUri: formatUri(from.uri),
    remoteTarget: targetText(remote),
    ...(contact !== undefined && { localTarget: contact }),
    routeSet: recordRoutes(request),
    localSequence: 0,
    remoteSequence: need(request.headers.get(CSeq), 'CSeq').sequence,
    secure: request.uri.scheme === 'sips',
    state: 'early',
  }
}

/**
 * The dialog after a 2xx. The caller passes the 2xx, whose Record-Route replaces what the 1xx said (RFC 3261 §13.2.2.4); the called
 * side, which sent it, passes nothing.
 */
export function confirm(dialog: Dialog, response?: SipResponse): Dialog {
  if (!response) return { ...dialog, state: 'confirmed' }
  return { ...refreshTarget(dialog, response), routeSet: recordRoutes(response).reverse(), state: 'confirmed' }
}

/**
 * The dialog with the Contact of `message` as its target, if it has one. The called side does it when it accepts a re-INVITE or
 * UPDATE, the calling side with the 2xx to its own. RFC 3261 §12.2.1.2, §12.2.2, RFC 6141 §4.5. The route set stays.
 */
export function refreshTarget(dialog: Dialog, message: SipRequest | SipResponse): Dialog {
  const contact = contactOf(message)
  return contact ? { ...dialog, remoteTarget: targetText(contact) } : dialog
}

/** Call-ID and both tags, ours first: the name of a dialog in a map. RFC 3261 §12. */
export function dialogId({ callId, localTag, remoteTag }: Pick<Dialog, 'callId' | 'localTag' | 'remoteTag'>): string {
  return `${callId};${localTag};${remoteTag}`
}

/** The {@link dialogId} a received message belongs to: our tag is To's in a request and From's in a response. RFC 3261 §12.2.2. */
export function dialogIdOf(message: SipRequest | SipResponse): string {
  const [from, to] = ends(message).map(end => tagOf(end) ?? '') as [string, string]
  const callId = need(message.headers.get(CallId), 'Call-ID')
  return message.kind === 'request'
    ? dialogId({ callId, localTag: to, remoteTag: from })
    : dialogId({ callId, localTag: from, remoteTag: to })
}

function ends({ headers }: SipRequest | SipResponse): [NameAddr, NameAddr] {
  return [need(headers.get(From), 'From'), need(headers.get(To), 'To')]
}

function contactOf(message: SipRequest | SipResponse): Uri | undefined {
  const contact = message.headers.get(Contact)
  return contact === undefined || contact === '*' ? undefined : contact.uri
}

/** What may not stand in a Request-URI is left out: headers and `method`. RFC 3261 §19.1.1 Table 1. */
function targetText(uri: Uri): string {
  if (uri.headers.size === 0 && !uri.params.has('method')) return formatUri(uri)
  const params = new Map([...uri.params].filter(([name]) => name !== 'method'))
  return formatUri({ ...uri, params, headers: new Map() })
}

function recordRoutes(message: SipRequest | SipResponse): string[] {
  return message.headers.all(RecordRoute).map(route => formatUri(route.uri))
}

/** The parser refuses messages without these (RFC 3261 §8.1.1), so their lack is our own mistake. */
function need<T>(value: T | undefined, header: string): T {
  if (value === undefined) throw new TypeError(`A dialog needs the ${header} header of a parsed message`)
  return value
}
