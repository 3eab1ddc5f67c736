/** Too much to do: what is refused by 503, and what is served all the same. */
import { responseTo, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Overload } from '../src/core/step.ts'
import { trunksProxy } from '../src/trunks-proxy.ts'
import { usersProxy } from '../src/users-proxy.ts'
import { callBob, inCall, SDP, send } from './appserver.ts'
import { ScriptedPhone } from './phone.ts'
import { ProxyBench, phoneAt, summary } from './proxy-bench.ts'

let asked: string[]
let overload: { -readonly [key in keyof Overload]: Overload[key] }
let bench: ProxyBench
let alice: ScriptedPhone
let bob: ScriptedPhone

beforeEach(() => {
  asked = []
  overload = {
    reason: undefined,
    refuses: (callId, source) => {
      asked.push(`${callId} of ${source}`)
      return overload.reason
    },
    retryAfter: () => 17,
  }
  const live: Overload = {
    get reason() {
      return overload.reason
    },
    refuses: (callId, source) => overload.refuses(callId, source),
    retryAfter: () => overload.retryAfter(),
  }
  bench = new ProxyBench(usersProxy, 'users-proxy', live)
  alice = new ScriptedPhone(bench, 'alice', { hop: phoneAt(5070) })
  bob = new ScriptedPhone(bench, 'bob', { hop: phoneAt(5090) })
})

const statuses = (): readonly number[] => bench.take().map(({ message }) => (message.kind === 'response' ? message.status : 0))

describe('new work in an overload', () => {
  test.each(['INVITE', 'OPTIONS', 'REGISTER', 'SUBSCRIBE', 'MESSAGE'])(
    '%s gets 503 with Retry-After, without state and without a record (RFC 3261 §21.5.4)',
    method => {
      overload.reason = 'queue'
      bench.receive(alice.request(method, 'sip:102@demo.test', [`Contact: <${alice.contact}>`]), alice.hop)
      const { message } = bench.takeOne()
      expect(message).toMatchObject({ kind: 'response', status: 503 })
      expect(message.headers.raw('Retry-After')).toEqual(['17'])
      expect(bench.layer.counts()).toEqual({ client: 0, server: 0, timers: 0 })
      expect(bench.facts.map(({ kind }) => kind)).toEqual(['replied'])
      expect(asked).toEqual([`call-alice of ${alice.hop.remote.address}`])
    },
  )

  test('is work of the address it comes from, whatever it says of itself; of an IPv6 address, of its /64 (RFC 6357 §7)', () => {
    overload.reason = 'queue'
    for (const address of ['198.51.100.7', '2001:db8:0:1::7', '2001:db8:0:1:2:3:4:5']) {
      bench.receive(alice.request('OPTIONS', 'sip:demo.test'), phoneAt(5070, 'UDP', address))
    }
    expect(asked.map(text => text.split(' of ')[1])).toEqual(['198.51.100.7', '2001:db8:0:1', '2001:db8:0:1'])
  })

  test('whose turn it is, is served', () => {
    overload.reason = 'lag'
    overload.refuses = () => undefined
    bench.receive(alice.request('OPTIONS', 'sip:demo.test'), alice.hop)
    expect(statuses()).toEqual([200])
  })

  test('a Retry-After of 0 seconds is none', () => {
    overload.reason = 'lag'
    overload.retryAfter = () => 0
    bench.receive(alice.request('OPTIONS', 'sip:demo.test'), alice.hop)
    expect(bench.takeOne().message.headers.raw('Retry-After')).toEqual([])
  })

  test('a forged context does not make it work of the application server', () => {
    overload.reason = 'lag'
    send(bench, callBob(bench).replace(/Strowger-Context: .*/, 'Strowger-Context: k.t.f.m'))
    expect(statuses()).toEqual([503])
  })

  test('carriers get the same', () => {
    overload.reason = 'transactions'
    const trunks = new ProxyBench(trunksProxy, 'trunks-proxy', {
      reason: 'transactions',
      refuses: () => 'transactions',
      retryAfter: () => 5,
    })
    const carrier = new ScriptedPhone(trunks, 'carrier', { hop: phoneAt(5090, 'UDP', '127.0.0.50') })
    trunks.receive(carrier.request('INVITE', 'sip:+34910000001@demo.test', [], SDP), carrier.hop)
    expect(trunks.takeOne().message).toMatchObject({ status: 503 })
  })
})

describe('served in an overload', () => {
  const answered = (sent: SipRequest, status: number): string =>
    Buffer.from(responseTo(sent, status, { recordRoute: true, toTag: 'bt' }).raw('Contact', '<sip:bob@127.0.0.9:5090>').toBytes()).toString(
      'latin1',
    )

  /** Bob's phone has answered the application server's call. */
  function talking(): SipResponse {
    bob.register()
    bench.take()
    send(bench, callBob(bench))
    const invite = bench.take().find(({ message }) => message.kind === 'request')!.message as SipRequest
    bench.deliver(Buffer.from(answered(invite, 200), 'latin1'), bob.hop)
    return bench.take().find(({ message }) => message.kind === 'response')!.message as SipResponse
  }

  test('re-INVITE, ACK, INFO, UPDATE and BYE of a call that is up', () => {
    const ok = talking()
    overload.reason = 'queue'
    for (const [index, method] of ['INFO', 'UPDATE', 'INVITE', 'BYE'].entries()) {
      send(bench, inCall(method, ok, { cseq: index + 2 }))
      expect(bench.take().map(({ message }) => summary(message))).toContain(method)
    }
    send(bench, inCall('ACK', ok, { cseq: 1 }))
    expect(bench.take().map(({ message }) => summary(message))).toEqual(['ACK'])
    expect(asked).toEqual([])
  })

  test('the other leg of a call that the application server sets up', () => {
    bob.register()
    bench.take()
    overload.reason = 'queue'
    send(bench, callBob(bench))
    expect(bench.take().map(({ message }) => summary(message))).toContain('INVITE')
    expect(asked).toEqual([])
  })

  test('a CANCEL, and what is sent again of a call that was taken', () => {
    alice.authorized('INVITE', 'sip:102@demo.test', [`Contact: <${alice.contact}>`], SDP)
    bench.take()
    overload.reason = 'queue'
    bench.receive(alice.cancel(), alice.hop)
    expect(bench.take().map(({ message }) => summary(message))[0]).toMatch(/^200 \d+ CANCEL/)
    expect(asked).toEqual([])
  })

  test('the INVITE that ends a transfer (RFC 3891 §3)', () => {
    overload.reason = 'queue'
    bench.receive(alice.request('INVITE', 'sip:102@demo.test', ['Replaces: x;to-tag=1;from-tag=2'], SDP), alice.hop)
    expect(statuses()).toEqual([407])
  })

  test.each(['sip:112@demo.test', 'tel:112'])('a call to %s, which has to prove who it is all the same (RFC 5031)', uri => {
    overload.reason = 'queue'
    bench.receive(alice.request('INVITE', uri, [], SDP, 'sip:112@demo.test'), alice.hop)
    expect(statuses()).toEqual([407])
    expect(asked).toEqual([])
  })
})

describe('dialogs that go through here', () => {
  test('are counted from the 2xx to the BYE, and the oldest is forgotten after a day', () => {
    bob.register()
    send(bench, callBob(bench))
    const invite = bench.take().find(({ message }) => message.kind === 'request' && message.method === 'INVITE')!.message as SipRequest
    expect(bench.proxy.calls.count).toBe(0)
    const ok200 = responseTo(invite, 200, { recordRoute: true, toTag: 'bt' }).raw('Contact', '<sip:bob@127.0.0.9:5090>').toBytes()
    bench.deliver(ok200, bob.hop)
    expect([...bench.proxy.calls.ids()]).toEqual(['b-leg'])
    expect(bench.named.get('b-leg')).toBe('CALL1')
    const ok = bench.take().find(({ message }) => message.kind === 'response' && message.status === 200)!.message as SipResponse
    send(bench, inCall('INFO', ok))
    expect(bench.proxy.calls.count).toBe(1)
    send(bench, inCall('BYE', ok, { cseq: 3 }))
    expect(bench.proxy.calls.count).toBe(0)
    // The 200 that comes again does not bring the call back, nor does a request that crossed the BYE.
    bench.deliver(ok200, bob.hop)
    expect(bench.proxy.calls.count).toBe(0)
    bench.take()
    send(bench, inCall('INFO', ok, { cseq: 4 }))
    expect(bench.proxy.calls.count).toBe(0)
  })

  test('one without a BYE is forgotten after a day, the oldest when there are too many', async () => {
    const { LiveCalls } = await import('../src/core/live-calls.ts')
    const calls = new LiveCalls(2)
    for (const [now, id] of ['a', 'b', 'c', 'b'].entries()) calls.began(id, now)
    expect([...calls.ids()]).toEqual(['b', 'c'])
    calls.sweep(86_400_001)
    expect([...calls.ids()]).toEqual(['c'])
  })
})
