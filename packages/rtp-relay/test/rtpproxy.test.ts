/** Our relay driven by rtpproxy's protocol: two phones hear each other, as a Kamailio with rtpproxy_offer() and rtpproxy_answer() asks for it. */
import type { RtppLookup, RtppPort, RtppUpdate } from '@strowger/media-control/rtpproxy'
import { NgUdpClient, RtppUdpClient } from '@strowger/media-control/udp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestRole, type TestRole } from './media-role.ts'
import { Ear, rtcp, rtp } from './phone.ts'

const ENABLED = { enabled: true, address: '127.0.0.1', port: 0 }
const PATIENT = { giveUpMs: 30_000 }

describe("our relay over rtpproxy's protocol", () => {
  let role: TestRole
  let client: RtppUdpClient
  let calls = 0
  let callId = ''
  const ears: Ear[] = []

  beforeAll(async () => {
    role = await startTestRole({ rtpproxy: ENABLED })
    client = await RtppUdpClient.open({ ...role.rtpproxy!, ...PATIENT })
  })
  afterAll(async () => {
    await client.close()
    await role.stop()
  })
  beforeEach(() => {
    callId = `call-${calls++}@x`
  })
  afterEach(async () => {
    await client.request({ command: 'delete-all' })
    for (const ear of ears.splice(0)) ear.close()
  })

  const ear = async (): Promise<Ear> => {
    const one = await Ear.open()
    ears.push(one)
    return one
  }
  const from = { tag: 'A', media: 1 } as const
  const to = { tag: 'B', media: 1 } as const
  const where = ({ port, address }: RtppPort): { address: string; port: number } => ({ port, address: address! })
  const offer = (port: number, more: Partial<RtppUpdate> = {}): Promise<RtppPort> =>
    client.request({ command: 'update', callId, address: '127.0.0.1', port, from, ...more })
  const answer = (port: number, more: Partial<RtppLookup> = {}): Promise<RtppPort> =>
    client.request({ command: 'lookup', callId, address: '127.0.0.1', port, from, to, ...more })

  /** `a` and `b` with the relay between them. */
  async function call(): Promise<{ a: Ear; b: Ear; toA: RtppPort; toB: RtppPort }> {
    const [a, b] = [await ear(), await ear()]
    const toB = await offer(a.port)
    const toA = await answer(b.port)
    return { a, b, toA, toB }
  }

  it('tells its version and its extensions', async () => {
    expect(await client.request({ command: 'version' })).toEqual({ kind: 'version', version: '20040107' })
    const known = async (feature: string): Promise<boolean> => (await client.request({ command: 'feature', feature })).known
    expect(await known('20050322')).toBe(true)
    expect(await known('20081224')).toBe(false)
  })

  it('relays RTP between two phones, both ways, and RTCP on the next ports (RFC 3550 §11)', async () => {
    const { a, b, toA, toB } = await call()
    expect(toA.port % 2).toBe(0)
    expect(toB.port).not.toBe(toA.port)
    a.send(where(toA), rtp(1), rtp(2))
    expect((await b.next()).bytes).toEqual(rtp(1))
    const second = await b.next()
    expect(second.bytes).toEqual(rtp(2))
    expect(second.from.port).toBe(toB.port)
    b.send(where(toB), rtp(9))
    expect((await a.next()).bytes).toEqual(rtp(9))
    const query = { command: 'query', callId, from, to: { tag: 'B' } } as const
    await expect.poll(async () => (await client.request(query)).counters.map(({ value }) => value).slice(1)).toEqual([2, 1, 3, 0])
    a.send({ ...where(toA), port: toA.port + 1 }, rtcp())
    await expect.poll(() => [...role.board.sessions.values()][0]?.legs[0]?.party.media[0]?.received.rtcpPackets).toBe(1)
  })

  it('gives the same ports again: to a repeated offer, a re-INVITE from either side, another answer', async () => {
    const { a, b, toA, toB } = await call()
    expect(await offer(a.port)).toEqual(toB)
    expect(await offer(a.port, { to })).toEqual(toB)
    expect(await offer(b.port, { from: to, to: from })).toEqual(toA)
    expect(await answer(a.port, { from: to, to: from })).toEqual(toB)
    expect(role.board.sessions.size).toBe(1)
  })

  it('sends to where a party has moved', async () => {
    const { a, toA } = await call()
    const moved = await ear()
    await offer(moved.port, { from: to, to: from })
    a.send(where(toA), rtp(5))
    expect((await moved.next()).bytes).toEqual(rtp(5))
  })

  it('an answer to what nobody offered is port 0', async () => {
    expect(await answer(4000)).toEqual({ kind: 'port', port: 0 })
  })

  it('each m-line has ports of its own, and a delete without a number ends all, from either side', async () => {
    const one = await offer(4000)
    const two = await offer(4002, { from: { tag: 'A', media: 2 } })
    expect(two.port).not.toBe(one.port)
    await client.request({ command: 'delete', callId, from, to })
    expect(role.board.sessions.size).toBe(1)
    await offer(4000)
    await client.request({ command: 'delete', callId, from: { tag: 'B' }, to: { tag: 'A' } })
    expect(role.board.sessions.size).toBe(0)
    await expect.poll(() => role.board.relay.counters().ports).toBe(0)
    await expect(client.request({ command: 'delete', callId, from: { tag: 'A' } })).rejects.toThrow('E50')
  })

  it('a stream goes on while it is held strongly or weakly', async () => {
    const drop = (weak: boolean, sides: object = { from }): Promise<unknown> =>
      client.request({ command: 'delete', callId, from, ...sides, ...(weak ? { weak } : {}) })
    await offer(4000, { weak: true })
    await offer(4000)
    await answer(4002, { weak: true })
    await drop(false)
    await drop(true)
    expect(role.board.sessions.size).toBe(1)
    await drop(true, { from: to, to: from })
    expect(role.board.sessions.size).toBe(0)
  })

  it('a party on hold is not expected to speak (RFC 3264 §8.4)', async () => {
    const { a } = await call()
    const [session] = role.board.sessions.values()
    const silents = (): unknown[] => session!.legs.map(({ party }) => party.silent(Date.now() + 3_600_000))
    expect(silents()).toEqual([true, true])
    await offer(a.port, { address: '0.0.0.0' })
    expect(silents()).toEqual([undefined, undefined])
    await offer(a.port)
    expect(silents()).toEqual([true, true])
  })

  it('an asymmetric party is believed at its address only', async () => {
    const [a, b, stranger] = [await ear(), await ear(), await ear()]
    await offer(a.port, { symmetry: 'asymmetric' })
    const toA = await answer(b.port)
    stranger.send(where(toA), rtp(1))
    a.send(where(toA), rtp(2))
    expect((await b.next()).bytes).toEqual(rtp(2))
    const { counters } = await client.request({ command: 'query', callId, from, to, counters: ['ndropped', 'npkts_ina'] })
    expect(counters.map(({ value }) => value)).toEqual([1, 1])
  })

  it('refuses what it has no extension for, and what is no address', async () => {
    await expect(offer(4000, { ptimeMs: 20 })).rejects.toThrow('E35')
    await expect(offer(4000, { newPort: true })).rejects.toThrow('E35')
    await expect(offer(4000, { notify: { socket: 'unix:/x', tag: 't' } })).rejects.toThrow('E75')
    await expect(offer(4000, { address: 'phone.example' })).rejects.toThrow('E37')
    await expect(client.request({ command: 'query', callId, from })).rejects.toThrow('E50')
    await expect(client.request({ command: 'statistics', counters: [] })).rejects.toThrow('E1')
    await offer(4000)
    await expect(client.request({ command: 'query', callId, from, to, counters: ['moon'] })).rejects.toThrow('E62')
  })

  it('plays, records and copies nothing yet, and says that it failed; there is nothing to stop', async () => {
    const stream = { callId, from } as const
    const commands = [
      [{ command: 'play', ...stream, prompt: 'x', codecs: 'session' }, 'E60'],
      [{ command: 'record', ...stream }, 'E65'],
      [{ command: 'copy', ...stream, target: 'udp:127.0.0.1:4000' }, 'E65'],
    ] as const
    for (const [command] of commands) await expect(client.request(command)).rejects.toThrow('E50')
    await expect(client.request({ command: 'stop-play', ...stream })).rejects.toThrow('E50')
    await offer(4000)
    for (const [command, code] of commands) await expect(client.request(command)).rejects.toThrow(code)
    for (const command of ['stop-play', 'stop-record'] as const) {
      expect(await client.request({ command, ...stream })).toEqual({ kind: 'done' })
    }
  })

  it('tells its counters by their names', async () => {
    const ask = async (...counters: readonly string[]): Promise<readonly number[]> =>
      (await client.request({ command: 'statistics', counters })).counters.map(({ value }) => value)
    const [created = 0, received = 0] = await ask('nsess_created', 'npkts_rcvd')
    const { a, b, toA } = await call()
    a.send(where(toA), rtp(1))
    await b.next()
    expect(await ask('npkts_rcvd', 'nsess_created')).toEqual([received + 1, created + 1])
    await expect(ask('moon')).rejects.toThrow('E68')
  })

  it('deletes all of its own and nothing that came over NG, and tells of both', async () => {
    const ng = await NgUdpClient.open({ ...role.ng, ...PATIENT })
    const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n'
    await ng.request({ command: 'offer', 'call-id': 'other', 'from-tag': 'A', sdp })
    await offer(4000)
    // The packet thread lets go of the last test's ports some milliseconds after the answer.
    await expect.poll(() => client.request({ command: 'info' })).toMatchObject({ activeSessions: 2, activeStreams: 4 })
    await client.request({ command: 'delete-all' })
    expect([...role.board.sessions.keys()]).toEqual(['other'])
    await ng.request({ command: 'delete', 'call-id': 'other' })
    await ng.close()
  })
})

describe("a relay with rtpproxy's protocol and little room", () => {
  it('says when it has no ports left, and leaks none', async () => {
    const from = 31_190 - (process.pid % 100) * 8
    const role = await startTestRole({ rtpproxy: ENABLED, ports: { from, to: from + 3 } })
    const client = await RtppUdpClient.open({ ...role.rtpproxy!, ...PATIENT })
    const offer = (callId: string): Promise<RtppPort> =>
      client.request({ command: 'update', callId, address: '127.0.0.1', port: 4000, from: { tag: 'A' } })
    await offer('one')
    await expect(offer('two')).rejects.toThrow('E71')
    expect([...role.board.sessions.keys()]).toEqual(['one A'])
    await client.close()
    await role.stop()
  })

  it('takes no new sessions while it drains, goes on with those it has, and ends with the last', async () => {
    const role = await startTestRole({ rtpproxy: ENABLED })
    const client = await RtppUdpClient.open({ ...role.rtpproxy!, ...PATIENT })
    const offer = (callId: string): Promise<RtppPort> =>
      client.request({ command: 'update', callId, address: '127.0.0.1', port: 4000, from: { tag: 'A' } })
    const first = await offer('one')
    const drained = role.drain()
    await expect(offer('two')).rejects.toThrow('E99')
    expect(await offer('one')).toEqual(first)
    await client.request({ command: 'delete', callId: 'one', from: { tag: 'A' } })
    await drained
    await client.close()
  })

  it('ends an answered stream that nobody sends on', async () => {
    const role = await startTestRole({ rtpproxy: ENABLED, silenceSeconds: 0.06 })
    const client = await RtppUdpClient.open({ ...role.rtpproxy!, ...PATIENT })
    const stream = { callId: 'one', address: '127.0.0.1', port: 4000, from: { tag: 'A' } } as const
    await client.request({ command: 'update', ...stream })
    await client.request({ command: 'lookup', ...stream, port: 4002, to: { tag: 'B' } })
    await expect.poll(() => role.board.endings.silent).toBe(1)
    expect(role.board.sessions.size).toBe(0)
    await client.close()
    await role.stop()
  })

  it('listens only where it is told to', async () => {
    const role = await startTestRole()
    expect(role.rtpproxy).toBeUndefined()
    await role.stop()
  })
})
