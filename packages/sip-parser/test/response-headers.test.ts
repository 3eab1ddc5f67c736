import { expect, test } from 'vitest'
import { parse, responseTo, type SipRequest, utf8, utf8Bytes } from '../src/index.ts'

const request = parse(
  utf8Bytes(
    [
      'REGISTER sip:example.com SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK74bf9',
      'From: <sip:alice@example.com>;tag=9fxced76sl',
      'To: <sip:alice@example.com>',
      'Call-ID: 3848276298',
      'CSeq: 1 REGISTER',
      '',
      '',
    ].join('\r\n'),
  ),
) as SipRequest

test('a response is written at once as it would be header by header (RFC 3261 §8.2.6.2)', () => {
  const headers = [
    ['Contact', '<sip:alice@192.0.2.1>;expires=60'],
    ['Contact', '<sip:älice@192.0.2.2>;expires=60'],
    ['Subject', '🎉'],
  ] as const
  const slowly = responseTo(request, 200, { toTag: 'x' })
  for (const [name, value] of headers) slowly.raw(name, value)
  const text = utf8(responseTo(request, 200, { toTag: 'x', headers }).toBytes())
  const lines = (message: string): string[] => message.split('\r\n').sort()
  expect(lines(text)).toEqual(lines(utf8(slowly.toBytes())))
  expect(text.endsWith('Subject: 🎉\r\nContent-Length: 0\r\n\r\n')).toBe(true)
})

test.each([
  ['Contact', '<sip:a@b>\r\nVia: SIP/2.0/UDP evil'],
  ['Con tact', 'x'],
  ['Contact:', 'x'],
])('a header %j with %j is the caller’s mistake', (name, value) => {
  expect(() => responseTo(request, 200, { headers: [[name, value]] })).toThrow(TypeError)
})

test('Content-Length is written by itself, once (RFC 3261 §20.14)', () => {
  const text = utf8(responseTo(request, 200, { headers: [['Content-Length', '7']] }).toBytes())
  expect(text.match(/Content-Length: \d+/g)).toEqual(['Content-Length: 0'])
})
