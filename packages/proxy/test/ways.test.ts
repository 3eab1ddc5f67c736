/** The ways of a branch: carriers that DNS finds, one server after the other, and TCP for what is too large. RFC 3263 §4.3, RFC 3261 §18.1.1. */
import { signContext } from '@strowger/runtime'
import type { SipRequest } from '@strowger/sip-parser'
import { beforeEach, describe, expect, test } from 'vitest'
import { readFlowToken, writeFlowToken } from '../src/core/route-token.ts'
import { trunksProxy } from '../src/trunks-proxy.ts'
import { APPSERVER, answerTo, ProxyBench, phoneAt, type Sent, summary } from './proxy-bench.ts'

const ONE = { transport: 'UDP', address: '127.0.0.71', port: 5071 } as const
const TWO = { transport: 'TCP', address: '127.0.0.72', port: 5072 } as const
const SDP = 'v=0\no=- 1 1 IN IP4 127.0.0.9\ns=-\nc=IN IP4 127.0.0.9\nt=0 0\nm=audio 4000 RTP/AVP 8'
let bench: ProxyBench

beforeEach(() => {
  bench = new ProxyBench(trunksProxy, 'trunks-proxy')
  bench.ways = [ONE, TWO]
})

/** The application server calls a number outside. */
function call(number: string, padding = 0, branch = 'b1'): void {
  const uri = `sip:${number}@trunks`
  const about = { method: 'INVITE', callId: branch, fromTag: 'f', uri }
  const context = signContext({ call: 'CALL1', brand: 1, client: 1, from: 'appserver' }, about, bench.keys, bench.wall + bench.now)
  const lines = [
    `INVITE ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:6060;branch=z9hG4bK-${branch}`,
    'Max-Forwards: 70',
    'From: <sip:101@there>;tag=f',
    `To: <${uri}>`,
    `Call-ID: ${branch}`,
    'CSeq: 1 INVITE',
    'Contact: <sip:x@127.0.0.1:6060>',
    `Strowger-Context: ${context}`,
    ...(padding > 0 ? [`Subject: ${'x'.repeat(padding)}`] : []),
    'Content-Type: application/sdp',
    '',
    SDP,
  ]
  bench.receive(lines.join('\n'), APPSERVER)
}

const placeOf = ({ hop }: Sent): string => `${hop.transport} ${hop.remote.address}:${hop.remote.port}`
const invites = (sent: readonly Sent[]): readonly Sent[] => sent.filter(({ message }) => summary(message) === 'INVITE')
const released = (): readonly unknown[] => bench.facts.filter(({ kind }) => kind === 'release')
const routeUser = ({ message }: Sent): string => /sip:([^@]+)@/.exec(message.headers.raw('Record-Route')[0]!)![1]!

describe('a carrier known by its domain', () => {
  test('is sent to where DNS says, its Request-URI left as it is (RFC 3263 §4)', () => {
    call('+711')
    const sent = bench.takeOne()
    expect(bench.sought).toEqual(['sip:+711@carrier.test'])
    expect(placeOf(sent)).toBe('UDP 127.0.0.71:5071')
    expect((sent.message as SipRequest).uri).toMatchObject({ user: '+711', host: 'carrier.test' })
  })

  test('has its next server tried after a 503, as a new transaction, with a token of its own (RFC 3263 §4.3)', () => {
    call('+711')
    const first = bench.takeOne()
    bench.receive(answerTo(first, 503), first.hop)
    const [ack, second] = bench.take()
    expect(summary(ack!.message)).toBe('ACK')
    expect(placeOf(second!)).toBe('TCP 127.0.0.72:5072')
    expect(second!.message.headers.raw('Via')[0]).not.toBe(first.message.headers.raw('Via')[0])
    expect(second!.message.headers.raw('CSeq')).toEqual(first.message.headers.raw('CSeq'))
    expect(second!.message.headers.raw('Record-Route')[0]).toContain('transport=tcp')
    expect(bench.policy.verifyRoute(routeUser(second!))?.flow).toMatchObject(TWO)
    expect(bench.facts.filter(({ kind }) => kind === 'release')).toEqual([])
  })

  test.each(['is not there', 'has said nothing for four seconds'])('has its next server tried when the first %s (RFC 3263 §4.3)', what => {
    if (what === 'is not there') bench.broken = hop => hop.remote.address === ONE.address
    call('+711')
    if (what !== 'is not there') bench.advance(4000)
    expect(placeOf(invites(bench.take()).at(-1)!)).toBe('TCP 127.0.0.72:5072')
  })

  test('is waited for once it has said 100, and as long as timer B when it is the last', () => {
    call('+711')
    const first = bench.takeOne()
    bench.receive(answerTo(first, 100), first.hop)
    bench.advance(30_000)
    expect(invites(bench.take())).toEqual([])
    bench.ways = [ONE]
    call('+712', 0, 'b2')
    bench.advance(4000)
    bench.take()
    bench.advance(31_000)
    expect(new Set(invites(bench.take()).map(placeOf))).toEqual(new Set(['UDP 127.0.0.51:5090']))
  })

  test('that answers late, when the next server was tried, is the one that counts (RFC 3261 §16.7)', () => {
    call('+711')
    const first = bench.takeOne()
    bench.advance(4000)
    const second = invites(bench.take()).at(-1)!
    bench.receive(answerTo(second, 180), second.hop)
    bench.take()
    bench.receive(answerTo(first, 200, [], '', 'late'), first.hop)
    const told = bench.take().map(({ message }) => summary(message))
    expect(told.sort()).toEqual(['200 1 INVITE', 'CANCEL'])
  })

  test('a carrier that has said nothing for four seconds: the next one is tried (RFC 3263 §4.3)', () => {
    call('+34911')
    const first = bench.takeOne()
    bench.advance(4000)
    const second = invites(bench.take()).at(-1)!
    expect([first, second].map(placeOf)).toEqual(['UDP 127.0.0.50:5090', 'UDP 127.0.0.51:5090'])
    expect(released()).toHaveLength(0)
    bench.receive(answerTo(second, 200), second.hop)
    expect(released()).toHaveLength(1)
    bench.receive(answerTo(first, 180), first.hop)
    expect(bench.take().map(({ message }) => summary(message))).toEqual(['200 1 INVITE', 'CANCEL'])
  })

  test('a carrier that answers late, when the next one was tried, is the one that counts, with its media (RFC 3261 §16.7)', () => {
    call('+34911')
    const first = bench.takeOne()
    bench.advance(4000)
    const second = invites(bench.take()).at(-1)!
    bench.receive(answerTo(second, 180), second.hop)
    bench.take()
    bench.receive(answerTo(first, 200, [], SDP, 'late'), first.hop)
    const [one, two, three] = bench.media
    expect(three).toMatchObject({ kind: 'answer', session: one!.session })
    expect(
      bench
        .take()
        .map(({ message }) => summary(message))
        .sort(),
    ).toEqual(['200 1 INVITE', 'CANCEL'])
    bench.receive(answerTo(second, 487), second.hop)
    expect(released()).toMatchObject([{ leg: two!.session.split('.')[1] }])
  })

  test('carriers of which none says a word leave nothing at the relay', () => {
    call('+34911')
    bench.advance(4000)
    bench.advance(32_000)
    expect(released()).toHaveLength(2)
    expect(bench.take().map(({ message }) => summary(message))).toContain('408 1 INVITE')
  })

  test('that refuses late, when the next server was tried, is not heard', () => {
    call('+711')
    const first = bench.takeOne()
    bench.advance(4000)
    const second = invites(bench.take()).at(-1)!
    bench.receive(answerTo(first, 486), first.hop)
    expect(bench.take().map(({ message }) => summary(message))).toEqual(['ACK'])
    bench.receive(answerTo(second, 200), second.hop)
    expect(bench.take().map(({ message }) => summary(message))).toEqual(['200 1 INVITE'])
  })

  test('of which all servers fail lets the next carrier be tried; so does one that nobody finds', () => {
    bench.broken = hop => hop.remote.address.startsWith('127.0.0.7')
    call('+711')
    expect(placeOf(bench.takeOne())).toBe('UDP 127.0.0.51:5090')
    bench.ways = []
    call('+712', 0, 'b2')
    expect(placeOf(bench.takeOne())).toBe('UDP 127.0.0.51:5090')
  })

  test('that refuses is not asked at another of its servers', () => {
    call('+711')
    const first = bench.takeOne()
    bench.receive(answerTo(first, 486), first.hop)
    expect(bench.take().map(({ message }) => summary(message))).toEqual(['ACK', '486 1 INVITE'])
  })

  test('over TLS has its name with it, for the certificate (RFC 5922 §7.3)', () => {
    bench.ways = [{ transport: 'TLS', address: '127.0.0.73', port: 5061, name: 'carrier.test' }]
    call('+711')
    const sent = bench.takeOne()
    expect(sent.hop.remote).toMatchObject({ address: '127.0.0.73', name: 'carrier.test' })
    expect(bench.policy.verifyRoute(routeUser(sent))?.flow).toMatchObject({ name: 'carrier.test' })
    const flow = { transport: 'TLS', address: '127.0.0.73', port: 5061, name: 'carrier.test' } as const
    expect(readFlowToken(writeFlowToken(flow))).toEqual(flow)
  })
})

describe('a request of more than 1300 bytes', () => {
  test('goes by TCP, and by UDP to who refuses that, who is not asked again for ten minutes (RFC 3261 §18.1.1)', () => {
    call('+911', 900)
    expect(placeOf(bench.takeOne())).toBe('TCP 127.0.0.50:5090')
    bench.broken = hop => hop.transport === 'TCP'
    call('+911', 900, 'b2')
    const datagram = bench.takeOne()
    expect(placeOf(datagram)).toBe('UDP 127.0.0.50:5090')
    expect(datagram.message.headers.raw('Via')[0]).toContain('SIP/2.0/UDP')
    bench.broken = () => false
    call('+911', 900, 'b3')
    expect(placeOf(bench.takeOne())).toBe('UDP 127.0.0.50:5090')
    bench.advance(600_000)
    bench.take()
    call('+911', 900, 'b4')
    expect(placeOf(bench.takeOne())).toBe('TCP 127.0.0.50:5090')
  })

  test('with its Via is meant: a smaller one goes by UDP (RFC 3261 §18.1.1)', () => {
    call('+911')
    const { hop, message } = bench.takeOne()
    expect(hop.transport).toBe('UDP')
    const padding = 1300 - (message as SipRequest).wire.length - 'Subject: \r\n'.length
    call('+911', padding - 100, 'b2')
    expect(bench.takeOne().hop.transport).toBe('UDP')
    call('+911', padding + 1, 'b3')
    expect(bench.takeOne().hop.transport).toBe('TCP')
  })

  test('stays on UDP inside of the house, where the path is known', () => {
    const lines = [
      'INVITE sip:+34910000001@127.0.0.1 SIP/2.0',
      'Via: SIP/2.0/UDP 127.0.0.50:5090;branch=z9hG4bK-in',
      'Max-Forwards: 70',
      'From: <sip:+34600000001@there>;tag=f',
      'To: <sip:+34910000001@127.0.0.1>',
      'Call-ID: in',
      'CSeq: 1 INVITE',
      'Contact: <sip:x@127.0.0.50:5090>',
      `Subject: ${'x'.repeat(1000)}`,
      '',
      '',
    ]
    bench.receive(lines.join('\n'), phoneAt(5090, 'UDP', '127.0.0.50'))
    expect(placeOf(bench.takeOne())).toBe('UDP 127.0.0.1:6060')
  })
})

describe('a carrier that is in trouble is remembered between calls', () => {
  const THREE = { transport: 'UDP', address: '127.0.0.73', port: 5073 } as const
  const answerLast = (status: number, headers: readonly string[] = []): void => {
    const last = invites(bench.take()).at(-1)!
    bench.receive(answerTo(last, status, headers), last.hop)
    bench.take()
  }
  /** Where the next call goes first. */
  let calls = 0
  const next = (number = '+711'): Sent[] => {
    call(number, 0, `next${++calls}`)
    return [...invites(bench.take())]
  }
  const news = (): unknown[] => bench.facts.flatMap(fact => (fact.kind === 'host' ? [fact.news] : []))

  test('one that is silent comes last for half a minute, then one call finds out (RFC 3263 §4.3)', () => {
    call('+711')
    bench.advance(4000)
    answerLast(200)
    expect(news()).toEqual([{ place: 'UDP 127.0.0.71 5071', trouble: 'silent', forMs: 30_000 }])
    const [second] = next()
    expect(placeOf(second!)).toBe('TCP 127.0.0.72:5072')
    bench.receive(answerTo(second!, 200), second!.hop)
    bench.advance(30_000)
    bench.take()
    expect([next(), next()].flat().map(placeOf)).toEqual(['UDP 127.0.0.71:5071', 'TCP 127.0.0.72:5072'])
  })

  test('it is what it was when it answers', () => {
    call('+711')
    bench.advance(4000)
    answerLast(200)
    bench.advance(30_000)
    bench.take()
    const [probe] = next()
    bench.receive(answerTo(probe!, 100), probe!.hop)
    expect(news().at(-1)).toEqual({ place: 'UDP 127.0.0.71 5071', trouble: 'silent', forMs: 0 })
    expect(next().map(placeOf)).toEqual(['UDP 127.0.0.71:5071'])
    expect(bench.proxy.hostsInTrouble).toBe(0)
  })

  test('one that is not there comes last; with nobody else it is tried all the same', () => {
    bench.broken = hop => hop.remote.address === ONE.address
    call('+711')
    answerLast(200)
    bench.broken = () => false
    expect(next().map(placeOf)).toEqual(['TCP 127.0.0.72:5072'])
    bench.proxy.learn({ place: 'UDP 127.0.0.51 5090', trouble: 'silent', forMs: 60_000 }, bench.now)
    bench.proxy.learn({ place: 'UDP 127.0.0.50 5090', trouble: 'silent', forMs: 60_000 }, bench.now)
    expect(next('+34911').map(placeOf)).toEqual(['UDP 127.0.0.50:5090'])
  })

  test('503 with Retry-After: nothing goes there before it is over (RFC 3261 §21.5.4)', () => {
    bench.ways = [ONE, THREE]
    call('+711')
    answerLast(503, ['Retry-After: 20'])
    answerTheRest()
    expect(next().map(placeOf)).toEqual(['UDP 127.0.0.73:5073'])
    bench.ways = [ONE]
    // The second carrier takes it.
    expect(next().map(placeOf)).toEqual(['UDP 127.0.0.51:5090'])
    bench.advance(20_000)
    bench.take()
    expect(next().map(placeOf)).toEqual(['UDP 127.0.0.71:5071'])
  })

  test('503 without Retry-After speaks of one request', () => {
    bench.ways = [ONE, THREE]
    call('+711')
    answerLast(503)
    expect(next().map(placeOf)).toEqual(['UDP 127.0.0.71:5071'])
  })

  test('of carriers one after the other, too; a Retry-After of a day is five minutes', () => {
    call('+34911')
    answerLast(503, ['Retry-After: 86400'])
    answerTheRest()
    expect(next('+34911').map(placeOf)).toEqual(['UDP 127.0.0.51:5090'])
    bench.advance(300_000)
    bench.take()
    expect(next('+34911').map(placeOf)).toEqual(['UDP 127.0.0.50:5090'])
  })

  test('what another worker has learned counts here, in a table that has an end', () => {
    bench.proxy.learn({ place: 'UDP 127.0.0.71 5071', trouble: 'silent', forMs: 1000 }, bench.now)
    expect(next().map(placeOf)).toEqual(['TCP 127.0.0.72:5072'])
    for (let n = 0; n < 2000; n++) bench.proxy.learn({ place: `UDP 127.0.0.1 ${n}`, trouble: 'silent', forMs: 1000 }, bench.now)
    expect(bench.proxy.hostsInTrouble).toBe(1000)
    bench.proxy.learn({ place: 'UDP 127.0.0.1 1999', trouble: 'silent', forMs: 0 }, bench.now)
    expect(bench.proxy.hostsInTrouble).toBe(999)
  })

  function answerTheRest(): void {
    for (const sent of invites(bench.take())) bench.receive(answerTo(sent, 200), sent.hop)
    bench.take()
  }
})
