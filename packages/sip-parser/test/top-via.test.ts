/** Where the parts of the top Via are in the bytes of a message. RFC 3261 §17.2.3. */
import { expect, it } from 'vitest'
import { parse, type SipRequest, Via } from '../src/index.ts'

function request(via: string): SipRequest {
  const lines = [
    'OPTIONS sip:b@example.com SIP/2.0',
    `Via: ${via}`,
    'From: <sip:a@example.com>;tag=1',
    'To: <sip:b@example.com>',
    'Call-ID: 1',
    'CSeq: 1 OPTIONS',
  ]
  const message = parse(new TextEncoder().encode(`\r\n${lines.join('\r\n')}\r\n\r\n`))
  if (message.kind !== 'request') throw new Error(`not a request: ${message.kind}`)
  return message
}

function cut({ wire, headers }: SipRequest): readonly unknown[] | undefined {
  const via = headers.topVia()
  const text = (start: number, end: number): string => new TextDecoder().decode(wire.subarray(start, end))
  return via && [text(via.host, via.hostEnd), via.port, via.branch < 0 ? undefined : text(via.branch, via.branchEnd)]
}

it.each([
  ['SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bKa1', ['192.0.2.1', 5062, 'z9hG4bKa1']],
  ['SIP/2.0/TLS example.com;branch=z9hG4bKb', ['example.com', -1, 'z9hG4bKb']],
  ['SIP/2.0/TCP example.com', ['example.com', -1, undefined]],
])('finds host, port and branch in %s (RFC 3261 §17.2.3)', (via, parts) => {
  const message = request(via)
  expect(cut(message)).toEqual(parts)
  expect([message.headers.get(Via)?.host, message.headers.get(Via)?.branch]).toEqual([parts[0], parts[2]])
  expect(cut(message)).toEqual(parts)
})

it.each([
  'SIP/2.0/UDP EXAMPLE.com;branch=z9hG4bKa',
  'SIP / 2.0 / UDP example.com;branch=z9hG4bKa',
  'SIP/2.0/UDP [2001:db8::1];branch=z9hG4bKa',
  'SIP/2.0/UDP example.com;branch=z9hG4bKa, SIP/2.0/UDP example.org;branch=z9hG4bKb',
])('leaves %s to the grammar (RFC 3261 §17.2.3)', via => {
  const message = request(via)
  expect(message.headers.topVia()).toBeUndefined()
  expect(message.headers.get(Via)?.branch).toBe('z9hG4bKa')
})
