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
import { withParts } from './parts.ts'
import { targetsWithoutLookup } from './resolver.ts'

export interface OutgoingRequest {
  readonly method: string
  readonly uri: string
  /** Default From: anonymous. `tag`, Call-ID, CSeq, Max-Forwards and a Contact are filled in. */
  readonly headers?: Readonly<Record<string, string>>
  /** Needs `Content-Type` among the headers. */
  readonly body?: Uint8Array
}

/** A request outside of any dialog, without Via. RFC 3261 §8.1.1. */
export function outOfDialog({ method, uri, headers = {}, body }: OutgoingRequest, local: Address): MessageEdit {
  const given = new Set(Object.keys(headers).map(name => name.toLowerCase()))
  const request = newRequest(method, uri)
  const defaults: Readonly<Record<string, () => unknown>> = {
    'max-forwards': () => request.append(MaxForwards, 70),
    from: () => request.raw('From', `<sip:anonymous@anonymous.invalid>;tag=${nodeToken()}`),
    to: () => request.raw('To', `<${uri}>`),
    'call-id': () => request.append(CallId, nodeToken()),
    cseq: () => request.append(CSeq, { sequence: 1, method }),
    contact: () => (DIALOG_METHODS.has(method) ? request.append(Contact, { uri: uriOf(local), params: new Map() }) : undefined),
  }
  for (const [name, write] of Object.entries(defaults)) if (!given.has(name)) write()
  return withParts(request, tagged(headers), body)
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
function tagged(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      name.toLowerCase() === 'from' && !/;\s*tag\s*=/i.test(value) ? `${value};tag=${nodeToken()}` : value,
    ]),
  )
}

function uriOf({ address, port }: Address): Uri {
  return { scheme: 'sip', host: address, port, params: new Map(), headers: new Map() }
}

/** Those that make a dialog or change its target. RFC 3261 §8.1.1.8, §12.2. */
const DIALOG_METHODS: ReadonlySet<string> = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'UPDATE'])
