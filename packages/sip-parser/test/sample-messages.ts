/** Messages the tests start from. */
import { type HeaderView, parse, type SipRequest, utf8Bytes } from '../src/index.ts'

export const bytesOf = (...lines: readonly string[]): Uint8Array => utf8Bytes(lines.join('\r\n'))
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8')

export const INVITE_LINES: readonly string[] = [
  'INVITE sip:+4930123456@example.com;user=phone SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bK-1a2b3c;rport',
  'Max-Forwards: 70',
  'Route: <sip:192.0.2.1;lr>, <sip:192.0.2.2;transport=tcp;lr>',
  'From: "Anna" <sip:anna@example.com>;tag=a1b2',
  'To: <sip:+4930123456@example.com;user=phone>',
  'Call-ID: 5f3c9b2e@192.0.2.10',
  'CSeq: 7 INVITE',
  'Contact: <sip:anna@192.0.2.10:5062>;+sip.instance="<urn:uuid:00000000-0000-4000-8000-000000000001>"',
  'Supported: replaces, 100rel',
  'X-Floor:  3 ',
  'Content-Type: application/sdp',
  'Content-Length: 5',
]

export const INVITE: Uint8Array = bytesOf(...INVITE_LINES, '', 'v=0\r\n')

/** A request with `lines` in place of the header fields of the same names. */
export function requestWith(...lines: readonly string[]): Uint8Array {
  const base = INVITE_LINES.filter(line => !lines.some(other => nameOf(other) === nameOf(line)))
  return bytesOf(base[0]!, ...lines, ...base.slice(1), '', 'v=0\r\n')
}

export function requestOf(bytes: Uint8Array): SipRequest {
  const message = parse(bytes)
  if (message.kind !== 'request')
    throw new Error(`Not a request: ${message.kind === 'malformed' ? `${message.code} at ${message.offset}` : message.kind}`)
  return message
}

/** Header fields as `Name: value` lines. */
export const linesOf = (headers: HeaderView): string[] => [...headers].map(({ name, value }) => `${name}: ${value}`)

function nameOf(line: string): string {
  const name = line.slice(0, line.indexOf(':')).trim().toLowerCase()
  return LONG[name] ?? name
}

const LONG: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
  k: 'supported',
}
