/** CANCEL and its races. RFC 3261 §9.1, §9.2. */
import { CSeq, MaxForwards, parse, Reason, Route, type SipRequest, Via } from '@strowger/sip-parser'
import { answering, type Element, newCall, type Simulation, simulate } from '@strowger/testkit'
import { expect, test } from 'vitest'

const requests = (element: Element, method: string): SipRequest[] =>
  element.outputs
    .filter(output => output.kind === 'transmit')
    .map(output => parse(output.bytes))
    .filter((message): message is SipRequest => message.kind === 'request' && message.method === method)
const told = ({ outputs }: Element): string[] =>
  outputs.filter(o => o.kind !== 'transmit').map(o => (o.kind === 'response' ? `${o.response.status}` : o.kind))
const NOTHING_LEFT = { client: 0, server: 0, timers: 0 }

test('a CANCEL before any response is held until the first 1xx (RFC 3261 §9.1)', () => {
  const net = simulate({ seed: 1, server: answering([180], 1200) })
  const invite = net.invite()
  net.client.layer.cancel(net.now, invite)
  net.drain()
  net.advance(199)
  expect(requests(net.client, 'CANCEL')).toHaveLength(0)
  net.advance(1)
  expect(requests(net.client, 'CANCEL')).toHaveLength(1)
  net.advance(1000)
  expect(told(net.client)).toEqual(['100', '487'])
  expect(told(net.server)).toEqual(['request', 'cancelled'])
  expect(net.settle()).toEqual(NOTHING_LEFT)
})

test('the CANCEL equals the INVITE in Request-URI, Call-ID, To, From and sequence number, with the one Via (RFC 3261 §9.1)', () => {
  const net = simulate({ seed: 1, server: answering([180]) })
  const invite = net.invite()
  net.advance(100)
  net.client.layer.cancel(net.now, invite, { reason: 'SIP;cause=200;text="Call completed elsewhere"' })
  net.drain()
  const [sent] = requests(net.client, 'INVITE')
  const [cancel] = requests(net.client, 'CANCEL')
  for (const name of ['Via', 'From', 'To', 'Call-ID']) expect(cancel?.headers.raw(name)).toEqual(sent?.headers.raw(name))
  expect(cancel?.uri).toEqual(sent?.uri)
  expect(cancel?.headers.get(CSeq)).toEqual({ sequence: 1, method: 'CANCEL' })
  expect(cancel?.headers.get(MaxForwards)).toBe(70)
  expect(cancel?.headers.raw('Reason')).toEqual(['SIP;cause=200;text="Call completed elsewhere"'])
  expect(cancel?.headers.get(Reason)).toBeDefined()
  expect(cancel?.headers.all(Route)).toEqual([])
  expect(cancel?.headers.all(Via)).toHaveLength(1)
})

test('a CANCEL is sent once however often it is asked for', () => {
  const net = simulate({ seed: 1, server: answering([180]) })
  const invite = net.invite()
  net.advance(100)
  for (let i = 0; i < 3; i++) net.client.layer.cancel(net.now, invite)
  net.drain()
  net.advance(10_000)
  expect(requests(net.client, 'CANCEL')).toHaveLength(1)
})

test('a CANCEL that crosses the 200 changes nothing: it is answered 200 and the call stands (RFC 3261 §9.1, RFC 3261 §9.2)', () => {
  const net = simulate({ seed: 1, delayMs: 50, server: answering([180, 200], 100) })
  const invite = net.invite()
  net.advance(210) // 180 has arrived, 200 is on its way
  net.client.layer.cancel(net.now, invite)
  net.drain()
  net.advance(200)
  expect(told(net.client)).toEqual(['180', '200'])
  expect(told(net.server)).not.toContain('cancelled')
  expect(net.settle()).toEqual(NOTHING_LEFT)
})

test('a CANCEL after a final response is not sent (RFC 3261 §9.1)', () => {
  const net = simulate({ seed: 1, server: answering([486]) })
  const invite = net.invite()
  net.advance(10)
  net.client.layer.cancel(net.now, invite)
  net.drain()
  expect(requests(net.client, 'CANCEL')).toHaveLength(0)
})

test('a CANCEL held when the 2xx comes first is never sent (RFC 3261 §9.1)', () => {
  const net = simulate({ seed: 1, server: answering([200]), delayMs: 10 })
  const invite = net.invite()
  net.client.layer.cancel(net.now, invite)
  net.drain()
  net.advance(1000)
  expect(requests(net.client, 'CANCEL')).toHaveLength(0)
  expect(told(net.client)).toEqual(['200'])
})

test('an INVITE without final response 64*T1 after its CANCEL is over (RFC 3261 §9.1)', () => {
  const net = simulate({ seed: 1, server: answering([180]) })
  const invite = net.invite()
  net.advance(100)
  net.drop = () => true
  net.client.layer.cancel(net.now, invite)
  net.drain()
  net.advance(31_999)
  expect(invite.state).toBe('proceeding')
  net.advance(1)
  expect(told(net.client)).toEqual(['180', 'failed', 'terminated'])
  expect(net.client.layer.counts()).toEqual(NOTHING_LEFT)
})

test('a CANCEL goes where its INVITE went, with its Route, without its Require and Proxy-Require (RFC 3261 §9.1, RFC 3263 §4)', () => {
  const net = simulate({ seed: 1, server: answering([180]) })
  const { layer, hop, token } = net.client
  const route = { uri: { scheme: 'sip', host: 'proxy.test', params: new Map([['lr', '']]), headers: new Map() }, params: new Map() }
  const request = newCall('INVITE', token).append(Route, route).raw('Require', '100rel').raw('Proxy-Require', 'x')
  const invite = layer.send(0, request, { ...hop, flow: 3 })
  net.drain()
  net.advance(100)
  layer.cancel(net.now, invite)
  net.drain()
  const [cancel] = requests(net.client, 'CANCEL')
  expect(cancel?.headers.raw('Route')).toEqual(invite.request.headers.raw('Route'))
  expect(cancel?.headers.raw('Require')).toEqual([])
  expect(cancel?.headers.raw('Proxy-Require')).toEqual([])
  const hops = net.client.outputs.filter(output => output.kind === 'transmit').map(output => output.hop)
  for (const other of hops) expect(other).toEqual({ ...hop, flow: 3 })
})

test('a CANCEL of something else than INVITE is answered 200 and has no effect (RFC 3261 §9.2)', () => {
  const net = simulate({ seed: 1, server: answering([]) })
  const bye = net.request('BYE')
  net.advance(10)
  const text = Buffer.from(bye.request.wire).toString().replace(/^BYE/, 'CANCEL').replace('1 BYE', '1 CANCEL')
  const cancel = parse(Buffer.from(text))
  if (cancel.kind !== 'request') throw new Error('not a request')
  net.server.layer.receive(net.now, cancel, net.server.hop)
  const reply = net.server.layer.poll()
  expect(reply?.kind === 'transmit' && Buffer.from(reply.bytes).toString()).toContain('SIP/2.0 200 ')
  expect(net.server.layer.poll()).toBeUndefined()
  expect(net.server.layer.find(cancel)?.state).toBe('trying')
})

test('a CANCEL that matches nothing is answered 481 (RFC 3261 §9.2)', () => {
  const net = simulate({ seed: 1, server: answering([180]) })
  const invite = net.invite()
  net.advance(100)
  net.client.layer.cancel(net.now, invite)
  const [cancel] = [net.client.layer.poll()].filter(output => output?.kind === 'transmit')
  const fresh = simulate({ seed: 2 })
  const message = parse(cancel!.bytes)
  if (message.kind === 'malformed') throw new Error(message.code)
  fresh.server.layer.receive(0, message, fresh.server.hop)
  const reply = fresh.server.layer.poll()
  expect(reply?.kind === 'transmit' && Buffer.from(reply.bytes).toString()).toContain('SIP/2.0 481 ')
})

test('the reason of a CANCEL reaches the user of its INVITE, however often it is sent (RFC 3326 §2)', () => {
  const net = simulate({ seed: 1, duplicate: 1, server: answering([180], 600) })
  const invite = net.invite()
  net.advance(700)
  net.client.layer.cancel(net.now, invite, { reason: 'SIP;cause=200;text="Call completed elsewhere"' })
  net.drain()
  net.advance(100)
  const cancels = net.server.outputs.filter(output => output.kind === 'cancelled').map(({ cancel }) => cancel)
  expect(cancels[0]?.method).toBe('CANCEL')
  expect(cancels[0]?.headers.all(Reason)[0]).toMatchObject({ protocol: 'SIP' })
  expect(cancels).toHaveLength(1) // the 487 has gone out: the repeated CANCEL finds nothing to cancel
})

test('the answers to a CANCEL and to its INVITE carry the same To tag (RFC 3261 §9.2)', () => {
  const net = simulate({ seed: 1, server: answering([180]) })
  const invite = net.invite()
  net.advance(100)
  net.client.layer.cancel(net.now, invite)
  net.drain()
  net.advance(0)
  const tags = net.server.outputs
    .filter(o => o.kind === 'transmit')
    .map(o => /\r\nTo: .*;tag=(\w+)/.exec(Buffer.from(o.bytes).toString())?.[1])
  expect(tags.length).toBeGreaterThanOrEqual(2)
  expect(tags[1]).toBe(tags[0])
})

/** Cancels at `ms`; checks what must hold wherever the CANCEL falls. */
function raceAt(ms: number, seed: number, transport: 'UDP' | 'TCP'): Simulation {
  const net = simulate({ seed, transport, delayMs: 7, loss: 0.2, duplicate: 0.2, reorder: 0.2, server: answering([100, 180, 200], 60) })
  const invite = net.invite()
  net.after(ms, () => {
    net.client.layer.cancel(net.now, invite)
  })
  expect(net.settle()).toEqual(NOTHING_LEFT)
  return net
}

test('wherever a CANCEL falls, the user hears exactly one outcome and nothing is left', () => {
  for (const transport of ['UDP', 'TCP'] as const) {
    for (let ms = 0; ms < 260; ms += 4) {
      const outcomes = told(raceAt(ms, ms + 1, transport).client).filter(word => /^([3-6]\d\d|failed)$/.test(word))
      const answered = told(raceAt(ms, ms + 1, transport).client).includes('200')
      expect(outcomes.length, `seed ${ms + 1}, ${transport}: ${outcomes.join()}`).toBe(answered ? 0 : 1)
    }
  }
})
