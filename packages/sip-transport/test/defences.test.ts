/** What strangers cannot do to an endpoint: stay without speaking, flood, not read. Loopback, free ports, short patience. */
import { responseTo } from '@strowger/sip-parser'
import { newCall } from '@strowger/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { Admission, sourceOf } from '../src/admission.ts'
import type { ConnectionLimits, CoreOutput, SipEndpoint } from '../src/index.ts'
import { authority, certificate } from './certificates.ts'
import { closeAll, type Opened, open, request, settle } from './peers.ts'
import { WAYS, type WayPeer } from './ways.ts'

afterEach(closeAll)

const stateless = (output: CoreOutput, { layer }: SipEndpoint): void => {
  if (output.kind === 'request') layer.replyStateless(output.incoming, responseTo(output.incoming.request, 200))
}

let tokens = 0
const token = (): string => `token${++tokens}-0123456789`

const STREAMS = WAYS.filter(({ transport, address }) => transport !== 'UDP' && address === '127.0.0.1')

describe.each(STREAMS.map(way => [way.name, way] as const))('strangers over %s', (_name, way) => {
  const { transport, address } = way

  function start(limits: ConnectionLimits): Promise<Opened> {
    return open(stateless, { listen: [{ transport, address }], tls: { ca: authority, ...certificate('server') }, limits })
  }

  async function speak(peer: WayPeer): Promise<void> {
    const before = peer.messages.items.length
    peer.send(request({ via: `SIP/2.0/${transport} 127.0.0.1:5555;branch=z9hG4bK${++tokens};rport` }))
    await peer.messages.at(before)
  }

  it('are closed when they only send keep-alives', async () => {
    const { endpoint } = await start({ messageMs: 60 })
    const [peer, good] = [await way.dial(endpoint), await way.dial(endpoint)]
    await speak(good)
    peer.send('\r\n\r\n')
    await peer.closed
    expect(endpoint.events()).toMatchObject({ 'connection-slow': 1 })
    await speak(good)
  })

  it('are closed when nothing moves for long', async () => {
    const { endpoint } = await start({ idleMs: 60, pingMs: 0 })
    const peer = await way.dial(endpoint)
    await speak(peer)
    await peer.closed
    while (endpoint.counts().flows > 0) await settle(1)
    expect(endpoint.events()).toMatchObject({ 'connection-idle': 1 })
  })

  it('come in no more than so many from one place, and again when one has gone', async () => {
    const { endpoint } = await start({ connectionsPerAddress: 2 })
    const [first, second] = [await way.dial(endpoint), await way.dial(endpoint)]
    await speak(first)
    await way.dial(endpoint).then(
      peer => peer.closed,
      () => {},
    )
    expect(endpoint.events()).toMatchObject({ 'connection-refused': 1 })
    second.close()
    while (endpoint.counts().flows > 1) await settle(1)
    await speak(await way.dial(endpoint))
  })

  it('are cut when they do not read what is sent to them, and what waited fails', async () => {
    const { endpoint, outputs } = await start({ queuedBytes: 100_000 })
    const peer = await way.dial(endpoint)
    await speak(peer)
    const output = await outputs.at(0)
    const flow = output.kind === 'request' ? output.incoming.from.flow! : -1
    peer.pause()
    const body = Buffer.alloc(60_000, 0x78)
    const hop = { transport, remote: { address, port: 1 }, local: endpoint.localFor(transport), flow } as const
    let sent = 0
    for (; sent < 500 && endpoint.flowOf(flow) !== undefined; sent++) {
      endpoint.layer.send(endpoint.now(), newCall('MESSAGE', token).body('text/plain', body), hop)
      endpoint.drain()
      await settle(1)
    }
    expect(sent).toBeLessThan(500)
    expect(endpoint.events()).toMatchObject({ 'connection-stuck': 1 })
    while (outputs.items.filter(({ kind }) => kind === 'failed').length < 2) await settle(1)
  })

  it('are cut when they read nothing of what waits for too long', async () => {
    const { endpoint, outputs } = await start({ messageMs: 60, queuedBytes: 64 << 20 })
    const peer = await way.dial(endpoint)
    await speak(peer)
    const output = await outputs.at(0)
    const flow = output.kind === 'request' ? output.incoming.from.flow! : -1
    peer.pause()
    const hop = { transport, remote: { address, port: 1 }, local: endpoint.localFor(transport), flow } as const
    for (let i = 0; i < 250; i++)
      endpoint.layer.send(endpoint.now(), newCall('MESSAGE', token).body('text/plain', Buffer.alloc(60_000, 0x78)), hop)
    endpoint.drain()
    while (endpoint.counts().flows > 0) await settle(1)
    expect(endpoint.events()).toMatchObject({ 'connection-stuck': 1 })
  })
})

describe('admission', () => {
  it('counts an IPv6 /64 as one place (RFC 4291 §2.5.4)', () => {
    for (const [address, source] of [
      ['192.0.2.1', '192.0.2.1'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
      ['2001:db8:1:2::6', '2001:db8:1:2'],
      ['2001:db8::1', '2001:db8:0:0'],
      ['2001:db8::2:3:4:5', '2001:db8:0:0'],
      ['2001::2:3:4:5:6', '2001:0:0:2'],
      ['fe80::1%eth0', 'fe80:0:0:0'],
      ['::1', '0:0:0:0'],
    ] as const)
      expect(sourceOf(address)).toBe(source)
  })

  it('frees a place once, when the socket closes', () => {
    const admission = new Admission(1, 1)
    const listeners: (() => void)[] = []
    const socket = { once: (_name: string, listener: () => void) => listeners.push(listener) } as unknown as Parameters<
      Admission['admit']
    >[0]
    expect([admission.admit(socket, '192.0.2.1'), admission.admit(socket, '192.0.2.2')]).toEqual([true, false])
    listeners[0]?.()
    expect(admission.admit(socket, '192.0.2.2')).toBe(true)
  })

  it('keeps the last descriptors of the process for others than strangers', () => {
    const admission = new Admission(1000, 1000, 256)
    const admits = (fd: number): boolean => {
      const socket = { once: () => {}, _handle: { fd } } as unknown as Parameters<Admission['admit']>[0]
      return admission.admit(socket, '192.0.2.1')
    }
    expect([20, 191, 192, 255, 191].map(admits)).toEqual([true, true, false, false, true])
  })
})
