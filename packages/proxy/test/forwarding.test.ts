/** What a proxy does to a request and its answers on the way, whoever they are for. RFC 3261 §16.3, §16.6, §16.7. */
import type { SipResponse } from '@strowger/sip-parser'
import { beforeEach, describe, expect, test } from 'vitest'
import { usersProxy } from '../src/users-proxy.ts'
import { callBob, cancelOf, inCall, SDP, send } from './appserver.ts'
import { ScriptedPhone } from './phone.ts'
import { APPSERVER, answerTo, ProxyBench, phoneAt, type Sent, summary } from './proxy-bench.ts'

let bench: ProxyBench
let alice: ScriptedPhone

beforeEach(() => {
  bench = new ProxyBench(usersProxy)
  alice = new ScriptedPhone(bench, 'alice', { hop: phoneAt(5080) })
})

const statusOf = ({ message }: Sent): number => (message as SipResponse).status
const words = (): string[] => bench.take().map(({ message }) => summary(message))

/** Bob's phones, registered, and the INVITE that each of them got. */
function ring(transports: readonly ('UDP' | 'TCP')[], extra: readonly string[] = []): { phones: ScriptedPhone[]; rings: readonly Sent[] } {
  const phones = transports.map((transport, i) => new ScriptedPhone(bench, 'bob', { hop: phoneAt(5090 + i, transport) }))
  for (const phone of phones) {
    phone.register()
    bench.take()
  }
  send(bench, callBob(bench, { extra }))
  return { phones, rings: bench.take() }
}

/** Alice's INVITE on its way to the application server. */
function fromAlice(): Sent {
  alice.authorized('INVITE', 'sip:102@demo.test', [`Contact: <${alice.contact}>`], SDP)
  return bench.takeOne()
}

describe('Max-Forwards', () => {
  test('of 0 is 483, but OPTIONS and REGISTER for ourselves are judged as ever (RFC 3261 §16.3 step 3)', () => {
    const statuses = ['INVITE', 'OPTIONS', 'REGISTER'].map(method => {
      bench.receive(alice.request(method, 'sip:demo.test').replace('Max-Forwards: 70', 'Max-Forwards: 0'), alice.hop)
      return statusOf(bench.takeOne())
    })
    expect(statuses[0]).toBe(483)
    expect(statuses.slice(1)).not.toContain(483)
  })

  test('is one less on the other side, and 70 where there was none (RFC 3261 §16.6 step 3)', () => {
    const hops = (text: string): readonly string[] => {
      send(bench, text)
      return bench.takeOne().message.headers.raw('Max-Forwards')
    }
    ring(['UDP'])
    expect(hops(callBob(bench, { callId: 'counted' }))).toEqual(['68'])
    expect(hops(callBob(bench, { callId: 'uncounted' }).replace('Max-Forwards: 69\n', ''))).toEqual(['70'])
  })
})

describe('answers', () => {
  test('503 alone goes to a phone as 500, without its Retry-After (RFC 3261 §16.7 step 6)', () => {
    bench.receive(answerTo(fromAlice(), 503, ['Retry-After: 60']), APPSERVER)
    const [, refusal] = bench.take()
    expect(statusOf(refusal!)).toBe(500)
    expect(refusal?.message.headers.raw('Retry-After')).toEqual([])
  })

  test('every 2xx goes up, the late one of another phone too (RFC 3261 §16.7 step 5)', () => {
    const { phones, rings } = ring(['UDP', 'UDP'])
    rings.forEach((sent, i) => {
      bench.receive(answerTo(sent, 200, [`Contact: <${phones[i]!.contact}>`], '', `t${i}`), phones[i]!.hop)
    })
    const up = bench.take().filter(({ message }) => message.kind === 'response')
    expect(up.map(statusOf)).toEqual([200, 200])
    expect(up.map(({ message }) => /tag=(\w+)/.exec(message.headers.raw('To')[0]!)?.[1])).toEqual(['t0', 't1'])
    expect(up.every(({ hop }) => hop.remote.port === APPSERVER.remote.port)).toBe(true)
  })

  test('a redirection is one more refusal: nobody is called because of it (RFC 3261 §16.7 step 4)', () => {
    const { phones, rings } = ring(['UDP'])
    bench.receive(answerTo(rings[0]!, 302, ['Contact: <sip:elsewhere@10.0.0.5>']), phones[0]!.hop)
    expect(words()).toEqual(['ACK', '302 1 INVITE'])
  })
})

test('CANCEL of the caller cancels every phone that rings, and the call ends once all have said so (RFC 3261 §16.10)', () => {
  const invite = callBob(bench, { callId: 'cancelled' })
  const { phones } = ring(['UDP', 'TCP'])
  send(bench, invite)
  const rings = bench.take()
  rings.forEach((sent, i) => {
    bench.receive(answerTo(sent, 180, [], '', `t${i}`), phones[i]!.hop)
  })
  bench.take()
  send(bench, cancelOf(invite))
  expect(words()).toEqual(['200 1 CANCEL', 'CANCEL', 'CANCEL'])
  bench.receive(answerTo(rings[0]!, 487, [], '', 't0'), phones[0]!.hop)
  expect(words()).toEqual(['ACK'])
  bench.receive(answerTo(rings[1]!, 487, [], '', 't1'), phones[1]!.hop)
  expect(words()).toEqual(['ACK', '487 1 INVITE'])
})

test('each side has a Record-Route of its own transport, both of them loose (RFC 3261 §16.6 step 4, RFC 5658 §5)', () => {
  const routes = ring(['TCP'])
    .rings[0]!.message.headers.raw('Record-Route')
    .join(',')
    .match(/<[^>]*>/g)
  expect(routes).toHaveLength(2)
  expect(routes?.map(route => /transport=tcp/.test(route))).toEqual([true, false])
  expect(routes?.every(route => /;lr\b/.test(route))).toBe(true)
})

test('a method that nobody has heard of goes through inside a call (RFC 3261 §16.3)', () => {
  const { phones, rings } = ring(['UDP'])
  bench.receive(answerTo(rings[0]!, 200, [`Contact: <${phones[0]!.contact}>`], SDP), phones[0]!.hop)
  send(bench, inCall('TELEPORT', bench.takeOne().message as SipResponse))
  const through = bench.takeOne()
  expect(summary(through.message)).toBe('TELEPORT')
  expect(through.hop.remote).toEqual(phones[0]!.hop.remote)
})
