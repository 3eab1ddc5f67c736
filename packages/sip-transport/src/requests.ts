/** Requests built from few words: what RFC 3261 §8.1.1 wants is filled in where the caller has not said it. */
import {
  CallId,
  Contact,
  CSeq,
  From,
  MaxForwards,
  type MessageEdit,
  newRequest,
  RecordRoute,
  Route,
  type SipResponse,
  To,
  type Uri,
} from '@strowger/sip-parser'
import type { Address } from '@strowger/sip-transaction'
import { nodeToken } from '@strowger/sip-transaction/node'
import { type HeaderLine, type HeaderTexts, linesOf, withParts } from './parts.ts'
import { targetsWithoutLookup } from './resolver.ts'

/** What to send, in few words. */
export interface OutgoingRequest {
  /** Of the request: OPTIONS, MESSAGE. */
  readonly method: string
  /** Request-URI. */
  readonly uri: string
  /**
   * A list of values is as many header fields. From (default: the phone's own, or anonymous), its `tag`, To, Call-ID, CSeq, Max-Forwards and
   * a Contact are filled in where they miss.
   */
  readonly headers?: HeaderTexts | undefined
  /** Needs `Content-Type` among the headers. */
  readonly body?: Uint8Array | undefined
}

/** A request with what stays the same however often it is sent: From and its tag, To, Call-ID. RFC 3261 §8.1.3.5, §22.2. */
export interface Draft extends Pick<OutgoingRequest, 'method' | 'uri' | 'body'> {
  readonly headers: readonly HeaderLine[]
}

/** `from`: an address, as text. `callId`, `routes`: where none is given. RFC 3261 §8.1.1. */
export function draftOf(
  { method, uri, headers, body }: OutgoingRequest,
  from: string = ANONYMOUS,
  callId: string = nodeToken(),
  routes: readonly string[] = [],
): Draft {
  const lines = linesOf(headers).map(tagged)
  const needed: readonly HeaderLine[] = [
    ...routes.map((route): HeaderLine => ['Route', `<${route}>`]),
    ['Max-Forwards', '70'],
    tagged(['From', `<${from}>`]),
    ['To', `<${uri}>`],
    ['Call-ID', callId],
    ['CSeq', `1 ${method}`],
  ]
  return { method, uri, body, headers: [...needed.filter(([name]) => !isGiven(lines, name)), ...lines] }
}

/** Once more, as the next request of its sequence. RFC 3261 §22.2. */
export function draftedAgain(draft: Draft): Draft {
  const next = ([name, value]: HeaderLine): HeaderLine =>
    name.toLowerCase() === 'cseq' ? [name, `${Number.parseInt(value, 10) + 1} ${draft.method}`] : [name, value]
  return { ...draft, headers: draft.headers.map(next) }
}

/** A request outside of any dialog, without Via. RFC 3261 §8.1.1. */
export function outOfDialog({ method, uri, headers, body }: Draft, local: Address): MessageEdit {
  const request = withParts(newRequest(method, uri), headers, body)
  if (!DIALOG_METHODS.has(method) || isGiven(headers, 'Contact')) return request
  return request.append(Contact, { uri: uriOf(local), params: new Map() })
}

/** The next request of the dialog that a 2xx to our INVITE made, and where it goes if that is a number. RFC 3261 §12.2.1.1. */
export function inDialog(
  method: 'ACK' | 'BYE',
  { headers }: SipResponse,
): { message: MessageEdit; remote: { remote?: Address } } | undefined {
  const [from, to, callId, cseq, contact] = [
    headers.get(From),
    headers.get(To),
    headers.get(CallId),
    headers.get(CSeq),
    headers.get(Contact),
  ]
  if (from === undefined || to === undefined || callId === undefined || cseq === undefined) return undefined
  const uri = contact === undefined || contact === '*' ? to.uri : contact.uri
  const routes = [...headers.all(RecordRoute)].reverse()
  const message = newRequest(method, uri).append(MaxForwards, 70).append(From, from).append(To, to).append(CallId, callId)
  for (const route of routes) message.append(Route, route)
  message.append(CSeq, { sequence: method === 'ACK' ? cseq.sequence : cseq.sequence + 1, method })
  const target = targetsWithoutLookup({ uri: routes[0]?.uri ?? uri })?.[0]
  return { message, remote: target === undefined ? {} : { remote: { address: target.address, port: target.port } } }
}

/** A From without tag gets one. RFC 3261 §8.1.1.3. */
function tagged([name, value]: HeaderLine): HeaderLine {
  const isUntagged = name.toLowerCase() === 'from' && !/;\s*tag\s*=/i.test(value)
  return [name, isUntagged ? `${value};tag=${nodeToken()}` : value]
}

function isGiven(lines: readonly HeaderLine[], wanted: string): boolean {
  return lines.some(([name]) => name.toLowerCase() === wanted.toLowerCase())
}

function uriOf({ address, port }: Address): Uri {
  return { scheme: 'sip', host: address, port, params: new Map(), headers: new Map() }
}

/** Those that make a dialog or change its target. RFC 3261 §8.1.1.8, §12.2. */
const DIALOG_METHODS: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'UPDATE'])

/** RFC 3323 §4.1.1.3. */
const ANONYMOUS = 'sip:anonymous@anonymous.invalid'
