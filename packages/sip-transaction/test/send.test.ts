/** What `send` writes, and what it refuses. RFC 3261 §8.1.1.7, §18.1.1; RFC 3581 §3. */
import { edit, parse, responseTo, type SipRequest, Via } from '@strowger/sip-parser'
import { newCall, simulate } from '@strowger/testkit'
import { expect, test } from 'vitest'
import { TransactionLayer } from '../src/index.ts'
import { nodeTagOf, nodeToken } from '../src/node.ts'

const net = () => simulate({ seed: 1, loss: 1 })

test('the Via names our side of the hop, a fresh branch and rport (RFC 3581 §3)', () => {
  const { client } = net()
  const { request } = client.layer.send(0, newCall('OPTIONS', client.token), client.hop)
  const via = request.headers.get(Via)
  expect(via).toMatchObject({ transport: 'UDP', host: '192.0.2.1', port: 5060, rport: true })
  expect(via?.branch).toMatch(/^z9hG4bK[0-9a-f]{16}$/)
})

test('an IPv6 address comes in brackets', () => {
  const { client } = net()
  const hop = { ...client.hop, local: { address: '2001:db8::1', port: 5062 } }
  const { request } = client.layer.send(0, newCall('OPTIONS', client.token), hop)
  expect(Buffer.from(request.wire).toString()).toContain('Via: SIP/2.0/UDP [2001:db8::1]:5062;branch=')
})

test('branch and Via parameters can be given', () => {
  const { client } = net()
  const options = { branch: 'abc.loop', via: { params: new Map([['alias', '']]) } }
  const { request } = client.layer.send(0, newCall('OPTIONS', client.token), client.hop, options)
  expect(request.headers.get(Via)).toMatchObject({ branch: 'z9hG4bKabc.loop', params: new Map([['alias', '']]) })
  expect(() => client.layer.send(0, newCall('OPTIONS', client.token), client.hop, options)).toThrow(/in use/)
})

test('a branch that is no token is refused before anything is sent (RFC 3261 §25.1)', () => {
  const { client } = net()
  for (const branch of ['a b', 'a;b', 'a\r\nX: y', '\u00e9', '']) {
    const send = () => client.layer.send(0, newCall('OPTIONS', client.token), client.hop, { branch })
    if (branch === '') send()
    else expect(send, branch).toThrow(/token/)
  }
  expect(client.layer.counts().client).toBe(1)
})

test('each way out has its own Via, and a large request is written whole (RFC 3261 §18.1.1)', () => {
  const { client } = net()
  for (const [transport, address, port] of [
    ['UDP', '192.0.2.1', 5060],
    ['TCP', '192.0.2.1', 5060],
    ['UDP', '192.0.2.1', 5070],
    ['WSS', '2001:db8::1', 443],
  ] as const) {
    const body = new Uint8Array(port).fill(65)
    const hop = { ...client.hop, transport, local: { address, port } }
    const { request } = client.layer.send(0, newCall('MESSAGE', client.token).body('text/plain', body), hop)
    expect(request.headers.get(Via)).toMatchObject({ transport, host: address, port, rport: true })
    expect(request.body).toEqual(body)
  }
})

test('the same edit sent to another hop carries one new Via, on top of those it came with (RFC 3261 §16.6)', () => {
  const { client } = net()
  const came = client.layer.send(0, newCall('INVITE', client.token), client.hop).request
  const forward = edit(came)
  const first = client.layer.send(0, forward, client.hop).request
  const second = client.layer.send(0, forward, client.hop).request
  for (const { headers } of [first, second]) {
    expect(headers.all(Via)).toHaveLength(2)
    expect(headers.all(Via)[1]).toEqual(came.headers.get(Via))
  }
  expect(first.headers.get(Via)?.branch).not.toBe(second.headers.get(Via)?.branch)
})

test('ACK, CANCEL and responses are refused with a word on what to use', () => {
  const { client } = net()
  const options = client.layer.send(0, newCall('OPTIONS', client.token), client.hop).request
  expect(() => client.layer.send(0, newCall('ACK', client.token), client.hop)).toThrow(/sendStateless/)
  expect(() => client.layer.send(0, newCall('CANCEL', client.token), client.hop)).toThrow(/`cancel`/)
  expect(() => client.layer.send(0, responseTo(options, 200), client.hop)).toThrow(/`respond`/)
})

test('timers that are not longer than nothing are refused', () => {
  for (const t1 of [0, -1, Number.NaN])
    expect(() => new TransactionLayer({ token: nodeToken, tagOf: () => '', timers: { t1 } })).toThrow(/t1/)
})

test('Node tokens do not repeat; the tag of a CANCEL is the tag of its INVITE, and another key gives another', () => {
  expect(new Set(Array.from({ length: 2000 }, nodeToken)).size).toBe(2000)
  const text = (method: string, via = 'SIP/2.0/UDP h;branch=z9hG4bKa'): string =>
    `${method} sip:b@b SIP/2.0\r\nVia: ${via}\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 1 ${method}\r\nMax-Forwards: 70\r\n\r\n`
  const read = (...written: Parameters<typeof text>): SipRequest => parse(Buffer.from(text(...written))) as SipRequest
  const [invite, cancel] = ['INVITE', 'CANCEL'].map(method => read(method))
  const tag = nodeTagOf(new Uint8Array(16))
  expect(tag(invite!)).toMatch(/^[0-9a-v]{12}$/)
  expect(tag(invite!)).toBe(tag(cancel!))
  expect(tag(read('INVITE', 'SIP / 2.0 / UDP h ; branch = z9hG4bKa'))).toBe(tag(invite!))
  expect(tag(read('INVITE', 'SIP/2.0/UDP h;branch=z9hG4bKb'))).not.toBe(tag(invite!))
  expect(tag(read('INVITE', 'SIP/2.0/UDP h'))).not.toBe(tag(invite!))
  expect(nodeTagOf(new Uint8Array(16).fill(1))(invite!)).not.toBe(tag(invite!))
})
