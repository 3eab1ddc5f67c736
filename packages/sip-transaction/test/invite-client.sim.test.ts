/** INVITE client transactions in simulated time. RFC 3261 §17.1.1, RFC 6026 §7.2. */
import { CSeq, parse, Route, type SipRequest, To, tagOf, Via } from '@strowger/sip-parser'
import { answering, type Element, newCall, type Simulation, simulate } from '@strowger/testkit'
import { expect, test } from 'vitest'
import type { Output } from '../src/index.ts'

const sent = (element: Element, method: string): SipRequest[] =>
  element.outputs
    .filter(output => output.kind === 'transmit')
    .map(output => parse(output.bytes))
    .filter((message): message is SipRequest => message.kind === 'request' && message.method === method)
const kinds = (element: Element): string[] => element.outputs.filter(output => output.kind !== 'transmit').map(nameOf)
const nameOf = (output: Output): string => {
  if (output.kind === 'response') return `${output.response.status}`
  return output.kind === 'failed' ? `failed: ${output.cause}` : output.kind
}
/** Times at which the client sends something new, in milliseconds. */
const sendTimes = (net: Simulation, ms: number): number[] => {
  const times: number[] = []
  const count = (): number => net.client.outputs.filter(output => output.kind === 'transmit').length
  for (let before = 0; net.now <= ms; net.advance(net.now === ms ? 1 : Math.min(100, ms - net.now))) {
    for (; before < count(); before++) times.push(net.now)
  }
  return times
}

test('an unanswered INVITE is sent 7 times and then fails (RFC 3261 §17.1.1.2)', () => {
  const net = simulate({ seed: 7, loss: 1 })
  net.invite()
  net.advance(32_000)
  expect(net.client.outputs.filter(o => o.kind === 'transmit').length).toEqual(7)
  expect(net.client.outputs.at(-2)).toMatchObject({ kind: 'failed', cause: 'timeout' })
  expect(net.client.outputs.at(-1)).toMatchObject({ kind: 'terminated' })
  expect(net.settle()).toEqual({ client: 0, server: 0, timers: 0 })
})

test('the intervals double without end: 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s, always the same bytes (RFC 3261 §17.1.1.2)', () => {
  const net = simulate({ seed: 7, loss: 1 })
  net.invite()
  expect(sendTimes(net, 33_000)).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500])
  expect(new Set(sent(net.client, 'INVITE').map(request => Buffer.from(request.wire).toString())).size).toBe(1)
})

test('over a reliable transport an INVITE is sent once and still fails after 32 s (RFC 3261 §17.1.1.2)', () => {
  const net = simulate({ seed: 1, transport: 'TCP' })
  net.invite()
  net.advance(31_999)
  expect(kinds(net.client)).toEqual([])
  net.advance(1)
  expect(sent(net.client, 'INVITE')).toHaveLength(1)
  expect(kinds(net.client)).toEqual(['failed: timeout', 'terminated'])
})

test('a provisional response stops the retransmissions and the clock (RFC 3261 §17.1.1.2)', () => {
  const net = simulate({ seed: 1, server: answering([180]) })
  const invite = net.invite()
  net.advance(200_000)
  expect(sent(net.client, 'INVITE')).toHaveLength(1)
  expect(invite.state).toBe('proceeding')
})

test('a failure is acknowledged with the branch of the INVITE and the To of the response (RFC 3261 §17.1.1.3)', () => {
  const net = simulate({ seed: 2, server: answering([486]) })
  net.invite()
  net.advance(1000)
  const [invite] = sent(net.client, 'INVITE')
  const [ack] = sent(net.client, 'ACK')
  expect(ack?.headers.get(Via)).toEqual(invite?.headers.get(Via))
  expect(ack?.headers.all(Via)).toHaveLength(1)
  expect(ack?.headers.get(CSeq)).toEqual({ sequence: 1, method: 'ACK' })
  expect(tagOf(ack!.headers.get(To)!)).toBeDefined()
  expect(kinds(net.client)).toEqual(['486'])
  expect(net.settle()).toEqual({ client: 0, server: 0, timers: 0 })
})

test('the ACK of a failure follows the Route of the INVITE (RFC 3261 §17.1.1.3)', () => {
  const net = simulate({ seed: 2, server: answering([404]) })
  const { layer, hop, token } = net.client
  const route = { uri: { scheme: 'sip', host: 'proxy.test', params: new Map([['lr', '']]), headers: new Map() }, params: new Map() }
  layer.send(0, newCall('INVITE', token).append(Route, route), hop)
  net.drain()
  net.advance(1000)
  expect(sent(net.client, 'ACK')[0]?.headers.all(Route)).toHaveLength(1)
})

test('the ACK of a failure is sent to where the INVITE was sent (RFC 3261 §17.1.1.3, RFC 3263 §4)', () => {
  const net = simulate({ seed: 2, server: answering([486]) })
  net.client.layer.send(0, newCall('INVITE', net.client.token), { ...net.client.hop, flow: 3 })
  net.drain()
  net.advance(1000)
  const hops = net.client.outputs.filter(output => output.kind === 'transmit').map(({ hop }) => hop)
  expect(hops).toEqual([
    { ...net.client.hop, flow: 3 },
    { ...net.client.hop, flow: 3 },
  ])
})

test('a response of the same branch and another method is not to the INVITE (RFC 3261 §17.1.3)', () => {
  const net = simulate({ seed: 2 })
  const invite = net.invite()
  const text = Buffer.from(invite.request.wire)
    .toString()
    .replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n')
    .replace('1 INVITE', '1 CANCEL')
  net.client.layer.receive(0, parse(Buffer.from(text)) as never, net.client.hop)
  net.drain()
  expect(kinds(net.client)).toEqual(['unmatched'])
  expect(invite.state).toBe('calling')
})

test('each retransmitted failure gets the same ACK, and the user hears of it once (RFC 3261 §17.1.1.2)', () => {
  const net = simulate({ seed: 2, server: answering([486]) })
  let lost = 0
  net.drop = message => message.kind === 'request' && message.method === 'ACK' && ++lost <= 2
  net.invite()
  net.advance(5000)
  const acks = sent(net.client, 'ACK').map(request => Buffer.from(request.wire).toString())
  expect(acks).toHaveLength(3)
  expect(new Set(acks).size).toBe(1)
  expect(kinds(net.client)).toEqual(['486'])
})

test('a completed transaction ends after 32 s, over a reliable transport at once (timer D, RFC 3261 §17.1.1.2)', () => {
  const udp = simulate({ seed: 2, server: answering([486]) })
  const invite = udp.invite()
  udp.advance(31_000)
  expect(invite.state).toBe('completed')
  udp.advance(2000)
  expect(invite.state).toBe('terminated')
  const tcp = simulate({ seed: 2, transport: 'TCP', server: answering([486]) })
  tcp.invite()
  tcp.advance(0)
  expect(kinds(tcp.client)).toEqual(['486', 'terminated'])
})

test('every 2xx reaches the user for 32 s, forks and retransmissions alike, and none is acknowledged by the layer (RFC 6026 §7.2)', () => {
  const net = simulate({ seed: 3, server: answering([200, 200, 200], 100), client: () => {} })
  const invite = net.invite()
  net.advance(1000)
  expect(kinds(net.client)).toEqual(['200', '200', '200'])
  expect(invite.state).toBe('accepted')
  expect(sent(net.client, 'ACK')).toHaveLength(0)
  net.advance(32_000)
  expect(invite.state).toBe('terminated')
})

test('a provisional after the 2xx is ignored (RFC 6026 §7.2)', () => {
  const net = simulate({ seed: 3, server: answering([200]), delayMs: 10 })
  net.invite()
  net.advance(100)
  const [request] = sent(net.client, 'INVITE')
  const late = parse(
    new TextEncoder().encode(
      Buffer.from(request!.wire)
        .toString()
        .replace(/^.*\r\n/, 'SIP/2.0 180 Ringing\r\n'),
    ),
  )
  if (late.kind !== 'response') throw new Error('not a response')
  net.client.layer.receive(net.now, late, net.client.hop)
  net.drain()
  expect(kinds(net.client)).toEqual(['200'])
})

test('after `giveUpMs` the user may go on elsewhere, and a late 2xx still comes out', () => {
  const net = simulate({ seed: 4, server: answering([200], 6000) })
  net.server.layer.receive = () => {} // the hop is silent at first
  const invite = net.invite({ giveUpMs: 4000 })
  net.advance(4000)
  expect(kinds(net.client)).toEqual(['failed: timeout'])
  expect(invite.state).toBe('abandoned')
  expect(sent(net.client, 'INVITE')).toHaveLength(4)
  const lateOk = Buffer.from(sent(net.client, 'INVITE')[0]!.wire)
    .toString()
    .replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n')
  net.client.layer.receive(net.now, parse(Buffer.from(lateOk)) as never, net.client.hop)
  net.drain()
  expect(kinds(net.client)).toEqual(['failed: timeout', '200'])
  expect(net.settle().client).toBe(0)
})

test('a late 1xx of an abandoned INVITE is answered with CANCEL, and its 487 with ACK, without a word to the user', () => {
  const net = simulate({ seed: 4, delayMs: 3000, server: answering([180]) })
  net.invite({ giveUpMs: 2000 })
  net.advance(20_000)
  expect(sent(net.client, 'CANCEL').length).toBeGreaterThanOrEqual(1)
  expect(sent(net.client, 'ACK').length).toBeGreaterThanOrEqual(1)
  expect(kinds(net.client)).toEqual(['failed: timeout'])
  expect(net.settle()).toEqual({ client: 0, server: 0, timers: 0 })
})

test('a broken hop fails the transaction at once (RFC 3261 §17.1.4)', () => {
  const net = simulate({ seed: 5 })
  net.broken = true
  net.invite()
  expect(kinds(net.client)).toEqual(['failed: transport', 'terminated'])
  expect(net.settle()).toEqual({ client: 0, server: 0, timers: 0 })
})

test('the request may be read while its final response is looked at, and not after that', () => {
  const seen: string[] = []
  const net = simulate({
    seed: 6,
    server: answering([486]),
    client: output => output.kind === 'response' && seen.push(output.transaction.request.method),
  })
  const invite = net.invite()
  net.advance(100)
  expect(seen).toEqual(['INVITE'])
  expect(() => invite.request).toThrow(TypeError)
})
