import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Pipe, Relay } from '../src/index.ts'
import { Ear, portRange, rtcp, rtp } from './phone.ts'

/** A and B speak over two calls of one relay: as when each of two proxies anchors its side of a call. */
describe('a call that passes the relay twice', () => {
  let relay: Relay
  let a: Ear
  let b: Ear
  let left: Pipe
  let right: Pipe
  const ears: Ear[] = []
  const ear = async (): Promise<Ear> => {
    const made = await Ear.open()
    ears.push(made)
    return made
  }
  /** What came to sockets of the relay, whoever counts it in his statistics. */
  const received = (): number => relay.counters().packets
  const speak = async (from: Ear, to: Ear, at: Pipe, packets: number): Promise<void> => {
    for (let sequence = 0; sequence < packets; sequence++) {
      from.send(at.a.local, rtp(sequence))
      expect((await to.next()).bytes).toEqual(rtp(sequence))
    }
  }

  beforeEach(async () => {
    relay = await Relay.start({ interfaces: { lan: { address: '127.0.0.1' } }, ports: portRange(), restMs: 0 })
    a = await ear()
    b = await ear()
    left = relay.pipe()
    right = relay.pipe()
    left.a.connect(a)
    right.a.connect(b)
    left.b.connect(right.b.local)
    right.b.connect(left.b.local)
  })
  afterEach(async () => {
    await relay.close()
    for (const one of ears.splice(0)) one.close()
  })

  it('receives and sends each packet once, and counts it in both calls', async () => {
    await speak(a, b, left, 10)
    await speak(b, a, right, 5)
    expect(received()).toBe(15)
    expect([left.a, right.b].map(media => media.received.packets)).toEqual([10, 10])
    expect([right.a, left.b].map(media => media.received.packets)).toEqual([5, 5])
    expect([left.b, right.a].map(media => media.received.sentPackets)).toEqual([10, 10])
    expect([right.b, left.a].map(media => media.received.sentPackets)).toEqual([5, 5])
    expect(right.b.received).toMatchObject({ bytes: 1720, lost: 0, ssrc: 0x1234 })
  })

  it('is told to the listener from the port he knows (RFC 4961 §4)', async () => {
    a.send(left.a.local, rtp(1))
    expect((await b.next()).from.port).toBe(right.a.local.port)
  })

  it('takes reports along (RFC 3550 §6)', async () => {
    const aRtcp = await ear()
    left.a.connect({ address: '127.0.0.1', port: a.port, rtcpPort: aRtcp.port })
    right.a.connect({ address: '127.0.0.1', port: b.port, rtcpPort: b.port })
    aRtcp.send({ address: '127.0.0.1', port: left.a.local.rtcpPort }, rtcp())
    expect((await b.next()).from.port).toBe(right.a.local.port)
    expect([left.a, right.b].map(media => media.received.rtcpPackets)).toEqual([1, 1])
  })

  it('parts when one side goes elsewhere, and meets again', async () => {
    const elsewhere = await ear()
    right.b.connect(elsewhere)
    a.send(left.a.local, rtp(1))
    // Over the kernel, and from the host of the new party.
    expect((await b.next()).bytes).toEqual(rtp(1))
    expect(received()).toBe(2)
    right.b.connect(left.b.local)
    await speak(a, b, left, 3)
    expect(received()).toBe(5)
  })

  it('parts when one side is to be recorded or played to, and loses nothing', async () => {
    right.b.stayApart(true)
    await speak(a, b, left, 3)
    expect(received()).toBe(6)
    right.b.stayApart(false)
    await speak(a, b, left, 3)
    expect(received()).toBe(9)
  })

  it('is silent when one of the two calls does not pass on, or has ended', async () => {
    right.b.joinTo(undefined)
    a.send(left.a.local, rtp(1))
    await expect.poll(() => right.b.received.packets).toBe(1)
    expect(right.a.received.sentPackets).toBe(0)
    right.close()
    a.send(left.a.local, rtp(2))
    await expect.poll(() => left.a.received.packets).toBe(2)
    expect(b.heard).toEqual([])
  })

  it('passes an echo of its own once too', async () => {
    const echo = relay.open()
    const party = echo.party('echo')
    party.echo()
    const [media] = party.media
    media!.connect(left.b.local)
    left.b.connect(media!.local)
    await speak(a, a, left, 5)
    expect([received(), media!.received.packets, left.b.received.packets]).toEqual([5, 5, 5])
  })

  it('goes over the kernel where the two calls are of different threads', async () => {
    const wide = await Relay.start({ interfaces: { lan: { address: '127.0.0.1' } }, ports: portRange(), threads: 2 })
    const [one, other] = [wide.pipe(), wide.pipe()]
    one.a.connect(a)
    other.a.connect(b)
    one.b.connect(other.b.local)
    other.b.connect(one.b.local)
    await speak(a, b, one, 3)
    expect(wide.counters().packets).toBe(6)
    await wide.close()
  })

  it('is served by the thread of the call it belongs to', async () => {
    const wide = await Relay.start({ interfaces: { lan: { address: '127.0.0.1' } }, ports: portRange(), threads: 2 })
    const first = wide.open('call.a')
    const second = wide.open('call.b', first)
    const [one, other] = [first, second].map(call => [call.party('outside').media[0]!, call.party('inside').media[0]!] as const)
    one![0].connect(a)
    other![0].connect(b)
    one![0].joinTo(one![1])
    other![1].joinTo(other![0])
    one![1].connect(other![1].local)
    other![1].connect(one![1].local)
    a.send(one![0].local, rtp(1))
    expect((await b.next()).bytes).toEqual(rtp(1))
    expect(wide.counters().packets).toBe(1)
    await wide.close()
  })
})
