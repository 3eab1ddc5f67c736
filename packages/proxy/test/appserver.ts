/** What an application server sends to the proxy under test: the call it makes to a user, and requests in it. */
import { signContext } from '@strowger/runtime'
import type { SipRequest, SipResponse } from '@strowger/sip-parser'
import { APPSERVER, type ProxyBench } from './proxy-bench.ts'

export const SDP = 'v=0\no=- 1 1 IN IP4 127.0.0.9\ns=-\nc=IN IP4 127.0.0.9\nt=0 0\nm=audio 4000 RTP/AVP 8'

let branches = 0

export interface CallOptions {
  readonly extra?: readonly string[]
  readonly body?: string
  readonly uri?: string
  readonly callId?: string
}

/** The INVITE to bob. */
export function callBob(
  bench: ProxyBench,
  { extra = [], body = SDP, uri = 'sip:bob@demo.test', callId = 'b-leg' }: CallOptions = {},
): string {
  const header = signContext(
    { call: 'CALL1', brand: 1, client: 1, from: 'appserver' },
    { method: 'INVITE', callId, fromTag: 'as', uri },
    bench.keys,
    bench.wall + bench.now,
  )
  return [
    `INVITE ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:6060;branch=z9hG4bK-as${++branches}`,
    'Max-Forwards: 69',
    'Route: <sip:127.0.0.1:5060;lr>',
    'From: <sip:101@demo.test>;tag=as',
    `To: <${uri}>`,
    `Call-ID: ${callId}`,
    'CSeq: 1 INVITE',
    'Contact: <sip:CALL1@127.0.0.1:6060>',
    `Strowger-Context: ${header}`,
    ...extra,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    '',
    body,
  ].join('\n')
}

/** The CANCEL of an INVITE written by {@link callBob}. */
export function cancelOf(invite: string, extra: readonly string[] = []): string {
  const kept = invite
    .split('\n\n')[0]!
    .split('\n')
    .filter(line => !/^(Contact|Content-Type|Strowger)/.test(line))
  return `${[...kept, ...extra].join('\n').replaceAll(/^INVITE|INVITE$/gm, 'CANCEL')}\n\n`
}

/** Record-Route values as the caller's route set. RFC 3261 §12.1.2. */
export function routesOf(message: SipRequest | SipResponse): readonly string[] {
  const values = message.headers
    .raw('Record-Route')
    .join(',')
    .split(/,(?=\s*<)/)
  return values.map(value => value.trim()).reverse()
}

export interface InDialog {
  readonly cseq?: number
  readonly uri?: string
  readonly extra?: readonly string[]
  readonly body?: string
}

/** A request in the call that `ok` answered. */
export function inCall(
  method: string,
  ok: SipResponse,
  { cseq = 2, uri = 'sip:bob@127.0.0.9:5090', extra = [], body = '' }: InDialog = {},
): string {
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:6060;branch=z9hG4bK-as${++branches}`,
    'Max-Forwards: 70',
    ...routesOf(ok).map(route => `Route: ${route}`),
    'From: <sip:101@demo.test>;tag=as',
    `To: ${ok.headers.raw('To')[0]}`,
    `Call-ID: ${ok.headers.raw('Call-ID')[0]}`,
    `CSeq: ${cseq} ${method}`,
    ...extra,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    '',
    body,
  ].join('\n')
}

export function send(bench: ProxyBench, text: string): void {
  bench.receive(text, APPSERVER)
}
