/** Non-INVITE client transactions in simulated time. RFC 3261 §17.1.2. */
import { parse, responseTo } from '@strowger/sip-parser'
import { answering, type Simulation, simulate } from '@strowger/testkit'
import { expect, test } from 'vitest'

/** Times at which the server hears a request, delay 0. */
function heard(net: Simulation): number[] {
  const times: number[] = []
  const drop = net.drop
  net.drop = message => {
    if (message.kind === 'request') times.push(net.now)
    return drop(message)
  }
  return times
}
const told = (net: Simulation): string[] => net.client.outputs.filter(o => o.kind !== 'transmit').map(o => o.kind)

test('an unanswered OPTIONS is sent 11 times, at most 4 s apart, and fails after 32 s (RFC 3261 §17.1.2.2)', () => {
  const net = simulate({ seed: 1 })
  const times = heard(net)
  net.request('OPTIONS')
  net.advance(31_999)
  expect(times).toEqual([0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
  expect(told(net)).toEqual([])
  net.advance(1)
  expect(told(net)).toEqual(['failed', 'terminated'])
})

test('after a 1xx it is sent every 4 s until 32 s have gone by (RFC 3261 §17.1.2.2)', () => {
  const net = simulate({
    seed: 1,
    server: (output, { layer }) => {
      if (output.kind === 'request') layer.replyStateless(output.incoming, responseTo(output.incoming.request, 100))
    },
  })
  net.drop = message => message.kind === 'response' && net.now > 0
  const times = heard(net)
  net.request('OPTIONS')
  net.advance(40_000)
  expect(times).toEqual([0, 500, 4500, 8500, 12_500, 16_500, 20_500, 24_500, 28_500])
  expect(told(net).filter(kind => kind !== 'response')).toEqual(['failed', 'terminated'])
})

test('a final response ends the retransmissions; late copies are absorbed for 5 s (timer K, RFC 3261 §17.1.2.2)', () => {
  const net = simulate({ seed: 1, server: answering([200]) })
  net.drop = message => message.kind === 'response' && net.now < 500
  const options = net.request('OPTIONS')
  net.advance(5499)
  expect(options.state).toBe('completed')
  expect(told(net)).toEqual(['response'])
  net.advance(1)
  expect(options.state).toBe('terminated')
  expect(net.settle()).toEqual({ client: 0, server: 0, timers: 0 })
})

test('over TCP both sides forget at the final response (RFC 3261 §17.1.2.2, RFC 3261 §17.2.2)', () => {
  const net = simulate({ seed: 1, transport: 'TCP', server: answering([200]) })
  net.request('OPTIONS')
  net.advance(0)
  expect(told(net)).toEqual(['response', 'terminated'])
  expect(net.client.layer.counts()).toEqual({ client: 0, server: 0, timers: 0 })
  expect(net.server.layer.counts()).toEqual({ client: 0, server: 0, timers: 0 })
})

test('`giveUpMs` ends it early, and a late response matches nothing', () => {
  const net = simulate({ seed: 1, server: answering([200], 3000) })
  net.request('OPTIONS', { giveUpMs: 2000 })
  net.advance(10_000)
  expect(told(net).slice(0, 3)).toEqual(['failed', 'terminated', 'unmatched'])
})

test('a broken hop fails it at once (RFC 3261 §17.1.4)', () => {
  const net = simulate({ seed: 1 })
  net.broken = true
  net.request('REGISTER')
  expect(told(net)).toEqual(['failed', 'terminated'])
})

test('a response that is not ours is unmatched (RFC 3261 §17.1.3)', () => {
  const net = simulate({ seed: 1 })
  const text =
    'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKnobody\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n'
  net.client.layer.receive(0, parse(Buffer.from(text)) as never, net.client.hop)
  net.drain()
  expect(told(net)).toEqual(['unmatched'])
})
