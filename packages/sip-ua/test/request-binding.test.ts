import { parse, type SipRequest } from '@strowger/sip-parser'
import { expect, test } from 'vitest'
import { bindingOf } from '../src/index.ts'

function request(lines: readonly string[]): SipRequest {
  return parse(new TextEncoder().encode(`${lines.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`)) as SipRequest
}

test('a request is bound by what it asks and by the call it is in (RFC 3261 §8.1.1)', () => {
  const invite = request([
    'INVITE sip:bob@demo.test SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
    'From: <sip:alice@demo.test>;tag=f1',
    'To: <sip:bob@demo.test>',
    'Call-ID: c1',
    'CSeq: 1 INVITE',
  ])
  expect(bindingOf(invite)).toEqual({ method: 'INVITE', callId: 'c1', fromTag: 'f1', uri: 'sip:bob@demo.test' })
})
