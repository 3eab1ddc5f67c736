/** Several relays behind the platform, ours and an rtpengine: shared out by weight, watched by ping, left when they die. RFC 3264 §5. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Baresip } from '../baresip.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { sipp } from '../sipp.ts'
import { until } from '../until.ts'
import { type MediaRelay, packetsOf, sessionsOf, startOurs, startTheirs } from './relay.ts'

const { title, skip } = needing('a set of relays', 'sipp', 'baresip', 'rtpengine')
/** With so many none of the three is left out by chance: 0.75^CALLS. */
const CALLS = 60

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let heavy: MediaRelay
  let light: MediaRelay
  let theirs: MediaRelay
  let reserve: MediaRelay
  const relays: MediaRelay[] = []

  beforeAll(async () => {
    for (const start of [startOurs, startOurs, startTheirs, startOurs]) relays.push(await start())
    ;[heavy, light, theirs, reserve] = relays as [MediaRelay, MediaRelay, MediaRelay, MediaRelay]
    const weights = [2, 1, 1, 0]
    platform = await startPlatform({ config: { media: { relays: relays.map(({ ng }, at) => ({ ...ng, weight: weights[at] })) } } })
  }, 300_000)
  afterAll(async () => {
    await platform?.stop()
    for (const relay of relays) await relay.stop()
  })

  /** Of the users' proxy. */
  const gauge = async (name: string, relay: MediaRelay): Promise<number | undefined> =>
    (await platform.metrics()).find(one => one.name === name && one.labels.relay === relay.name && one.labels.role === 'users-proxy')?.value

  const dead = new Set<MediaRelay>()
  /** Killed, and known to be. */
  async function down(relay: MediaRelay): Promise<void> {
    if (!dead.has(relay)) await relay.kill()
    dead.add(relay)
    await until('its ping to fail', async () => (await gauge('strowger_media_relay_up', relay)) === 0)
  }

  /** So many echo calls at once; while all are up `look` looks on. */
  async function calling(look: () => Promise<void>): Promise<void> {
    const caller = await sipp(platform, {
      scenario: 'caller-hangs-up',
      keys: { callee: '*43', talk: '12000' },
      calls: CALLS,
      rate: 30,
      timeoutSeconds: 120,
      trace: false,
    })
    await until('all calls up', async () => (await platform.metric('strowger_media_relay_sessions')) === CALLS, 60_000)
    await look()
    await caller.done()
    await until('no session left', async () => (await platform.metric('strowger_media_relay_sessions')) === 0)
  }

  test('new calls are shared out by weight, and so are their services among those that know them; one of weight 0 gets none', async () => {
    await calling(async () => {
      const all = [heavy, light, theirs, reserve]
      const counts = await Promise.all(all.map(sessionsOf))
      expect(counts.reduce((sum, count) => sum + count)).toBe(2 * CALLS)
      for (const count of counts.slice(0, 3)) expect(count).toBeGreaterThan(0)
      expect(counts[3]).toBe(0)
      const gauges = await Promise.all(all.map(relay => gauge('strowger_media_relay_sessions', relay)))
      expect(gauges.reduce<number>((sum, count) => sum + (count ?? 0), 0)).toBe(CALLS)
      expect(gauges[2]).toBe(counts[2])
      for (const [at, count] of counts.slice(0, 2).entries()) expect(count).toBeGreaterThan(gauges[at] ?? 0)
    })
  })

  test('both sides of a call are on one relay', async () => {
    const [alice, bob] = await phones()
    try {
      await talk(alice, bob)
      const counts = await Promise.all(relays.map(sessionsOf))
      expect(counts.filter(count => count > 0)).toEqual([2])
    } finally {
      await alice.stop()
      await bob.stop()
    }
  })

  test('a relay that dies gets no more calls, and is not waited for once it is known to be down', async () => {
    await down(heavy)
    await calling(async () => {
      expect(await gauge('strowger_media_relay_sessions', heavy)).toBe(0)
      for (const relay of [light, theirs]) expect(await sessionsOf(relay)).toBeGreaterThan(0)
      expect(await sessionsOf(reserve)).toBe(0)
    })
  })

  test('two phones hear each other over a relay that is left', async () => {
    await down(heavy)
    const [alice, bob] = await phones()
    try {
      await talk(alice, bob)
      const carrying = await until('sound', async () => {
        const all = await Promise.all([light, theirs].map(async relay => ((await packetsOf(relay)) >= 200 ? [relay] : [])))
        return all.flat()[0]
      })
      expect(await sessionsOf(carrying)).toBe(2)
      alice.command('hangup')
      await bob.event('CALL_CLOSED')
    } finally {
      await alice.stop()
      await bob.stop()
    }
    expect([alice.heard().hertz, bob.heard().hertz]).toEqual([expect.closeTo(660, -1), expect.closeTo(440, -1)])
  })

  test('the one of weight 0 takes the calls when all others are gone', async () => {
    for (const relay of [heavy, light, theirs]) await down(relay)
    const [alice, bob] = await phones()
    try {
      await talk(alice, bob)
      await until('sound', async () => (await packetsOf(reserve)) >= 100)
    } finally {
      await alice.stop()
      await bob.stop()
    }
  })

  async function phones(): Promise<readonly [Baresip, Baresip]> {
    const alice = await Baresip.start(platform, { username: 'alice', address: '127.0.0.41' })
    return [alice, await Baresip.start(platform, { username: 'bob', address: '127.0.0.42', hertz: 660 })]
  }

  async function talk(alice: Baresip, bob: Baresip): Promise<void> {
    alice.command('dial', `sip:102@${platform.demo.domain}`)
    await bob.event('CALL_INCOMING')
    bob.command('accept')
    await alice.event('CALL_ESTABLISHED')
  }
})
