/** Somebody else on the network, bounded and on loopback: he hears nothing, is not heard, and steers nothing. */
import { NgUdpClient } from '@strowger/media-control/udp'
import { writeReducedSize } from '@strowger/rtp-packet'
import { configFrom } from '@strowger/runtime'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { sdpOf, seen, target } from '../e2e/ng-script.ts'
import { startTestRole, type TestRole } from './media-role.ts'
import { Ear, rtcp, rtp } from './phone.ts'

describe('an attacker', () => {
  let role: TestRole
  let client: NgUdpClient
  let calls = 0
  const ears: Ear[] = []
  const ear = async (address?: string): Promise<Ear> => {
    const made = await Ear.open(address)
    ears.push(made)
    return made
  }

  beforeAll(async () => {
    role = await startTestRole()
    client = await NgUdpClient.open({ ...role.ng, giveUpMs: 30_000 })
  })
  afterAll(async () => {
    await client.close()
    await role.stop()
  })
  afterEach(() => {
    for (const one of ears.splice(0)) one.close()
  })

  interface Call {
    readonly id: string
    readonly a: Ear
    readonly b: Ear
    readonly toA: { readonly address: string; readonly port: number }
    readonly toB: { readonly address: string; readonly port: number }
  }

  /** `nat`: A's SDP tells an address that nobody can reach, its signalling came from where it is. */
  async function call(nat = false, lines: readonly string[] = []): Promise<Call> {
    const [a, b] = [await ear(), await ear()]
    const id = `attacked-${calls++}`
    const sdp = nat ? sdpOf(a.port, lines).replaceAll('127.0.0.1', '10.9.9.9') : sdpOf(a.port, lines)
    const ids = { 'call-id': id, 'from-tag': 'A' }
    const more = nat ? { 'received-from': ['IP4', '127.0.0.1'] } : {}
    const toB = target(seen(await client.request({ command: 'offer', ...ids, sdp, ...more })))
    const toA = target(seen(await client.request({ command: 'answer', ...ids, 'to-tag': 'B', sdp: sdpOf(b.port) })))
    return { id, a, b, toA, toB }
  }

  const streamsOf = ({ id }: Call) => role.board.sessions.get(id)!.legs.map(leg => leg.party.media[0]!)
  const foreignOf = (one: Call): number => streamsOf(one).reduce((sum, media) => sum + media.received.foreign, 0)
  const spray = (from: Ear, one: Call, packets: number, first = 500): void => {
    for (let at = 0; at < packets; at++) {
      for (const to of [one.toA, one.toB]) from.send(to, rtp(first + at, { ssrc: 0xbad, fill: 0x99 }))
    }
  }
  const injected = (into: Ear): number => into.heard.filter(({ bytes }) => bytes.readUInt32BE(8) === 0xbad).length
  /** A has spoken: three packets tell where a phone behind a NAT is. */
  const begin = async ({ a, b, toA }: Call): Promise<void> => {
    const heard = b.heard.length
    a.send(toA, rtp(60_001), rtp(60_002), rtp(60_003))
    await expect.poll(() => b.heard.length).toBe(heard + 3)
  }
  /** A and B speak, and every packet arrives. */
  const speak = async ({ a, b, toA, toB }: Call, first: number, packets: number): Promise<void> => {
    for (let sequence = first; sequence < first + packets; sequence++) {
      a.send(toA, rtp(sequence))
      b.send(toB, rtp(sequence))
      const arrived = ({ heard }: Ear): boolean => heard.some(({ bytes }) => bytes.equals(rtp(sequence)))
      await expect.poll(() => arrived(a) && arrived(b)).toBe(true)
    }
  }

  describe.each([
    ['behind a NAT', true],
    ['announced where it is', false],
  ] as const)('of a phone that is %s', (_, nat) => {
    it('hears nothing, and is not heard, when he was first (RTP bleed)', async () => {
      const thief = await ear('127.0.0.66')
      const one = await call(nat)
      // Well within the half second after which a stranger is heard where nobody else speaks.
      spray(thief, one, 10)
      await expect.poll(() => foreignOf(one)).toBe(20)
      await begin(one)
      await speak(one, 1, 10)
      spray(thief, one, 50, 1000)
      await expect.poll(() => foreignOf(one)).toBe(120)
      await speak(one, 11, 5)
      expect([thief.heard.length, injected(one.a), injected(one.b)]).toEqual([0, 0, 0])
    })

    it('hears nothing, and is not heard, in the middle of the call (RTP inject)', async () => {
      const one = await call(nat)
      await begin(one)
      await speak(one, 1, 5)
      const thief = await ear('127.0.0.66')
      for (let burst = 0; burst < 10; burst++) {
        spray(thief, one, 20, burst * 20)
        await speak(one, 6 + burst, 1)
      }
      await expect.poll(() => foreignOf(one)).toBe(400)
      expect([thief.heard.length, injected(one.a), injected(one.b)]).toEqual([0, 0, 0])
    })
  })

  it('ends and spoils nothing with reports and farewells (RTCP BYE, SR)', async () => {
    const one = await call()
    await speak(one, 1, 5)
    const before = streamsOf(one).map(media => ({ ...media.received, foreign: 0 }))
    const thief = await ear('127.0.0.66')
    const sender = { ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 3, packetCount: 4, octetCount: 5 }
    const bye = Buffer.from(writeReducedSize([{ kind: 'bye', ssrcs: [0x1234], reason: undefined }]))
    const report = Buffer.from(
      writeReducedSize([{ kind: 'sender-report', ssrc: 0x1234, sender, reports: [], extension: new Uint8Array(0) }]),
    )
    for (const { address, port } of [one.toA, one.toB]) {
      for (const at of [port, port + 1]) thief.send({ address, port: at }, bye, report, rtcp())
    }
    await expect.poll(() => foreignOf(one)).toBe(12)
    expect(streamsOf(one).map(media => ({ ...media.received, foreign: 0 }))).toEqual(before)
    await speak(one, 6, 5)
    expect(thief.heard).toEqual([])
  })

  it.each([
    ['a group', 'c=IN IP4 224.0.0.1', 4000],
    ['a cloud that tells secrets', 'c=IN IP4 169.254.169.254', 4000],
    ['nobody', 'c=IN IP4 0.0.0.0', 4000],
    ['a well-known port', 'c=IN IP4 127.0.0.1', 53],
  ])('cannot make the relay send to %s', async (_, connection, port) => {
    const b = await ear()
    const ids = { 'call-id': `steered-${calls++}`, 'from-tag': 'A' }
    const sdp = sdpOf(port).replace('c=IN IP4 127.0.0.1', connection)
    const toB = target(seen(await client.request({ command: 'offer', ...ids, sdp })))
    await client.request({ command: 'answer', ...ids, 'to-tag': 'B', sdp: sdpOf(b.port) })
    b.send(toB, rtp(1))
    const [a, own] = role.board.sessions.get(ids['call-id'])!.legs.map(leg => leg.party.media[0]!)
    await expect.poll(() => own!.received).toMatchObject({ packets: 1, unsent: 1 })
    expect(a!.received.sentPackets).toBe(0)
  })

  it("cannot make the relay send to the house's own ports, nor into somebody else's call", async () => {
    const victim = await call()
    await speak(victim, 1, 3)
    const { usersProxy, appserver } = configFrom({})
    for (const port of [usersProxy.udp, appserver.udp, victim.toA.port, victim.toA.port + 1]) {
      const b = await ear()
      const ids = { 'call-id': `steered-${calls++}`, 'from-tag': 'A' }
      const toB = target(seen(await client.request({ command: 'offer', ...ids, sdp: sdpOf(port) })))
      await client.request({ command: 'answer', ...ids, 'to-tag': 'B', sdp: sdpOf(b.port) })
      b.send(toB, rtp(1))
      const [, own] = role.board.sessions.get(ids['call-id'])!.legs.map(leg => leg.party.media[0]!)
      await expect.poll(() => own!.received).toMatchObject({ packets: 1, unsent: 1 })
    }
    expect(foreignOf(victim)).toBe(0)
    await speak(victim, 4, 3)
  })

  it('cannot steer reports by a=rtcp either (RFC 3605 §2.1)', async () => {
    const one = await call(false, ['a=rtcp:4001 IN IP4 224.0.0.1'])
    one.b.send({ address: one.toB.address, port: one.toB.port + 1 }, rtcp())
    const [a, b] = streamsOf(one)
    await expect.poll(() => b!.received).toMatchObject({ rtcpPackets: 1, unsent: 1 })
    expect(a!.received.sentPackets).toBe(0)
  })

  it('has what is not media counted and dropped, whatever it is', async () => {
    const one = await call()
    await speak(one, 1, 3)
    let seed = 7
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((seed / 2 ** 32) * below)
    }
    const heard = one.b.heard.length
    for (let count = 0; count < 500; count++) {
      const rubbish = Buffer.from(Array.from({ length: random(300) }, () => random(256)))
      if (rubbish.length > 0) rubbish[0] = rubbish[0]! & 0x3f
      one.a.send({ ...one.toA, port: one.toA.port + (count % 2) }, rubbish)
      if (count % 50 === 49) await expect.poll(() => streamsOf(one)[0]!.received.malformed).toBe(count + 1)
    }
    expect(one.b.heard.length).toBe(heard)
    await speak(one, 4, 3)
  })
})
