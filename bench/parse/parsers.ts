/**
 * Ours and npm's parsers, and in `c-peers.c` those in C, each up to the same point: method or status, Request-URI, top Via with branch, tags of From and To, Call-ID,
 * CSeq, Max-Forwards and first Route are decoded. They return the same text, so that nobody can leave anything out.
 */
import '@strowger/sip-parser/node'
import { CallId, CSeq, From, MaxForwards, parse, Route, To, tagOf, Via } from '@strowger/sip-parser'
import { npmPeer } from '../npm-peers.ts'
import type { Sample } from './messages.ts'

export interface Fields {
  readonly start: string | number
  readonly host: string | undefined
  readonly branch: string | undefined
  readonly viaHost: string | undefined
  readonly fromTag: string | undefined
  readonly toTag: string | undefined
  readonly callId: string | undefined
  readonly sequence: number | undefined
  readonly maxForwards: number | undefined
  readonly routeHost: string | undefined
}

export type Parser = (sample: Sample) => Fields

export function ours({ bytes }: Sample): Fields {
  const message = parse(bytes)
  if (message.kind === 'malformed') throw new Error(`${message.code} at ${message.offset}`)
  const { headers } = message
  const via = headers.get(Via)
  const from = headers.get(From)
  const to = headers.get(To)
  return {
    start: message.kind === 'request' ? message.method : message.status,
    host: message.kind === 'request' ? message.uri.host : undefined,
    branch: via?.branch,
    viaHost: via?.host,
    fromTag: from && tagOf(from),
    toTag: to && tagOf(to),
    callId: headers.get(CallId),
    sequence: headers.get(CSeq)?.sequence,
    maxForwards: headers.get(MaxForwards),
    routeHost: headers.get(Route)?.uri.host,
  }
}

interface SipModule {
  parse(bytes: Uint8Array): SipMessage
  parseUri(text: string): { readonly host: string } | undefined
}

interface SipMessage {
  readonly method?: string
  readonly status?: number
  readonly uri?: string
  readonly headers: {
    readonly via: readonly { readonly host: string; readonly params: { readonly branch: string } }[]
    readonly from: { readonly params: { readonly tag?: string } }
    readonly to: { readonly params: { readonly tag?: string } }
    readonly 'call-id': string
    readonly cseq: { readonly seq: number }
    readonly 'max-forwards'?: string
    readonly route?: readonly { readonly uri: string }[]
  }
}

/** npm's `sip`: all of From, To, Via, Contact, Route at once; URIs on demand. */
export function sip(): Parser {
  const { parse, parseUri } = npmPeer('sip') as SipModule
  return ({ bytes }) => {
    const { method, status, uri, headers } = parse(bytes)
    const route = headers.route?.[0]
    return {
      start: method ?? status!,
      host: uri === undefined ? undefined : parseUri(uri)?.host,
      branch: headers.via[0]!.params.branch,
      viaHost: headers.via[0]!.host,
      fromTag: headers.from.params.tag,
      toTag: headers.to.params.tag,
      callId: headers['call-id'],
      sequence: headers.cseq.seq,
      maxForwards: headers['max-forwards'] === undefined ? undefined : Number(headers['max-forwards']),
      routeHost: route && parseUri(route.uri)?.host,
    }
  }
}

interface JssipMessage {
  readonly method: string
  readonly status_code?: number
  readonly ruri?: { readonly host: string }
  readonly via: { readonly host: string }
  readonly via_branch: string
  readonly from_tag?: string
  readonly to_tag?: string
  readonly call_id: string
  readonly cseq: number
  hasHeader(name: string): boolean
  parseHeader(name: string): unknown
}

/** npm's `jssip`: a generated grammar. It is given text, its own input, for nothing. */
export function jssip(): Parser {
  const { parseMessage } = npmPeer('jssip/lib/Parser.js') as { parseMessage(text: string, ua: object): JssipMessage }
  return ({ text }) => {
    const message = parseMessage(text, {})
    const route = message.hasHeader('route') ? (message.parseHeader('route') as { uri: { host: string } }) : undefined
    return {
      start: message.status_code ?? message.method,
      host: message.ruri?.host,
      branch: message.via_branch,
      viaHost: message.via.host,
      fromTag: message.from_tag ?? undefined,
      toTag: message.to_tag ?? undefined,
      callId: message.call_id,
      sequence: message.cseq,
      maxForwards: message.hasHeader('max-forwards') ? (message.parseHeader('max-forwards') as number) : undefined,
      routeHost: route?.uri.host,
    }
  }
}

interface DrachtioModule {
  readonly SipMessage: DrachtioClass
}

interface DrachtioClass {
  new (text: string): DrachtioMessage
  parseUri(text: string): { readonly host: string } | undefined
}

interface DrachtioMessage {
  readonly method?: string
  readonly status?: number
  readonly uri?: string
  get(name: string): string | undefined
  getParsedHeader(name: string): unknown
}

/** npm's `drachtio-sip`: names and raw values at once, the rest on demand. It is given text, its own input, for nothing. */
export function drachtio(): Parser {
  const { SipMessage } = npmPeer('drachtio-sip') as DrachtioModule
  return ({ text }) => {
    const message = new SipMessage(text)
    const [via] = message.getParsedHeader('via') as readonly { readonly host: string; readonly params: { readonly branch: string } }[]
    const maxForwards = message.get('max-forwards')
    const routes = message.get('route') && (message.getParsedHeader('route') as readonly { readonly uri: { readonly host: string } }[])
    return {
      start: message.method ?? message.status!,
      host: message.uri === undefined ? undefined : SipMessage.parseUri(message.uri)?.host,
      branch: via!.params.branch,
      viaHost: via!.host,
      fromTag: (message.getParsedHeader('from') as Tagged).params.tag,
      toTag: (message.getParsedHeader('to') as Tagged).params.tag,
      callId: message.get('call-id'),
      sequence: (message.getParsedHeader('cseq') as { readonly seq: number }).seq,
      maxForwards: maxForwards === undefined ? undefined : Number(maxForwards),
      routeHost: routes ? routes[0]!.uri.host : undefined,
    }
  }
}

interface Tagged {
  readonly params: { readonly tag?: string }
}
