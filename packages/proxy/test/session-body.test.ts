/** SDP inside other bodies: the relay is shown it, and nothing that it was not shown passes. RFC 5621 §4, §8, RFC 3264 §4. */
import type { SipResponse } from '@strowger/sip-parser'
import { beforeEach, describe, expect, test } from 'vitest'
import { usersProxy } from '../src/users-proxy.ts'
import { callBob, inCall, SDP } from './appserver.ts'
import { ScriptedPhone } from './phone.ts'
import { APPSERVER, answerTo, ProxyBench, phoneAt, type Sent, wire } from './proxy-bench.ts'

let bench: ProxyBench
let bob: ScriptedPhone

beforeEach(() => {
  bench = new ProxyBench(usersProxy)
  bob = new ScriptedPhone(bench, 'bob', { hop: phoneAt(5090) })
  bob.register()
  bench.take()
})

const ISUP = 'Content-Type: application/isup;version=x\r\nContent-Disposition: signal;handling=optional\r\n\r\n\u0001\u0002\r\nv=0'
const SESSION = `Content-Type: application/sdp\r\nContent-ID: <a@b>\r\n\r\n${SDP.replaceAll('\n', '\r\n')}`
const mixed = (...parts: readonly string[]): string => `preamble\r\n${parts.map(part => `--b\r\n${part}\r\n`).join('')}--b--\r\nepilogue`
const MIXED = 'Content-Type: multipart/mixed ; boundary="b"'

/** `text` with a body of its own. */
function withBody(text: string, type: string, body: string): Uint8Array {
  const [head = ''] = text.split('\n\n')
  const headers = [...head.split('\n'), type].filter(line => line !== '').join('\r\n')
  return Buffer.from(`${headers}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

const textOf = (body: Uint8Array): string => Buffer.from(body).toString()
const invite = (type: string, body: string): Uint8Array => withBody(callBob(bench, { body: '' }), type, body)

function ring(bytes: Uint8Array): Sent {
  bench.deliver(bytes, APPSERVER)
  return bench.takeOne()
}

describe('in a request', () => {
  test('the part that describes the session is rewritten, all others stay byte for byte (RFC 5621 §4)', () => {
    const { message } = ring(invite(MIXED, mixed(ISUP, SESSION)))
    expect(textOf(bench.media[0]!.sdp)).toBe(SDP.replaceAll('\n', '\r\n'))
    expect(textOf(message.body)).toBe(mixed(ISUP, SESSION.replace(/v=0[\s\S]*/, 'v=0 offer rewritten\r\n')))
    expect(message.headers.raw('Content-Type')).toEqual(['multipart/mixed ; boundary="b"'])
  })

  test('a multipart in a multipart is searched as well (RFC 5621 §4)', () => {
    const inner = `Content-Type: multipart/related;boundary=c\r\n\r\n--c\r\n${SESSION}\r\n--c--`
    const { message } = ring(invite(MIXED, mixed(ISUP, inner)))
    expect(textOf(message.body)).toBe(mixed(ISUP, inner.replace(/v=0[\s\S]*8(?=\r\n--c)/, 'v=0 offer rewritten\r\n')))
  })

  test('a body without a type is taken for SDP, as phones take it (RFC 3261 §20.15)', () => {
    const { message } = ring(withBody(callBob(bench, { body: '' }), '', SDP))
    expect(textOf(message.body)).toBe('v=0 offer rewritten\r\n')
    expect(message.headers.raw('Content-Type')).toEqual(['application/sdp'])
  })

  test.each([
    ['two descriptions', MIXED, mixed(SESSION, SESSION)],
    [
      'one for early media beside the session',
      MIXED,
      mixed(SESSION, SESSION.replace('Content-ID: <a@b>', 'Content-Disposition: early-session')),
    ],
    ['one that is packed', MIXED, mixed(SESSION.replace('Content-ID: <a@b>', 'Content-Transfer-Encoding: base64'))],
    ['a packed body', 'Content-Type: application/sdp\r\nContent-Encoding: gzip', 'xyz'],
  ])('%s: 415 with Accept, for the relay sees one at most (RFC 5621 §8.2)', (_, type, body) => {
    const { message, hop } = ring(invite(type, body))
    expect([(message as SipResponse).status, message.headers.raw('Accept'), hop.remote]).toEqual([
      415,
      ['application/sdp'],
      APPSERVER.remote,
    ])
    expect(bench.media).toEqual([])
  })

  test.each([
    ['no end', MIXED, `--b\r\n${SESSION}`],
    ['no boundary', 'Content-Type: multipart/mixed', mixed(SESSION)],
    ['a broken multipart in it', MIXED, mixed(`Content-Type: multipart/mixed;boundary=c\r\n\r\n--c\r\n${SESSION}`)],
    ['a type that cannot be read', 'Content-Type: application', SDP],
    ['two types', 'Content-Type: application/sdp\r\nContent-Type: text/plain', SDP],
  ])('a body with %s: 400 (RFC 2046 §5.1.1)', (_, type, body) => {
    expect((ring(invite(type, body)).message as SipResponse).status).toBe(400)
    expect(bench.media).toEqual([])
  })

  test('an ACK loses a body that the relay cannot be shown (RFC 3264 §4)', () => {
    const ringing = ring(wire(callBob(bench, { body: '' })))
    bench.receive(answerTo(ringing, 200, ['Contact: <sip:bob@127.0.0.9:5090>'], SDP), bob.hop)
    const ok = bench.takeOne().message as SipResponse
    bench.deliver(withBody(inCall('ACK', ok, { cseq: 1 }), MIXED, mixed(SESSION, SESSION)), APPSERVER)
    expect(textOf(bench.takeOne().message.body)).toBe('')
    bench.deliver(withBody(inCall('ACK', ok, { cseq: 1 }), MIXED, mixed(SESSION)), APPSERVER)
    expect(textOf(bench.takeOne().message.body)).toContain('v=0 answer rewritten')
  })
})

describe('in a response', () => {
  const answer = (sent: Sent, type: string, body: string): Uint8Array => withBody(answerTo(sent, 200), type, body)

  test('the part that describes the session is rewritten, once for all repetitions (RFC 5621 §4)', () => {
    const sent = ring(wire(callBob(bench)))
    for (let times = 0; times < 2; times++) {
      bench.deliver(answer(sent, MIXED, mixed(SESSION, ISUP)), bob.hop)
      expect(textOf(bench.takeOne().message.body)).toBe(mixed(SESSION.replace(/v=0[\s\S]*/, 'v=0 answer rewritten\r\n'), ISUP))
    }
    expect(bench.media.map(({ kind }) => kind)).toEqual(['offer', 'answer'])
  })

  test.each([
    ['two descriptions', MIXED, mixed(SESSION, SESSION)],
    ['a broken multipart', MIXED, `--b\r\n${SESSION}`],
  ])('%s: goes on without a body (RFC 5621 §8)', (_, type, body) => {
    const sent = ring(wire(callBob(bench)))
    bench.deliver(answer(sent, type, body), bob.hop)
    const { message } = bench.takeOne()
    expect([(message as SipResponse).status, textOf(message.body)]).toEqual([200, ''])
    expect(bench.media.map(({ kind }) => kind)).toEqual(['offer'])
  })

  test('where the relay fails no part passes (design §8.5)', () => {
    const sent = ring(wire(callBob(bench)))
    bench.relay = () => ({ unavailable: 'timeout' })
    bench.deliver(answer(sent, MIXED, mixed(ISUP, SESSION)), bob.hop)
    expect(textOf(bench.takeOne().message.body)).toBe('')
  })

  test('SDP that says what OPTIONS is asked for is none of the relay’s business (RFC 3261 §11.2)', () => {
    const sent = ring(wire(callBob(bench)))
    bench.receive(answerTo(sent, 200, ['Contact: <sip:bob@127.0.0.9:5090>'], SDP), bob.hop)
    bench.receive(inCall('OPTIONS', bench.takeOne().message as SipResponse), APPSERVER)
    const asked = bench.media.length
    bench.receive(answerTo(bench.takeOne(), 200, [], SDP), bob.hop)
    expect((bench.takeOne().message as SipResponse).status).toBe(200)
    expect(bench.media).toHaveLength(asked)
  })
})
