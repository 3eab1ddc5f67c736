/** Two baresips hear each other through the relay, and never learn where the other is. RFC 3264, RFC 3550. */
import { type BDict, mediaStatsOf } from '@strowger/media-control'
import { NgUdpClient } from '@strowger/media-control/udp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import { expectIdle } from './idle.ts'
import { needing } from './peers.ts'
import { type Platform, startPlatform } from './platform.ts'
import { until } from './until.ts'

const { title, skip } = needing('audio', 'baresip')
const ALICE = '127.0.0.41'
const BOB = '127.0.0.42'

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let calls = 0
  beforeAll(async () => {
    platform = await startPlatform()
  })
  afterAll(() => platform?.stop())

  const packets = (): Promise<number> => platform.metric('strowger_relay_packets_total')

  test.each([
    ['udp', 'udp'],
    ['tcp', 'udp'],
    ['udp', 'tcp'],
    ['tcp', 'tcp'],
  ] as const)('a phone over %s and one over %s hear the tone of the other', async (caller, callee) => {
    const alice = await Baresip.start(platform, { username: 'alice', address: ALICE, transport: caller })
    const bob = await Baresip.start(platform, { username: 'bob', address: BOB, transport: callee, hertz: 660 })
    try {
      const before = await packets()
      alice.command('dial', `sip:102@${platform.demo.domain}`)
      await bob.event('CALL_INCOMING')
      bob.command('accept')
      await alice.event('CALL_ESTABLISHED')
      await until('a hundred packets through both sessions', async () => (await packets()) >= before + 400)
      alice.command('hold')
      await until('the hold at the other phone', () => /a=(sendonly|inactive)/.test(bob.output))
      alice.command('resume')
      await until('audio after the hold', async () => (await packets()) >= before + 700)
      alice.command('hangup')
      await bob.event('CALL_CLOSED')
    } finally {
      await alice.stop()
      await bob.stop()
    }
    expect([alice.heard().hertz, bob.heard().hertz]).toEqual([expect.closeTo(660, -1), expect.closeTo(440, -1)])
    // Each sees the relay and the proxy, never the other (RFC 3264 §5: the SDP is the relay's).
    expect(received(bob, platform.users, BOB)).toContain('INVITE')
    expect(received(alice, platform.users, ALICE)).not.toContain(BOB)
    expect(received(bob, platform.users, BOB)).not.toContain(ALICE)
    const cdr = await platform.cdr(++calls)
    expect(cdr).toMatchObject({ caller: '101', callee: '102', direction: 'internal', hungUpBy: 'caller', status: 200 })
    expect(cdr.legs).toHaveLength(2)
    for (const leg of cdr.legs) expect(leg.packets).toBeGreaterThan(100)
    await expectIdle(platform)
  })

  test('the RTCP of both passes too, and the record says how it sounded (RFC 3550 §6)', async () => {
    const relay = await NgUdpClient.open({ address: '127.0.0.1', port: platform.ports.ng })
    const alice = await Baresip.start(platform, { username: 'alice', address: ALICE })
    const bob = await Baresip.start(platform, { username: 'bob', address: BOB })
    const reports = async (): Promise<readonly number[]> => {
      const { calls: sessions = [] } = (await relay.request({ command: 'list' })) as { calls?: readonly string[] }
      const all = await Promise.all(sessions.map(session => relay.request({ command: 'query', 'call-id': session })))
      return all.map(({ totals }) => (totals as unknown as { RTCP: { packets: number } }).RTCP.packets)
    }
    /** Sessions in which the party outside has answered a sender report. */
    const roundTrips = async (): Promise<number> => {
      const { calls: sessions = [] } = (await relay.request({ command: 'list' })) as { calls?: readonly string[] }
      const all = await Promise.all(sessions.map(session => relay.request({ command: 'query', 'call-id': session })))
      return all.filter(reply => mediaStatsOf(reply as BDict).filter(({ roundTrip }) => roundTrip !== undefined).length === 2).length
    }
    try {
      alice.command('dial', `sip:102@${platform.demo.domain}`)
      await bob.event('CALL_INCOMING')
      bob.command('accept')
      await alice.event('CALL_ESTABLISHED')
      // Each session has a phone on one side and the other session on the other: it counts the reports of both phones.
      await until(
        'reports of both phones in both sessions',
        async () => {
          const counts = await reports()
          return counts.length === 2 && counts.every(packets => packets >= 2)
        },
        15_000,
      )
      await until('both round trips', async () => (await roundTrips()) >= 2, 30_000)
      alice.command('hangup')
      await bob.event('CALL_CLOSED')
    } finally {
      await alice.stop()
      await bob.stop()
      await relay.close()
    }
    const { legs, ...record } = await platform.cdr(++calls)
    expect(record).toMatchObject({ callee: '102', status: 200 })
    expect(legs).toHaveLength(2)
    for (const { jitterMs, roundTripMs, mos } of legs) {
      expect(jitterMs).toBeGreaterThanOrEqual(0)
      expect(roundTripMs).toBeGreaterThan(0)
      // G.711 without loss over loopback.
      expect(mos).toBeGreaterThan(4)
      expect(mos).toBeLessThanOrEqual(4.5)
    }
    await expectIdle(platform)
  })

  test('*43 lets a phone hear itself', async () => {
    const alice = await Baresip.start(platform, { username: 'alice', address: ALICE })
    try {
      const before = await packets()
      alice.command('dial', `sip:*43@${platform.demo.domain}`)
      await alice.event('CALL_ESTABLISHED')
      await until('a hundred packets there and back', async () => (await packets()) >= before + 300)
      alice.command('hangup')
      await alice.event('CALL_CLOSED')
    } finally {
      await alice.stop()
    }
    expect(alice.heard().hertz).toBeCloseTo(440, -1)
    expect(await platform.cdr(++calls)).toMatchObject({ callee: '*43', direction: 'service', status: 200 })
    await expectIdle(platform)
  })
})

/** The SIP that came to a phone, as it traces it (`-s`): each message begins with `UDP from -> to`; a large one comes over a connection of its own (RFC 3261 §18.1.1). */
function received({ output }: Baresip, from: string, to: string): string {
  const messages = output.split(/^(?=(?:UDP|TCP) )/m)
  return messages.filter(message => [` ${from} -> `, ` -> ${to}:`].some(way => message.split('\n', 1)[0]?.includes(way))).join('\n')
}
