import { Reason, type SipResponse } from '@strowger/sip-parser'
import { beforeEach, describe, expect, test } from 'vitest'
import { TIMER_C_MS } from '../src/core/branches.ts'
import { trunksProxy } from '../src/trunks-proxy.ts'
import { usersProxy } from '../src/users-proxy.ts'
import { callBob, cancelOf, inCall, SDP, send } from './appserver.ts'
import { ScriptedPhone } from './phone.ts'
import { APPSERVER, answerTo, ProxyBench, phoneAt, type Sent, summary } from './proxy-bench.ts'

let bench: ProxyBench
let bob: ScriptedPhone
let invite: string

beforeEach(() => {
  bench = new ProxyBench(usersProxy)
  bob = new ScriptedPhone(bench, 'bob', { hop: phoneAt(5090) })
  bob.register()
  bench.take()
  invite = callBob(bench)
})

const words = (): readonly string[] => bench.take().map(s => summary(s.message).replace(/ \d+ /, ' '))
const releases = (): number => bench.facts.filter(f => f.kind === 'release').length

function ring(): Sent {
  send(bench, invite)
  return bench.takeOne()
}

function ackOf(text: string): string {
  const kept = text
    .split('\n\n')[0]!
    .split('\n')
    .filter(line => !/^(Contact|Content-Type|Strowger)/.test(line))
  return `${kept.join('\n').replaceAll(/^INVITE|INVITE$/gm, 'ACK')}\n\n`
}

/** After the last timer nothing is left: no transaction, no timer, no response context, no wait. */
function expectNothingLeft(): void {
  bench.advance(400_000)
  expect(bench.layer.counts()).toEqual({ client: 0, server: 0, timers: 0 })
  expect(bench.proxy.counts()).toEqual({ proxied: 0, waits: 0, held: 0 })
}

describe('CANCEL (RFC 3261 §9, §16.10)', () => {
  test('before the relay has answered: 487 at once, nothing is sent to the phone, the session is released after the answer', () => {
    bench.relay = undefined
    send(bench, invite)
    send(bench, cancelOf(invite))
    expect(words()).toEqual(['200 CANCEL', '487 INVITE'])
    expect(releases()).toBe(0)
    bench.answerMedia(new Uint8Array([118]))
    expect([words(), releases()]).toEqual([[], 1])
    send(bench, ackOf(invite))
    expectNothingLeft()
  })

  test('before a 100: held until the phone has said something (RFC 3261 §9.1)', () => {
    const sent = ring()
    send(bench, cancelOf(invite))
    expect(words()).toEqual(['200 CANCEL'])
    bench.receive(answerTo(sent, 100), bob.hop)
    expect(words()).toEqual(['CANCEL'])
    bench.receive(answerTo(sent, 487), bob.hop)
    expect([words(), releases()]).toEqual([['ACK', '487 INVITE'], 1])
    send(bench, ackOf(invite))
    expectNothingLeft()
  })

  test('with a Reason: every phone that rings is told the same (RFC 3326 §2)', () => {
    const other = new ScriptedPhone(bench, 'bob', { hop: phoneAt(5091) })
    other.register()
    bench.take()
    send(bench, invite)
    const rings = bench.take()
    for (const [i, each] of [bob, other].entries()) bench.receive(answerTo(rings[i]!, 180, [], '', `t${i}`), each.hop)
    bench.take()
    send(bench, cancelOf(invite, ['Reason: SIP;cause=200;text="Call completed elsewhere"', 'Reason: Q.850 ;cause=26']))
    const cancels = bench.take().filter(s => summary(s.message) === 'CANCEL')
    expect(cancels.map(({ hop }) => hop.remote.port)).toEqual([5090, 5091])
    for (const { message } of cancels)
      expect(message.headers.all(Reason).map(({ protocol, cause }) => `${protocol} ${cause}`)).toEqual(['SIP 200', 'Q.850 26'])
  })

  test('with a Reason, before a 100: it is held together with it (RFC 3326 §2, RFC 3261 §9.1)', () => {
    const sent = ring()
    send(bench, cancelOf(invite, ['Reason: SIP;cause=600']))
    bench.take()
    bench.receive(answerTo(sent, 100), bob.hop)
    expect(bench.takeOne().message.headers.raw('Reason')).toEqual(['SIP;cause=600'])
  })

  test('with a Reason that nobody may write goes on without it (RFC 3261 §25.1)', () => {
    const sent = ring()
    bench.receive(answerTo(sent, 180), bob.hop)
    bench.take()
    send(bench, cancelOf(invite, ['Reason: SIP;text="a\\\0b"']))
    const cancel = bench.take().find(s => summary(s.message) === 'CANCEL')
    expect(cancel?.message.headers.raw('Reason')).toEqual([])
  })

  test('of a phone that never says anything: 487 when timer B has run out', () => {
    ring()
    send(bench, cancelOf(invite))
    bench.advance(33_000)
    expect(words()).toContain('487 INVITE')
    expect(releases()).toBe(1)
    send(bench, ackOf(invite))
    expectNothingLeft()
  })

  test('after 180, of a phone that never ends its INVITE: 487 after 64*T1 (RFC 3261 §9.1)', () => {
    const sent = ring()
    bench.receive(answerTo(sent, 180), bob.hop)
    send(bench, cancelOf(invite))
    bench.advance(33_000)
    expect(words().filter(w => w.startsWith('487'))[0]).toBe('487 INVITE')
    send(bench, ackOf(invite))
    expectNothingLeft()
  })

  test('crossing a 200: the 200 goes up, and the call lives (RFC 3261 §9.1)', () => {
    const sent = ring()
    bench.receive(answerTo(sent, 180), bob.hop)
    send(bench, cancelOf(invite))
    bench.take()
    bench.receive(answerTo(sent, 200, [], SDP), bob.hop)
    expect([words(), releases()]).toEqual([['200 INVITE'], 0])
    expectNothingLeft()
  })

  test('crossing a 200 that the relay has in hand: the same', () => {
    const sent = ring()
    bench.relay = undefined
    bench.receive(answerTo(sent, 200, [], SDP), bob.hop)
    send(bench, cancelOf(invite))
    expect(words()).toEqual(['200 CANCEL'])
    bench.answerMedia(new Uint8Array([118]))
    expect([words(), releases()]).toEqual([['200 INVITE'], 0])
    expectNothingLeft()
  })

  test('crossing a 486: one final response, 486', () => {
    const sent = ring()
    bench.receive(answerTo(sent, 180), bob.hop)
    send(bench, cancelOf(invite))
    bench.take()
    bench.receive(answerTo(sent, 486), bob.hop)
    send(bench, ackOf(invite))
    expect([words(), releases()]).toEqual([['ACK', '486 INVITE'], 1])
    expectNothingLeft()
  })
})

test('a phone that rings for an application server that died stops ringing, later calls go on ringing (design §8.10)', () => {
  const sent = ring()
  bench.receive(answerTo(sent, 180), bob.hop)
  bench.take()
  bench.proxy.cancelFrom(APPSERVER.remote, bench.now, bench.now, bench.wall)
  expect(words()).toEqual([])
  bench.proxy.cancelFrom(APPSERVER.remote, bench.now + 1, bench.now, bench.wall)
  bench.advance(0)
  expect(words()).toEqual(['CANCEL'])
  bench.receive(answerTo(sent, 487), bob.hop)
  expect([words(), releases()]).toEqual([['ACK', '487 INVITE'], 1])
  expectNothingLeft()
})

describe('the relay', () => {
  test('gives up after the phone did: released once, after its answer', () => {
    const sent = ring()
    bench.relay = undefined
    bench.receive(answerTo(sent, 183, [], SDP), bob.hop)
    bench.proxy.failTowards(bob.hop.remote, bench.now + 1, bench.now, bench.wall)
    expect(releases()).toBe(0)
    bench.answerMedia({ unavailable: 'timeout' })
    expect(releases()).toBe(1)
  })

  test('over TCP a refusal held behind it is not lost with its transaction (timer D is 0, RFC 3261 §17.1.1.2)', () => {
    const phone = new ScriptedPhone(bench, 'bob', { hop: phoneAt(5091, 'TCP') })
    bob.register(0)
    bench.take()
    phone.register()
    bench.take()
    const sent = ring()
    bench.relay = undefined
    bench.receive(answerTo(sent, 183, [], SDP), phone.hop)
    bench.receive(answerTo(sent, 486), phone.hop)
    expect(words()).toEqual(['ACK'])
    bench.answerMedia(new Uint8Array([118]))
    expect([words(), releases()]).toEqual([['183 INVITE', '486 INVITE'], 1])
    send(bench, ackOf(invite))
    expectNothingLeft()
  })

  test('many early answers behind it do not push the final one out', () => {
    const sent = ring()
    bench.relay = command => (command.kind === 'offer' ? new Uint8Array([118]) : undefined)
    bench.receive(answerTo(sent, 183, [], SDP), bob.hop)
    for (let i = 0; i < 40; i++) bench.receive(answerTo(sent, 180), bob.hop)
    bench.receive(answerTo(sent, 486), bob.hop)
    bench.take()
    bench.answerMedia(new Uint8Array([118]))
    expect(words().at(-1)).toBe('486 INVITE')
  })

  test('a re-INVITE repeated while it works on another one is forwarded once', () => {
    const sent = ring()
    bench.receive(answerTo(sent, 200, ['Contact: <sip:bob@127.0.0.9:5090>'], SDP), bob.hop)
    const ok = bench.takeOne().message as SipResponse
    bench.relay = undefined
    send(bench, inCall('UPDATE', ok, { cseq: 2, body: SDP }))
    const reinvite = inCall('INVITE', ok, { cseq: 3 })
    send(bench, reinvite)
    send(bench, reinvite)
    bench.answerMedia(new Uint8Array([118]))
    expect(words()).toEqual(['UPDATE', 'INVITE'])
  })

  test('a session that the phone’s own offer opened is released when the call fails', () => {
    send(bench, callBob(bench, { body: '' }))
    const sent = bench.takeOne()
    bench.receive(answerTo(sent, 183, [], SDP), bob.hop)
    bench.receive(answerTo(sent, 486), bob.hop)
    expect(releases()).toBe(1)
  })

  test('a BYE that overtakes its command: the session is released after it, and again for a late re-INVITE that finds no dialog', () => {
    const sent = ring()
    bench.receive(answerTo(sent, 200, ['Contact: <sip:bob@127.0.0.9:5090>'], SDP), bob.hop)
    const ok = bench.takeOne().message as SipResponse
    bench.relay = undefined
    send(bench, inCall('INVITE', ok, { cseq: 2, body: SDP }))
    send(bench, inCall('BYE', ok, { cseq: 3 }))
    expect([words(), releases()]).toEqual([['BYE'], 0])
    bench.answerMedia(new Uint8Array([118]))
    expect(releases()).toBe(1)
    bench.receive(answerTo(bench.takeOne(), 481), bob.hop)
    expect(releases()).toBe(2)
  })
})

describe('silence', () => {
  test('a BYE that nobody answers ends without a word, and leaves nothing (RFC 4320 §4.2)', () => {
    const sent = ring()
    bench.receive(answerTo(sent, 200, [], SDP), bob.hop)
    send(bench, inCall('BYE', bench.takeOne().message as SipResponse))
    bench.advance(40_000)
    expect(words().filter(w => w.includes('408'))).toEqual([])
    expectNothingLeft()
  })

  test('timer C cancels a phone that rings too long, and the caller gets 408 (RFC 3261 §16.8)', () => {
    const sent = ring()
    bench.receive(answerTo(sent, 180), bob.hop)
    bench.advance(TIMER_C_MS - 1000)
    bench.receive(answerTo(sent, 180), bob.hop)
    bench.advance(TIMER_C_MS - 1)
    expect(words()).not.toContain('CANCEL')
    bench.advance(1)
    expect(words()).toEqual(['CANCEL'])
    bench.receive(answerTo(sent, 487), bob.hop)
    send(bench, ackOf(invite))
    expect([words(), releases()]).toEqual([['ACK', '408 INVITE'], 1])
    expectNothingLeft()
  })

  test('each carrier has a timer C of its own (RFC 3261 §16.6 step 11)', () => {
    const trunks = new ProxyBench(trunksProxy, 'trunks-proxy')
    trunks.receive(callBob(trunks, { uri: 'sip:+34911@trunks' }), { ...bob.hop, remote: { address: '127.0.0.1', port: 6060 } })
    const first = trunks.takeOne()
    trunks.receive(answerTo(first, 180), first.hop)
    trunks.advance(TIMER_C_MS - 1000)
    trunks.receive(answerTo(first, 503), first.hop)
    const second = trunks.take().at(-1)!
    trunks.advance(2000)
    trunks.receive(answerTo(second, 183), second.hop)
    trunks.advance(TIMER_C_MS - 1)
    expect(trunks.take().map(s => summary(s.message))).not.toContain('CANCEL')
    trunks.advance(1)
    expect(trunks.take().map(s => summary(s.message))).toContain('CANCEL')
  })

  test('the 100 comes from the layer, with the Timestamp of the request (RFC 3261 §8.2.6.1)', () => {
    invite = callBob(bench, { extra: ['Timestamp: 54.1'] })
    ring()
    bench.advance(200)
    const trying = bench.takeOne()
    expect(summary(trying.message)).toBe('100 1 INVITE')
    expect(trying.message.headers.raw('Timestamp')).toEqual(['54.1'])
  })
})
