/** The relay of a running call dies for good: both sides are offered another one, and hear each other again. RFC 3261 §14. */
import { afterEach, describe, expect, test } from 'vitest'
import { Baresip } from '../baresip.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { until } from '../until.ts'
import { type MediaRelay, packetsOf, sessionsOf, startOurs, startTheirs } from './relay.ts'

const { title, skip } = needing('a running call whose relay dies', 'baresip', 'rtpengine')
const START = { ours: startOurs, theirs: startTheirs }

describe.skipIf(skip)(title, () => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })

  /** All calls go to the first as long as it answers. */
  async function stage(first: 'ours' | 'theirs', second: 'ours' | 'theirs'): Promise<readonly [Platform, MediaRelay, MediaRelay]> {
    const relays: MediaRelay[] = []
    for (const whose of [first, second]) {
      const relay = await START[whose]()
      closing.push(() => relay.stop())
      relays.push(relay)
    }
    const [one, other] = relays as [MediaRelay, MediaRelay]
    const media = {
      relays: [
        { ...one.ng, weight: 1 },
        { ...other.ng, weight: 0 },
      ],
    }
    const platform = await startPlatform({ config: { media, carrier: { enabled: true } } })
    closing.push(() => platform.stop())
    return [platform, one, other]
  }

  async function phone(platform: Platform, username: string, address: string, hertz: number): Promise<Baresip> {
    const phone = await Baresip.start(platform, { username, address, hertz })
    closing.push(() => phone.stop())
    return phone
  }

  /** Packets of one phone: more than the two seconds of sound that are looked at. Each passes two sessions. */
  const SOUND = 200

  test.each([
    ['ours', 'ours'],
    ['ours', 'theirs'],
    ['theirs', 'ours'],
  ] as const)('%s dies, %s takes its place, and two phones hear each other again', async (first, second) => {
    const [platform, one, other] = await stage(first, second)
    const alice = await phone(platform, 'alice', '127.0.0.41', 440)
    const bob = await phone(platform, 'bob', '127.0.0.42', 660)
    alice.command('dial', `sip:102@${platform.demo.domain}`)
    await bob.event('CALL_INCOMING')
    bob.command('accept')
    await alice.event('CALL_ESTABLISHED')
    await until('sound over the first', async () => (await packetsOf(one)) >= 200)
    await one.kill()
    await until('both sessions at the other', async () => (await sessionsOf(other)) === 2, 60_000)
    await until('sound over the other', async () => (await packetsOf(other)) >= 5 * SOUND, 60_000)
    expect(await platform.metric('strowger_media_sessions_stranded')).toBe(0)
    alice.command('hangup')
    await bob.event('CALL_CLOSED')
    await alice.stop()
    await bob.stop()
    expect([alice.heard(2).hertz, bob.heard(2).hertz]).toEqual([expect.closeTo(660, -1), expect.closeTo(440, -1)])
    const { legs, ...record } = await platform.cdr(1)
    expect(record).toMatchObject({ caller: '101', callee: '102', status: 200, hungUpBy: 'caller' })
    for (const leg of legs) expect(leg.packets).toBeGreaterThanOrEqual(SOUND)
    await until('the other to be empty', async () => (await sessionsOf(other)) === 0)
  })

  test('a call to a carrier, and one to the echo, go on too', async () => {
    const [platform, one, other] = await stage('ours', 'ours')
    const alice = await phone(platform, 'alice', '127.0.0.41', 440)
    const bob = await phone(platform, 'bob', '127.0.0.42', 660)
    alice.command('dial', `sip:+34911111111@${platform.demo.domain}`)
    await alice.event('CALL_ESTABLISHED')
    bob.command('dial', `sip:*43@${platform.demo.domain}`)
    await bob.event('CALL_ESTABLISHED')
    await until('four sessions at the first', async () => (await sessionsOf(one)) === 4)
    await until('sound over the first', async () => (await packetsOf(one)) >= 200)
    await one.kill()
    // The echo itself may be played by the platform's own relay, as much a last resort as the other.
    await until('three sessions at the other', async () => (await sessionsOf(other)) >= 3, 60_000)
    await until('sound over the other', async () => (await packetsOf(other)) >= 8 * SOUND, 60_000)
    for (const phone of [alice, bob]) phone.command('hangup')
    for (const phone of [alice, bob]) await phone.event('CALL_CLOSED')
    for (const phone of [alice, bob]) await phone.stop()
    expect([alice.heard(2).hertz, bob.heard(2).hertz]).toEqual([expect.closeTo(440, -1), expect.closeTo(660, -1)])
    const records = await until('two records', async () => {
      const rows = await platform.cdrs()
      return rows.length === 2 && rows
    })
    for (const record of records) expect(record).toMatchObject({ status: 200, hungUpBy: 'caller' })
  })
})
