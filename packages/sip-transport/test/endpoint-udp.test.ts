/** An endpoint over real UDP: answers, Via parameters, keep-alives, rubbish, dead peers. Loopback, free ports. */
import { responseTo, Via } from '@strowger/sip-parser'
import { newCall } from '@strowger/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { type CoreOutput, SipEndpoint as Endpoint, type SipEndpoint, type TapEvent } from '../src/index.ts'
import { answer, closeAll, LOOPBACK, open, request, settle, udpPeer } from './peers.ts'

afterEach(closeAll)

const stateless = (output: CoreOutput, { layer }: SipEndpoint): void => {
  if (output.kind === 'request') layer.replyStateless(output.incoming, responseTo(output.incoming.request, 200))
}

let tokens = 0
const token = (): string => `token${++tokens}-0123456789`

function send(endpoint: SipEndpoint, port: number, method = 'OPTIONS'): ReturnType<SipEndpoint['layer']['send']> {
  const hop = { transport: 'UDP', remote: { address: '127.0.0.1', port }, local: endpoint.localFor('UDP') } as const
  const transaction = endpoint.layer.send(endpoint.now(), newCall(method, token), hop)
  endpoint.drain()
  return transaction
}

describe('SipEndpoint over UDP', () => {
  it('answers to the source port of a phone that asks for rport (RFC 3581 §4)', async () => {
    const { endpoint } = await open(stateless)
    const phone = udpPeer()
    phone.send(request({ via: 'SIP/2.0/UDP 10.9.8.7:1;branch=z9hG4bKx;rport' }), endpoint.localFor('UDP').port)
    const response = await phone.texts.at(0)
    expect(response).toMatch(/^SIP\/2\.0 200 OK\r\n/)
    expect(response).toContain(`Via: SIP/2.0/UDP 10.9.8.7:1;branch=z9hG4bKx;rport=${phone.port};received=127.0.0.1\r\n`)
  })

  it('answers to the port of sent-by when rport is not asked for (RFC 3261 §18.2.2)', async () => {
    const { endpoint } = await open(stateless)
    const [phone, other] = [udpPeer(), udpPeer()]
    phone.send(request({ via: `SIP/2.0/UDP 10.9.8.7:${other.port};branch=z9hG4bKx` }), endpoint.localFor('UDP').port)
    expect(await other.texts.at(0)).toContain(`Via: SIP/2.0/UDP 10.9.8.7:${other.port};branch=z9hG4bKx;received=127.0.0.1\r\n`)
  })

  it('shows the core the true source, whatever Via says', async () => {
    const { endpoint, outputs } = await open()
    const phone = udpPeer()
    phone.send(request({ via: 'SIP/2.0/UDP 10.9.8.7:9;branch=z9hG4bKx;received=6.6.6.6' }), endpoint.localFor('UDP').port)
    const output = await outputs.at(0)
    if (output.kind !== 'request') throw new Error(output.kind)
    const { from, request: seen } = output.incoming
    expect(from.remote).toEqual({ address: '127.0.0.1', port: phone.port })
    expect(from.local).toEqual(endpoint.localFor('UDP'))
    expect(endpoint.flowOf(from.flow!)).toMatchObject({ transport: 'UDP' })
    expect(seen.headers.get(Via)?.received).toBe('127.0.0.1')
  })

  it('keeps one transaction for a request that comes twice, also in one batch', async () => {
    const { endpoint, outputs } = await open((output, { layer }, now) => {
      if (output.kind === 'request') layer.respond(now, layer.accept(now, output.incoming), responseTo(output.incoming.request, 200))
    })
    const phone = udpPeer()
    for (let i = 0; i < 3; i++) phone.send(request(), endpoint.localFor('UDP').port)
    const first = await phone.texts.at(0)
    expect(await phone.texts.at(2)).toBe(first)
    expect(outputs.items.filter(({ kind }) => kind === 'request')).toHaveLength(1)
  })

  it('ignores keep-alives and counts them (RFC 5626 §3.5.1)', async () => {
    const { endpoint } = await open(stateless)
    const phone = udpPeer()
    for (const text of ['', '\r\n\r\n', '\0\0\0\0', '\0\x01\0\0noise']) phone.send(text, endpoint.localFor('UDP').port)
    phone.send(request(), endpoint.localFor('UDP').port)
    await phone.texts.at(0)
    expect(phone.texts.items).toHaveLength(1)
    expect(endpoint.events()).toMatchObject({ 'keep-alive': 3, noise: 1 })
  })

  it('answers what is malformed but answerable with its status, and drops the rest', async () => {
    const { endpoint, outputs } = await open()
    const phone = udpPeer()
    const { port } = endpoint.localFor('UDP')
    phone.send('hello there', port)
    phone.send(request().replace('Max-Forwards: 70', 'Max-Forwards: x'), port)
    phone.send(request({ method: 'ACK' }).replace('Max-Forwards: 70', 'Max-Forwards: x'), port)
    expect(await phone.texts.at(0)).toMatch(/^SIP\/2\.0 400 Bad Max-Forwards\r\n[\s\S]*;tag=/)
    await settle()
    expect(phone.texts.items).toHaveLength(1)
    expect(outputs.items).toHaveLength(0)
    expect(endpoint.events()).toMatchObject({ 'malformed-answered': 1, 'malformed-dropped': 2 })
  })

  it('sends requests and hears their answers', async () => {
    const { endpoint, outputs } = await open()
    const server = udpPeer()
    send(endpoint, server.port)
    const text = await server.texts.at(0)
    expect(text).toContain(`Via: SIP/2.0/UDP 127.0.0.1:${endpoint.localFor('UDP').port};`)
    server.send(answer(text, 200), endpoint.localFor('UDP').port)
    expect(await outputs.at(0)).toMatchObject({ kind: 'response', response: { status: 200 } })
  })

  it('resends by the timers of the layer (§17.1.2.2)', async () => {
    const { endpoint } = await open(undefined, { timers: { t1: 5, t2: 20 } })
    const server = udpPeer()
    send(endpoint, server.port)
    expect(await server.texts.at(2)).toBe(await server.texts.at(0))
  })

  it('fails the transactions towards a dead peer, and no others (§18.4)', async () => {
    const { endpoint, outputs } = await open()
    const [dead, alive] = [udpPeer(), udpPeer()]
    dead.close()
    const doomed = [send(endpoint, dead.port), send(endpoint, dead.port)]
    const other = send(endpoint, alive.port)
    const failed = [await outputs.at(0), await outputs.at(1), await outputs.at(2), await outputs.at(3)].filter(
      ({ kind }) => kind === 'failed',
    )
    expect(failed).toMatchObject(doomed.map(({ id }) => ({ kind: 'failed', cause: 'transport', transaction: { id } })))
    expect(other.state).toBe('trying')
    expect(endpoint.events()['icmp-error']).toBeGreaterThan(0)
  })

  it('drains what the core does inside of a callback, and what it does outside after `drain`', async () => {
    const server = udpPeer()
    const { endpoint } = await open((output, { layer, now, localFor }) => {
      if (output.kind !== 'request') return
      const hop = { transport: 'UDP', remote: { address: '127.0.0.1', port: server.port }, local: localFor.call(endpoint, 'UDP') } as const
      layer.send(now.call(endpoint), newCall('OPTIONS', token), hop)
      endpoint.drain()
    })
    udpPeer().send(request(), endpoint.localFor('UDP').port)
    await server.texts.at(0)
    send(endpoint, server.port)
    await server.texts.at(1)
  })

  it('goes on when the core throws', async () => {
    const faults: unknown[] = []
    const react = (output: CoreOutput, endpoint: SipEndpoint): void => {
      if (output.kind === 'request' && output.incoming.request.method === 'INFO') throw new Error('bug')
      stateless(output, endpoint)
    }
    const { endpoint } = await open(react, { onFault: error => faults.push(error) })
    const phone = udpPeer()
    phone.send(request({ method: 'INFO', branch: 'z9hG4bKa' }), endpoint.localFor('UDP').port)
    phone.send(request({ branch: 'z9hG4bKb' }), endpoint.localFor('UDP').port)
    expect(await phone.texts.at(0)).toContain('z9hG4bKb')
    expect(faults).toMatchObject([{ message: 'bug' }])
  })

  it('fails a transaction whose hop is a name, an unknown transport or a family we do not have', async () => {
    const { endpoint, outputs } = await open(undefined, { onFault: () => {} })
    const local = endpoint.localFor('UDP')
    const hops = [
      { transport: 'UDP', remote: { address: 'example.org', port: 5060 }, local },
      { transport: 'TLS', remote: { address: '127.0.0.1', port: 5061 }, local },
      { transport: 'UDP', remote: { address: '::1', port: 5060 }, local },
    ] as const
    for (const hop of hops) endpoint.layer.send(endpoint.now(), newCall('OPTIONS', token), hop)
    endpoint.drain()
    expect(outputs.items.filter(({ kind }) => kind === 'failed')).toHaveLength(3)
    expect(endpoint.events()['send-failed']).toBe(3)
    expect(() => endpoint.localFor('TLS')).toThrow(expect.objectContaining({ code: 'no-target' }))
  })

  it('counts messages by transport and method or status, and shows them to the tap', async () => {
    const seen: string[] = []
    const tap = ({ direction, bytes, hop }: TapEvent): void => {
      seen.push(`${direction} ${hop.transport} ${Buffer.from(bytes).toString('latin1').split('\r\n')[0]}`)
    }
    const { endpoint } = await open(stateless, { tap })
    const phone = udpPeer()
    phone.send(request(), endpoint.localFor('UDP').port)
    phone.send(request({ method: 'FOO', branch: 'z9hG4bKf' }), endpoint.localFor('UDP').port)
    await phone.texts.at(1)
    expect(endpoint.traffic()).toEqual([
      { direction: 'in', transport: 'UDP', kind: 'OPTIONS', count: 1 },
      { direction: 'in', transport: 'UDP', kind: 'other', count: 1 },
      { direction: 'out', transport: 'UDP', kind: '200', count: 2 },
    ])
    expect(seen.slice(0, 2)).toEqual(['in UDP OPTIONS sip:bob@127.0.0.1 SIP/2.0', 'out UDP SIP/2.0 200 OK'])
    expect(endpoint.counts()).toEqual({ transactions: { client: 0, server: 0 }, timers: 0, flows: 0 })
  })

  it('answers by the socket that was asked, and in the same turn sends on by another', async () => {
    const next = udpPeer()
    const { endpoint } = await open(
      (output, { layer }, now) => {
        if (output.kind !== 'request') return
        layer.respond(now, layer.accept(now, output.incoming), responseTo(output.incoming.request, 200))
        const local = endpoint.localsOf('UDP')[1]!
        layer.send(now, newCall('OPTIONS', token), { transport: 'UDP', remote: { address: '127.0.0.1', port: next.port }, local })
      },
      { listen: [LOOPBACK[0]!, LOOPBACK[0]!] },
    )
    const [first, second] = endpoint.localsOf('UDP')
    const phone = udpPeer()
    phone.send(request(), first!.port)
    expect(await phone.texts.at(0)).toMatch(/^SIP\/2\.0 200/)
    expect(await next.texts.at(0)).toContain(`Via: SIP/2.0/UDP 127.0.0.1:${second!.port};`)
  })

  it('on a wildcard socket answers from the address that was asked, and names an address of its own', async () => {
    const { endpoint } = await open(stateless, { listen: [{ transport: 'UDP', address: '0.0.0.0' }] })
    const phone = udpPeer()
    const local = endpoint.localFor('UDP', { address: '127.0.0.1', port: 1 })
    expect(local.address).toBe('127.0.0.1')
    expect(endpoint.localFor('UDP').address).not.toBe('0.0.0.0')
    phone.send(request(), local.port, '127.0.0.9')
    await phone.texts.at(0)
  })

  it('says EADDRINUSE and leaves nothing open', async () => {
    const { endpoint } = await open()
    const { port } = endpoint.localFor('UDP')
    const again = Endpoint.open({ listen: [LOOPBACK[1]!, { transport: 'UDP', address: '127.0.0.1', port }], core: { onOutput() {} } })
    await expect(again).rejects.toMatchObject({ name: 'TransportError', code: 'EADDRINUSE' })
  })

  it('closes twice, and is silent then', async () => {
    const { endpoint } = await open()
    await Promise.all([endpoint.close(), endpoint.close()])
    endpoint.drain()
  })

  it('works over node:dgram too', async () => {
    const { endpoint } = await open(stateless, { udp: { implementation: 'dgram' } })
    const phone = udpPeer()
    phone.send(request(), endpoint.localFor('UDP').port)
    expect(await phone.texts.at(0)).toMatch(/^SIP\/2\.0 200/)
  })
})
