import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Relay, RelayError } from '../src/index.ts'
import { Ear, portRange, rtcp, rtp } from './phone.ts'

describe('a relay', () => {
  let relay: Relay
  const ears: Ear[] = []
  const ear = async (address?: string): Promise<Ear> => {
    const made = await Ear.open(address)
    ears.push(made)
    return made
  }

  beforeEach(async () => {
    relay = await Relay.start({ interfaces: { lan: { address: '127.0.0.1' } }, ports: portRange(), restMs: 0 })
  })
  afterEach(async () => {
    await relay.close()
    for (const one of ears.splice(0)) one.close()
  })

  it('moves packets both ways, untouched, from the port the receiver was told (RFC 4961 §4)', async () => {
    const [a, b] = [await ear(), await ear()]
    const pipe = relay.pipe()
    pipe.a.connect(a)
    pipe.b.connect(b)
    a.send(pipe.a.local, rtp(1))
    const atB = await b.next()
    expect(atB.bytes).toEqual(rtp(1))
    expect(atB.from.port).toBe(pipe.b.local.port)
    b.send(pipe.b.local, rtp(9))
    const atA = await a.next()
    expect(atA.bytes).toEqual(rtp(9))
    expect(atA.from.port).toBe(pipe.a.local.port)
  })

  it('uses even ports for RTP and the next for RTCP (RFC 3550 §11)', () => {
    const { a, b } = relay.pipe()
    expect([a.local.port % 2, b.local.port % 2]).toEqual([0, 0])
    expect(a.local.rtcpPort).toBe(a.local.port + 1)
  })

  it('moves RTCP between the RTCP ports, or on the RTP port where it is shared (RFC 5761 §5.1.1)', async () => {
    const [a, aRtcp, b] = [await ear(), await ear(), await ear()]
    const pipe = relay.pipe()
    pipe.a.connect({ address: '127.0.0.1', port: a.port, rtcpPort: aRtcp.port })
    pipe.b.connect({ address: '127.0.0.1', port: b.port, rtcpPort: b.port })
    aRtcp.send({ address: '127.0.0.1', port: pipe.a.local.rtcpPort }, rtcp())
    expect((await b.next()).from.port).toBe(pipe.b.local.port)
    b.send(pipe.b.local, rtcp())
    expect((await aRtcp.next()).from.port).toBe(pipe.a.local.rtcpPort)
    expect(pipe.a.received.rtcpPackets).toBe(1)
  })

  it('counts packets, bytes and loss, and keeps the counts after the close (RFC 3550 §A.3)', async () => {
    const [a, b] = [await ear(), await ear()]
    const pipe = relay.pipe()
    pipe.a.connect(a)
    pipe.b.connect(b)
    a.send(pipe.a.local, rtp(65_534), rtp(65_535), rtp(0), rtp(3))
    for (let count = 0; count < 4; count++) await b.next()
    const { a: stats } = pipe.close()
    expect(stats).toMatchObject({ packets: 4, bytes: 688, lost: 2, ssrc: 0x1234, foreign: 0 })
    expect(Date.now() - stats.lastPacket).toBeLessThan(5000)
    expect(pipe.a.received).toEqual(stats)
  })

  it('lets a party hear itself', async () => {
    const a = await ear()
    const party = relay.open().party('a')
    party.media[0]!.connect(a)
    party.echo()
    a.send(party.media[0]!.local, rtp(7))
    expect((await a.next()).bytes).toEqual(rtp(7))
  })

  it('learns the source of a phone behind a NAT, tells of it, and sends there (RFC 4961 §4)', async () => {
    const [a, b, announced] = [await ear(), await ear(), await ear()]
    const pipe = relay.pipe()
    pipe.a.connect(announced)
    pipe.b.connect(b)
    a.send(pipe.a.local, rtp(1), rtp(2), rtp(3))
    for await (const event of relay.events) {
      expect(event).toMatchObject({ kind: 'learned', remote: { address: '127.0.0.1', port: a.port } })
      break
    }
    b.send(pipe.b.local, rtp(1))
    expect((await a.next()).bytes).toEqual(rtp(1))
    expect(pipe.a.learned?.port).toBe(a.port)
  })

  it('drops and counts a third address once the announced one is heard', async () => {
    const [a, b, thief] = [await ear(), await ear(), await ear()]
    const pipe = relay.pipe()
    pipe.a.connect(a)
    pipe.b.connect(b)
    a.send(pipe.a.local, rtp(1))
    await b.next()
    thief.send(pipe.a.local, ...Array.from({ length: 20 }, (_, at) => rtp(100 + at, { fill: 0 })))
    await expect.poll(() => pipe.a.received.foreign).toBe(20)
    a.send(pipe.a.local, rtp(2))
    expect((await b.next()).bytes).toEqual(rtp(2))
    expect(relay.counters().foreign).toBe(20)
  })

  it('gives the way back to the announced phone that a louder neighbour took before it spoke', async () => {
    const [a, b, thief] = [await ear(), await ear(), await ear()]
    const pipe = relay.pipe()
    pipe.a.connect(a)
    pipe.b.connect(b)
    thief.send(pipe.a.local, ...Array.from({ length: 20 }, (_, at) => rtp(at, { fill: 0 })))
    await expect.poll(() => pipe.a.received.packets).toBe(20)
    for (let sequence = 1; sequence <= 3; sequence++) {
      thief.send(pipe.a.local, rtp(100 + sequence, { fill: 0 }))
      a.send(pipe.a.local, rtp(sequence))
    }
    await expect.poll(() => pipe.a.learned?.port).toBe(a.port)
    b.send(pipe.b.local, rtp(1))
    expect((await a.next()).bytes).toEqual(rtp(1))
    expect(thief.heard).toEqual([])
  })

  it('takes neither RTP nor RTCP from a third host, from the first packet on, where the hosts are known', async () => {
    const [a, aRtcp, b, thief] = [await ear(), await ear(), await ear(), await ear('127.0.0.66')]
    const pipe = relay.pipe()
    pipe.a.connect({ address: '10.1.2.3', port: 4000, rtcpPort: 4001, signalling: '127.0.0.1', learn: 'host' })
    pipe.b.connect(b)
    const rtcpPort = { address: '127.0.0.1', port: pipe.a.local.rtcpPort }
    thief.send(pipe.a.local, rtp(1), rtp(2), rtp(3), rtp(4), rtcp())
    thief.send(rtcpPort, rtcp(), rtcp())
    await expect.poll(() => pipe.a.received.foreign).toBe(7)
    a.send(pipe.a.local, rtp(1), rtp(2), rtp(3))
    for (let count = 1; count <= 3; count++) expect((await b.next()).bytes).toEqual(rtp(count))
    aRtcp.send(rtcpPort, rtcp())
    await expect.poll(() => pipe.a.received.rtcpPackets).toBe(1)
    expect([thief.heard, pipe.a.received.packets]).toEqual([[], 3])
  })

  it('opens the learning again when the party is announced elsewhere (RFC 3264 §8.3.1)', async () => {
    const [a, moved, b] = [await ear(), await ear(), await ear()]
    const pipe = relay.pipe()
    pipe.a.connect(a)
    pipe.b.connect(b)
    a.send(pipe.a.local, rtp(1), rtp(2), rtp(3))
    for (let count = 0; count < 3; count++) await b.next()
    pipe.a.connect(moved)
    moved.send(pipe.a.local, rtp(4))
    expect((await b.next()).bytes).toEqual(rtp(4))
    b.send(pipe.b.local, rtp(1))
    await moved.next()
  })

  it('believes only the announced address of a party that is not to be learned', async () => {
    const [a, b, other] = [await ear(), await ear(), await ear()]
    const call = relay.open()
    const [one, two] = [call.party('a', { learn: false }), call.party('b')]
    call.joinTo(one, two)
    one.media[0]!.connect(a)
    two.media[0]!.connect(b)
    other.send(one.media[0]!.local, rtp(1), rtp(2), rtp(3), rtp(4))
    await expect.poll(() => one.media[0]!.received.foreign).toBe(4)
  })

  it('passes what is not RTP only where the media is raw (T.38)', async () => {
    const [a, b] = [await ear(), await ear()]
    const pipe = relay.pipe()
    pipe.a.connect(a)
    pipe.b.connect(b)
    const fax = Buffer.from([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    a.send(pipe.a.local, fax)
    await expect.poll(() => pipe.a.received.malformed).toBe(1)
    pipe.a.connect({ address: a.address, port: a.port, raw: true })
    a.send(pipe.a.local, fax)
    expect((await b.next()).bytes).toEqual(fax)
  })

  it('tells of silence, but not of a party on hold', async () => {
    const call = relay.open('quiet')
    const [held, quiet] = [call.party('held', { silenceMs: 40 }), call.party('quiet', { silenceMs: 40 })]
    held.media[0]!.connect({ address: '127.0.0.1', port: 4000 })
    held.media[0]!.hold(true)
    quiet.media[0]!.connect({ address: '127.0.0.1', port: 4002 })
    for await (const event of relay.events) {
      expect(event).toMatchObject({ kind: 'silent', call: { id: 'quiet' }, party: { tag: 'quiet' } })
      break
    }
  })

  it('carries IPv6 on one side and IPv4 on the other', async () => {
    const both = await Relay.start({ interfaces: { v4: { address: '127.0.0.1' }, v6: { address: '::1' } }, ports: portRange(4) })
    const [a, b] = [await ear('::1'), await ear()]
    const call = both.open()
    const [six, four] = [call.party('a', { interface: 'v6' }), call.party('b', { interface: 'v4' })]
    call.joinTo(six, four)
    six.media[0]!.connect(a)
    four.media[0]!.connect(b)
    a.send(six.media[0]!.local, rtp(1))
    expect((await b.next()).bytes).toEqual(rtp(1))
    await both.close()
  })

  it('chains two calls of its own, port to port', async () => {
    const [a, b] = [await ear(), await ear()]
    const [left, right] = [relay.pipe(), relay.pipe()]
    left.a.connect(a)
    right.a.connect(left.b.local)
    left.b.connect(right.a.local)
    right.b.connect(b)
    a.send(left.a.local, rtp(1))
    expect((await b.next()).bytes).toEqual(rtp(1))
    b.send(right.b.local, rtp(2))
    expect((await a.next()).bytes).toEqual(rtp(2))
  })

  it('does not let two echoes face each other', async () => {
    const pipe = relay.pipe()
    const call = relay.open()
    const [one, two] = [call.party('one'), call.party('two')]
    one.echo()
    two.echo()
    one.media[0]!.connect(pipe.a.local)
    two.media[0]!.connect(pipe.b.local)
    pipe.a.connect(one.media[0]!.local)
    pipe.b.connect(two.media[0]!.local)
    const stranger = await ear()
    stranger.send(one.media[0]!.local, rtp(1), rtp(2), rtp(3), rtp(4))
    await expect.poll(() => one.media[0]!.received.packets + one.media[0]!.received.foreign).toBe(4)
    expect(relay.counters().packets).toBeLessThanOrEqual(8)
  })

  it("does not send to the port of somebody else's call", async () => {
    const a = await ear()
    const [victim, thief] = [relay.pipe(), relay.pipe()]
    thief.a.connect(a)
    thief.b.connect(victim.a.local)
    a.send(thief.a.local, rtp(1))
    await expect.poll(() => thief.a.received.unsent).toBe(1)
    expect(victim.a.received).toMatchObject({ packets: 0, foreign: 0 })
  })

  it('says when all ports are taken, and goes on when some come back', async () => {
    const small = await Relay.start({ interfaces: { lan: { address: '127.0.0.1' } }, ports: portRange(2), restMs: 0 })
    const calls = [small.open(), small.open(), small.open()]
    let full = 0
    const take = (): void => {
      for (const call of calls) call.party('a')
    }
    try {
      take()
    } catch (error) {
      full += 1
      expect((error as RelayError).code).toBe('ports-exhausted')
    }
    expect(full).toBe(1)
    for (const call of calls) call.close()
    await expect.poll(() => small.counters().ports).toBe(0)
    small.open().party('b')
    await small.close()
  })

  it('says which address is not of this machine', async () => {
    const started = Relay.start({ interfaces: { lan: { address: '192.0.2.1' } }, ports: portRange() })
    await expect(started).rejects.toMatchObject({ name: 'RelayError', code: 'address-unavailable' })
    await expect(started).rejects.toThrow('192.0.2.1')
  })

  it('refuses new calls once closed', async () => {
    await relay.close()
    expect(() => relay.pipe()).toThrow(RelayError)
  })
})
