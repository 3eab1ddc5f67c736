/** Server transactions in simulated time. RFC 3261 §17.2, RFC 6026 §7.1, RFC 4320 §4. */
import { parse, responseTo, type SipRequest, type SipResponse, Timestamp } from '@strowger/sip-parser'
import { answering, type Core, newCall, type Simulation, simulate } from '@strowger/testkit'
import { expect, test } from 'vitest'
import type { ServerTransaction } from '../src/index.ts'

/** Statuses the server sent so far. */
function replies(net: Simulation): number[] {
  return net.server.outputs
    .filter(output => output.kind === 'transmit')
    .map(output => parse(output.bytes))
    .filter((message): message is SipResponse => message.kind === 'response')
    .map(({ status }) => status)
}
const told = (net: Simulation): string[] => net.server.outputs.filter(o => o.kind !== 'transmit').map(o => o.kind)
const deaf = { client: () => {} }

/** A core that accepts and hands the transaction out, to be answered by the test. */
function held(): { readonly core: Core; readonly transactions: ServerTransaction[] } {
  const transactions: ServerTransaction[] = []
  const core: Core = (output, { layer }, { now }) => {
    if (output.kind === 'request') transactions.push(layer.accept(now, output.incoming))
  }
  return { core, transactions }
}

test('an INVITE nobody answered gets 100 after 200 ms, once (RFC 3261 §17.2.1)', () => {
  const { core } = held()
  const net = simulate({ seed: 1, server: core })
  net.invite()
  net.advance(199)
  expect(replies(net)).toEqual([])
  net.advance(1)
  expect(replies(net)).toEqual([100])
  net.advance(10_000)
  expect(replies(net)).toEqual([100])
})

test('an INVITE answered within 200 ms gets no 100 (RFC 3261 §17.2.1)', () => {
  const net = simulate({ seed: 1, server: answering([180]) })
  net.invite()
  net.advance(10_000)
  expect(replies(net)).toEqual([180])
})

test('the automatic 100 has no To tag and repeats the Timestamp (RFC 3261 §8.2.6.1)', () => {
  const { core } = held()
  const net = simulate({ seed: 1, server: core })
  net.client.layer.send(0, newCall('INVITE', net.client.token).raw('Timestamp', '54'), net.client.hop)
  net.drain()
  net.advance(200)
  const trying = net.client.outputs.find(output => output.kind === 'response')
  expect(trying?.response.headers.get(Timestamp)).toBeDefined()
  expect(trying?.response.headers.raw('To')[0]).not.toContain('tag=')
})

test('another request gets 100 when the timer E of its sender reaches T2, 3.5 s, and not before (RFC 4320 §4.1)', () => {
  const { core } = held()
  const net = simulate({ seed: 1, server: core })
  net.request('OPTIONS')
  net.advance(3499)
  expect(replies(net)).toEqual([])
  net.advance(1)
  expect(replies(net)[0]).toBe(100)
})

test('a 1xx other than 100 to a non-INVITE is not sent (RFC 4320 §4.1)', () => {
  const { core, transactions } = held()
  const net = simulate({ seed: 1, server: core })
  net.request('OPTIONS')
  net.advance(0)
  expect(net.server.layer.respond(net.now, transactions[0]!, responseTo(transactions[0]!.request, 183))).toBe(false)
  net.drain()
  expect(replies(net)).toEqual([])
})

test('a non-INVITE is never answered 408: nothing is sent, and retransmissions are absorbed (RFC 4320 §4.2)', () => {
  const net = simulate({ seed: 1, server: answering([408]) })
  net.request('OPTIONS')
  net.advance(31_000)
  expect(replies(net)).toEqual([])
  expect(told(net)).toEqual(['request'])
  expect(net.settle()).toEqual({ client: 0, server: 0, timers: 0 })
})

test('408 after a 100 forgets the 100: a retransmission gets nothing (RFC 4320 §4.2)', () => {
  const net = simulate({ seed: 1, server: answering([408], 4000) })
  net.drop = message => message.kind === 'response'
  net.request('OPTIONS')
  net.advance(3999)
  const before = replies(net)
  expect(new Set(before)).toEqual(new Set([100]))
  net.advance(26_000)
  expect(replies(net)).toEqual(before)
})

test('a 100 to a non-INVITE over UDP is not sent before 3.5 s, over TCP at any time (RFC 4320 §4.1)', () => {
  for (const [transport, early] of [
    ['UDP', []],
    ['TCP', [100]],
  ] as const) {
    const net = simulate({ seed: 1, transport, server: answering([100], 1000) })
    net.request('OPTIONS')
    net.advance(3499)
    expect(replies(net)).toEqual(early)
    net.advance(1)
    expect(replies(net)[0]).toBe(100)
  }
})

test('a retransmitted request gets the last response again, and the user hears of it once (RFC 3261 §17.2.2)', () => {
  const net = simulate({ seed: 1, server: answering([200]), ...deaf })
  net.drop = message => message.kind === 'response'
  net.request('MESSAGE')
  net.advance(3500)
  expect(replies(net)).toEqual([200, 200, 200, 200])
  expect(told(net)).toEqual(['request'])
  net.advance(40_000)
  expect(net.server.layer.counts()).toEqual({ client: 0, server: 0, timers: 0 })
})

test('a retransmission that comes before any answer is absorbed (RFC 3261 §17.2.2)', () => {
  const { core } = held()
  const net = simulate({ seed: 1, server: core })
  net.request('MESSAGE')
  net.advance(2000)
  expect(replies(net)).toEqual([])
  expect(told(net)).toEqual(['request'])
})

test('an unacknowledged failure is sent at 0, 0.5, 1.5, 3.5, 7.5, 11.5 … 31.5 s and gives up at 32 s (timers G and H, RFC 3261 §17.2.1)', () => {
  const net = simulate({ seed: 1, server: answering([486]) })
  const times: number[] = []
  net.drop = message => {
    if (message.kind === 'response') times.push(net.now)
    return message.kind === 'response' || message.method === 'ACK' || net.now > 0
  }
  net.invite()
  net.advance(40_000)
  expect(times).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
  expect(told(net)).toEqual(['request', 'failed', 'terminated'])
})

test('over TCP a failure is sent once and waits 32 s for its ACK (RFC 3261 §17.2.1)', () => {
  const net = simulate({ seed: 1, transport: 'TCP', server: answering([486]) })
  net.drop = message => message.kind === 'request' && message.method === 'ACK'
  net.invite()
  net.advance(31_999)
  expect(replies(net)).toEqual([486])
  net.advance(1)
  expect(told(net)).toEqual(['request', 'failed', 'terminated'])
})

test('the ACK of a failure is absorbed, repeated or not, and the transaction ends 5 s later (timer I, RFC 3261 §17.2.1)', () => {
  const net = simulate({ seed: 1, duplicate: 1, server: answering([486]) })
  net.invite()
  net.advance(4999)
  expect(told(net)).toEqual(['request'])
  expect(net.server.layer.counts().server).toBe(1)
  net.advance(1)
  expect(told(net)).toEqual(['request', 'terminated'])
})

test('an INVITE retransmitted after the 2xx is absorbed: no second call, no second answer (RFC 6026 §7.1)', () => {
  const net = simulate({ seed: 1, server: answering([200]), ...deaf })
  net.drop = message => message.kind === 'response'
  net.invite()
  net.advance(31_999)
  expect(told(net)).toEqual(['request'])
  expect(replies(net)).toEqual([200])
  net.advance(1)
  expect(told(net)).toEqual(['request', 'terminated'])
})

test('the core may retransmit its 2xx while the transaction is accepted (RFC 3261 §13.3.1.4)', () => {
  const net = simulate({ seed: 1, server: answering([200, 200], 500) })
  net.invite()
  net.advance(2000)
  expect(replies(net)).toEqual([100, 200, 200])
  expect(told(net)).toEqual(['request', 'unmatched', 'unmatched'])
})

test('a second final response is not sent (RFC 3261 §17.2.1)', () => {
  const net = simulate({ seed: 1, server: answering([486, 200, 180]) })
  net.invite()
  net.advance(0)
  expect(replies(net)).toEqual([486])
})

test('a response after the end is not sent', () => {
  const { core, transactions } = held()
  const net = simulate({ seed: 1, transport: 'TCP', server: core })
  net.request('OPTIONS')
  net.advance(0)
  const [transaction] = transactions
  const { request } = transaction!
  expect(net.server.layer.respond(0, transaction!, responseTo(request, 200))).toBe(true)
  expect(transaction?.state).toBe('terminated')
  expect(net.server.layer.respond(0, transaction!, responseTo(request, 500))).toBe(false)
})

test('a response that cannot be delivered is reported, and the transaction stays (RFC 6026 §8.8)', () => {
  const { core, transactions } = held()
  const net = simulate({ seed: 1, server: core })
  net.invite()
  net.advance(0)
  net.broken = true
  net.server.layer.respond(0, transactions[0]!, responseTo(transactions[0]!.request, 486))
  net.drain()
  expect(told(net)).toEqual(['request', 'failed'])
  expect(transactions[0]?.state).toBe('completed')
  expect(net.settle().server).toBe(0)
})

test('an unknown request costs nothing until it is accepted', () => {
  const net = simulate({ seed: 1 })
  net.request('REGISTER')
  net.advance(5000)
  expect(told(net).every(kind => kind === 'request')).toBe(true)
  expect(net.server.layer.counts()).toEqual({ client: 0, server: 0, timers: 0 })
})

test.each([
  ['built', (request: SipRequest) => responseTo(request, 404, { reason: 'Nobody' }).raw('Server', 'x')],
  ['said', () => ({ status: 404, reason: 'Nobody', headers: [['Server', 'x']] as const })],
])('a stateless answer that is %s has the same To tag for the same request (RFC 3261 §8.2.7)', (_how, answer) => {
  const net = simulate({
    seed: 1,
    server: (output, { layer }) => {
      if (output.kind === 'request') layer.replyStateless(output.incoming, answer(output.incoming.request))
    },
  })
  net.drop = message => message.kind === 'response'
  net.request('OPTIONS')
  net.advance(600)
  const wires = net.server.outputs.filter(o => o.kind === 'transmit').map(o => Buffer.from(o.bytes).toString())
  expect(wires).toHaveLength(2)
  expect(new Set(wires).size).toBe(1)
  expect(wires[0]).toContain('SIP/2.0 404 Nobody\r\n')
  expect(wires[0]).toContain('\r\nServer: x\r\n')
  expect(wires[0]).toContain('tag=keyed-tag')
  expect(net.server.layer.counts().server).toBe(0)
})

test('an answer without a To tag gets the keyed one (RFC 3261 §8.2.6.2)', () => {
  const { core, transactions } = held()
  const net = simulate({ seed: 1, server: core })
  net.invite()
  net.advance(0)
  net.server.layer.respond(0, transactions[0]!, responseTo(transactions[0]!.request, 180))
  net.drain()
  net.advance(0)
  const ringing = net.client.outputs.find(output => output.kind === 'response')
  expect(ringing?.response.headers.raw('To')[0]).toContain('tag=keyed-tag')
})

test('the same request accepted twice is one transaction', () => {
  const { core, transactions } = held()
  const net = simulate({ seed: 1, server: core })
  net.invite()
  net.advance(0)
  const [transaction] = transactions
  const again = net.server.layer.accept(0, { request: transaction!.request, from: net.server.hop })
  expect(again).toBe(transaction)
})
