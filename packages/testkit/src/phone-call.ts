/** The call that a scripted phone is in: builds its requests and replies, and learns from what it hears. RFC 3261 §8.1, §12. */
import {
  CallId,
  Contact,
  CSeq,
  From,
  formatUri,
  type MessageEdit,
  newRequest,
  parseUri,
  RecordRoute,
  responseTo,
  type SipRequest,
  type SipResponse,
  To,
  tagOf,
  type Uri,
  Via,
} from '@strowger/sip-parser'
import type { Address } from '@strowger/sip-transaction'
import { altered, fill } from './alter.ts'
import { addressText, type Datagram } from './party.ts'
import type { ReplyOptions, SendOptions } from './script.ts'

/** What does not change over a phone's life. */
export interface PhoneIdentity {
  readonly name: string
  readonly address: Address
  /** Its own URI, in From and Contact's user. */
  readonly uri: string
  /** Whom it calls. */
  readonly target: string
  /** Where requests outside a dialog go, and inside where the route names no address. */
  readonly peer: Address
  readonly token: () => string
  readonly values: Map<string, string>
}

/** A request that was sent. */
export interface SentRequest extends Datagram {
  readonly method: string
  readonly branch: string
  readonly cseq: number
  readonly uri: string
  readonly options: SendOptions
}

/** Tags, numbers, route set and remote target of one call. RFC 3261 §12. */
export class PhoneCall {
  readonly localTag: string
  callId: string
  /** The last INVITE that was sent, and its last response. */
  invite: SentRequest | undefined
  inviteResponse: SipResponse | undefined
  readonly #phone: PhoneIdentity
  #cseq = 0
  #localUri: string
  #remoteUri: string
  #remoteTag: string | undefined
  #remoteTarget: string | undefined
  #routes: string[] = []

  constructor(phone: PhoneIdentity) {
    this.#phone = phone
    this.localTag = phone.token()
    this.callId = phone.token()
    this.#localUri = phone.uri
    this.#remoteUri = phone.target
  }

  /** A request: ACK and CANCEL belong to the last INVITE, others take the next number. */
  request(method: string, options: SendOptions, hop: Address | undefined): SentRequest {
    const { values, token } = this.#phone
    const copied = this.#copiedBy(method)
    const uri = fill(options.uri ?? copied?.uri ?? this.#requestUri(method), values)
    const branch = options.branch ?? copied?.branch ?? `z9hG4bK${token()}`
    const cseq = this.#number(method, options)
    const message = this.#start(method, uri, branch, cseq, options)
    if (WITH_CONTACT.has(method)) message.raw('Contact', `<${this.contact}>`)
    if (!copied) for (const route of this.#routes) message.raw('Route', route)
    const rack = method === 'PRACK' ? this.#rack(options) : undefined
    if (rack !== undefined) message.raw('RAck', rack)
    const sent = { method, branch, cseq, uri, options, bytes: altered(message, options, values), to: hop ?? copied?.to ?? this.#nextHop() }
    if (method === 'INVITE') {
      this.invite = sent
      this.inviteResponse = undefined
    }
    return sent
  }

  /** A response, sent to where the request came from (RFC 3581 §4). */
  response(request: SipRequest, from: Address, status: number, options: ReplyOptions): Datagram {
    const { toTag = this.localTag, reason } = options
    const dialog = DIALOG_METHODS.has(request.method) && status > 100 && status < 300
    const message = responseTo(request, status, {
      ...(status > 100 && toTag !== false && { toTag }),
      ...(reason !== undefined && { reason }),
      recordRoute: dialog,
    })
    const via = request.headers.get(Via)
    if (options.branch !== undefined && via) message.replace(Via, { ...via, branch: options.branch })
    if (dialog) message.raw('Contact', `<${this.contact}>`)
    return { bytes: altered(message, options, this.#phone.values), to: from }
  }

  /** The bytes of a request once more with more headers, as the next in its sequence: after a challenge (RFC 3261 §22.2). */
  again(sent: SentRequest, headers: readonly (readonly [string, string])[]): SentRequest {
    const { cseq: _, branch: __, ...options } = sent.options
    return this.request(sent.method, { ...options, uri: sent.uri, headers: [...(options.headers ?? []), ...headers] }, sent.to)
  }

  /** Makes the phone the called side of `request`, where it begins a dialog. RFC 3261 §12.1.1. */
  took(request: SipRequest): void {
    if (!DIALOG_METHODS.has(request.method) && request.method !== 'UPDATE') return
    const [from, to, callId] = [request.headers.get(From), request.headers.get(To), request.headers.get(CallId)]
    this.#remoteTarget = targetOf(request) ?? this.#remoteTarget
    if (!from || !to || callId === undefined || tagOf(to) !== undefined) return
    this.callId = callId
    this.#remoteTag = tagOf(from)
    this.#remoteUri = formatUri(from.uri)
    this.#localUri = formatUri(to.uri)
    this.#routes = recordRoutes(request)
  }

  /** Learns the other side of the dialog from a response. RFC 3261 §12.1.2. */
  heard(response: SipResponse): void {
    const { headers, status } = response
    const method = headers.get(CSeq)?.method ?? ''
    if (method === 'INVITE') this.inviteResponse = response
    const to = headers.get(To)
    if (!DIALOG_METHODS.has(method) || status <= 100 || status >= 300 || !to) return
    this.#remoteTag = tagOf(to) ?? this.#remoteTag
    this.#remoteTarget = targetOf(response) ?? this.#remoteTarget
    if (headers.has(RecordRoute)) this.#routes = recordRoutes(response).reverse()
  }

  get contact(): string {
    const { name, address } = this.#phone
    return `sip:${name}@${addressText(address)}`
  }

  /** The INVITE whose URI, branch and hop a CANCEL or the ACK of a refusal has. RFC 3261 §9.1, §17.1.1.3. */
  #copiedBy(method: string): SentRequest | undefined {
    const refused = method === 'ACK' && (this.inviteResponse?.status ?? 0) >= 300
    return method === 'CANCEL' || refused ? this.invite : undefined
  }

  #number(method: string, { cseq }: SendOptions): number {
    if (method === 'ACK' || method === 'CANCEL') return cseq ?? this.invite?.cseq ?? this.#cseq
    const number = cseq ?? this.#cseq + 1
    this.#cseq = Math.max(this.#cseq, number)
    return number
  }

  #start(method: string, uri: string, branch: string, cseq: number, options: SendOptions): MessageEdit {
    return newRequest(method, uri)
      .raw('Via', `SIP/2.0/UDP ${addressText(this.#phone.address)};branch=${branch};rport`)
      .raw('Max-Forwards', '70')
      .raw('From', `<${this.#localUri}>;tag=${this.localTag}`)
      .raw('To', this.#to(method, options, uri))
      .raw('Call-ID', this.callId)
      .raw('CSeq', `${cseq} ${method}`)
  }

  #to(method: string, { toTag, uri: given }: SendOptions, uri: string): string {
    const copied = method === 'ACK' ? this.inviteResponse?.headers.raw('To')[0] : undefined
    if (copied !== undefined && toTag === undefined) return copied
    const remote = method === 'REGISTER' ? this.#localUri : this.#remoteTag === undefined && given !== undefined ? uri : this.#remoteUri
    const tag = toTag ?? (method === 'CANCEL' || method === 'REGISTER' ? false : this.#remoteTag)
    return `<${remote}>${tag === undefined || tag === false ? '' : `;tag=${tag}`}`
  }

  #requestUri(method: string): string {
    if (method !== 'REGISTER') return this.#remoteTarget ?? this.#remoteUri
    const uri = parseUri(this.#phone.target)
    return uri
      ? formatUri({ scheme: uri.scheme, host: uri.host, ...(uri.port !== undefined && { port: uri.port }), params: NONE, headers: NONE })
      : this.#phone.target
  }

  /** The address in the first Route, else in the remote target, else the peer's. RFC 3261 §8.1.2. */
  #nextHop(): Address {
    const next = this.#routes[0]?.replace(/^.*<|>.*$/g, '') ?? this.#remoteTarget
    const uri = next === undefined ? undefined : parseUri(next)
    return uri && IP_ADDRESS.test(uri.host) ? { address: uri.host, port: uri.port ?? 5060 } : this.#phone.peer
  }

  /** RFC 3262 §7.2. */
  #rack({ headers = [] }: SendOptions): string | undefined {
    const response = this.inviteResponse
    const rseq = response?.headers.raw('RSeq')[0]
    const given = headers.some(([name]) => name === 'RAck')
    return given || rseq === undefined ? undefined : `${rseq} ${response?.headers.raw('CSeq')[0]}`
  }
}

function targetOf({ headers }: SipRequest | SipResponse): string | undefined {
  const contact = headers.get(Contact)
  return contact === undefined || contact === '*' ? undefined : formatUri(contact.uri)
}

function recordRoutes({ headers }: SipRequest | SipResponse): string[] {
  return headers.all(RecordRoute).map(one => RecordRoute.encode(one))
}

const NONE: Uri['params'] = new Map()
const WITH_CONTACT = new Set(['INVITE', 'REGISTER', 'SUBSCRIBE', 'NOTIFY', 'REFER', 'UPDATE', 'OPTIONS'])
const DIALOG_METHODS = new Set(['INVITE', 'SUBSCRIBE', 'REFER'])
/** IPv4, or IPv6 without its brackets. */
const IP_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/i
