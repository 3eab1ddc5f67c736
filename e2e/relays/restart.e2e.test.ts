/** A proxy that is killed in mid-call and comes back finds the relay of the call again: the BYE ends it there. RFC 3261 §15. */
import { readFileSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { Baresip } from '../baresip.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { until } from '../until.ts'
import { type MediaRelay, packetsOf, sessionsOf, startOurs, startTheirs } from './relay.ts'

const { title, skip } = needing('a proxy that is killed in mid-call', 'baresip', 'rtpengine')
const START = { ours: startOurs, theirs: startTheirs }

describe.skipIf(skip)(title, () => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close()
  })

  async function phone(platform: Platform, username: string, address: string): Promise<Baresip> {
    const phone = await Baresip.start(platform, { username, address })
    closing.push(() => phone.stop())
    return phone
  }

  /** Calls go to the first relay; the proxy comes back with weights that would choose the other one. */
  test.each([
    ['ours', 'ours'],
    ['theirs', 'ours'],
  ] as const)('on %s, beside %s: after the BYE neither has a session left, and the record has what was counted', async (first, second) => {
    const relays: MediaRelay[] = []
    for (const whose of [first, second]) {
      const relay = await START[whose]()
      closing.push(() => relay.stop())
      relays.push(relay)
    }
    const [one, other] = relays as [MediaRelay, MediaRelay]
    const weighted = (weights: readonly number[]): object => ({ relays: relays.map(({ ng }, at) => ({ ...ng, weight: weights[at] })) })
    const platform = await startPlatform({ config: { media: weighted([1, 0]) } })
    closing.push(() => platform.stop())
    const [alice, bob] = [await phone(platform, 'alice', '127.0.0.41'), await phone(platform, 'bob', '127.0.0.42')]
    alice.command('dial', `sip:102@${platform.demo.domain}`)
    await bob.event('CALL_INCOMING')
    bob.command('accept')
    await alice.event('CALL_ESTABLISHED')
    await until('sound over the first', async () => (await packetsOf(one)) >= 200)
    expect([await sessionsOf(one), await sessionsOf(other)]).toEqual([2, 0])
    const { media, ...rest } = JSON.parse(readFileSync(platform.file, 'utf8'))
    writeFileSync(platform.file, JSON.stringify({ ...rest, media: { ...media, ...weighted([0, 1]) } }))
    await platform.restart('users-proxy')
    alice.command('hangup')
    await bob.event('CALL_CLOSED')
    await until('both relays to be empty', async () => (await sessionsOf(one)) === 0 && (await sessionsOf(other)) === 0)
    const { legs, ...record } = await platform.cdr(1)
    expect(record).toMatchObject({ status: 200, hungUpBy: 'caller' })
    for (const leg of legs) expect(leg.packets).toBeGreaterThanOrEqual(50)
  })
})
