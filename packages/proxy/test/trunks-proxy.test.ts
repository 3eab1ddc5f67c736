import { signContext } from '@strowger/runtime'
import type { SipRequest, SipResponse } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import { beforeEach, expect, test } from 'vitest'
import { trunksProxy } from '../src/trunks-proxy.ts'
import { APPSERVER, answerTo, ProxyBench, phoneAt, summary } from './proxy-bench.ts'

const SDP = 'v=0\no=- 1 1 IN IP4 127.0.0.9\ns=-\nc=IN IP4 127.0.0.9\nt=0 0\nm=audio 4000 RTP/AVP 8'
let bench: ProxyBench

beforeEach(() => {
  bench = new ProxyBench(trunksProxy, 'trunks-proxy')
})

function invite(uri: string, from: Hop, context?: string, branch = 'b1'): void {
  const { address, port } = from.remote
  bench.receive(
    [
      `INVITE ${uri} SIP/2.0`,
      `Via: SIP/2.0/UDP ${address}:${port};branch=z9hG4bK-${branch}`,
      'Max-Forwards: 70',
      'From: <sip:+34600000001@there>;tag=f',
      `To: <${uri}>`,
      'Call-ID: leg',
      'CSeq: 1 INVITE',
      `Contact: <sip:x@${address}:${port}>`,
      ...(context ? [`Strowger-Context: ${context}`] : []),
      'Content-Type: application/sdp',
      '',
      SDP,
    ].join('\n'),
    from,
  )
}

const outgoing = (number: string): void => {
  const uri = `sip:${number}@trunks`
  invite(
    uri,
    APPSERVER,
    signContext(
      { call: 'CALL1', brand: 1, client: 1, from: 'appserver' },
      { method: 'INVITE', callId: 'leg', fromTag: 'f', uri },
      bench.keys,
      bench.wall,
    ),
  )
}

test('an unknown source is refused', () => {
  invite('sip:+34910000001@127.0.0.1', phoneAt(5090, 'UDP', '127.0.0.66'))
  expect((bench.takeOne().message as SipResponse).status).toBe(403)
  expect(bench.facts).toContainEqual(expect.objectContaining({ kind: 'replied', status: 403 }))
})

test("a provider's call goes to the application server as the brand's, its caller kept", () => {
  invite('sip:+34910000001@127.0.0.1', phoneAt(5090, 'UDP', '127.0.0.50'))
  const { message, hop } = bench.takeOne()
  expect(hop.remote).toEqual(APPSERVER.remote)
  expect(bench.policy.verifyContext(message as SipRequest, bench.wall)).toMatchObject({ brand: 1, client: 0, from: 'carrier' })
  expect(bench.media[0]).toMatchObject({ kind: 'offer', receivedFrom: '127.0.0.50', nat: false })
})

test('a carrier that fails lets the next one be tried; a busy callee does not (RFC 3261 §16.7)', () => {
  outgoing('+34911')
  const first = bench.takeOne()
  expect(first.hop.remote).toMatchObject({ address: '127.0.0.50', port: 5090 })
  bench.receive(answerTo(first, 503), first.hop)
  const [ack, second] = bench.take()
  expect(summary(ack!.message)).toBe('ACK')
  expect(second!.hop.remote.address).toBe('127.0.0.51')
  bench.receive(answerTo(second!, 486), second!.hop)
  expect(bench.take().map(s => summary(s.message).slice(0, 3))).toEqual(['ACK', '486'])
  expect(bench.facts.filter(f => f.kind === 'release')).toHaveLength(2)
})

test('a number that no carrier may take is 403', () => {
  outgoing('+0')
  expect((bench.takeOne().message as SipResponse).status).toBe(403)
})

test('calls that a dead application server had taken fail, later ones live (design §8.10)', () => {
  invite('sip:+34910000001@127.0.0.1', phoneAt(5090, 'UDP', '127.0.0.50'))
  bench.receive(answerTo(bench.takeOne(), 100), APPSERVER)
  bench.advance(1000)
  bench.take()
  bench.proxy.failTowards(APPSERVER.remote, bench.now - 600, bench.now, bench.wall)
  bench.advance(0)
  expect(
    bench
      .take()
      .map(s => summary(s.message).slice(0, 3))
      .sort(),
  ).toEqual(['503', 'CAN'])
  expect(bench.facts).toContainEqual(expect.objectContaining({ kind: 'refused', status: 503 }))
  bench.advance(64_000)
  expect(bench.layer.counts()).toEqual({ client: 0, server: 0, timers: 0 })
})
