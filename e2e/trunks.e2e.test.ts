/** Calls to and from the public network, by way of the demo carrier; strangers stay outside. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import { expectIdle } from './idle.ts'
import { needing } from './peers.ts'
import { type CdrRow, type Platform, startPlatform } from './platform.ts'
import { type Sipp, sipp } from './sipp.ts'
import { until } from './until.ts'

const { title, skip } = needing('trunks', 'baresip', 'sipp')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let attempts = 0
  beforeAll(async () => {
    platform = await startPlatform({ config: { carrier: { enabled: true } } })
  })
  beforeEach(async () => {
    attempts = (await platform.cdrs()).length
  })
  afterAll(() => platform?.stop())

  const record = (): Promise<CdrRow> => platform.cdr(attempts + 1)
  const packets = (): Promise<number> => platform.metric('strowger_relay_packets_total')
  const carrier = async (callee: string, address: string): Promise<Sipp> =>
    (await sipp(platform, { scenario: 'trunk-caller-refused', to: platform.trunks, address, keys: { callee } })).done()
  const rolesOf = (call: string): readonly string[] =>
    [...new Set(platform.lines.filter(line => line.call === call).map(({ role }) => role))].sort()
  const everyRole = ['appserver', 'jobs', 'media', 'trunks-proxy', 'users-proxy']

  test.each(['udp', 'tcp'] as const)('a phone over %s calls a number outside and hears itself', async transport => {
    const alice = await Baresip.start(platform, { username: 'alice', address: '127.0.0.41', transport })
    try {
      const before = await packets()
      alice.command('dial', `sip:+34911111111@${platform.demo.domain}`)
      await alice.event('CALL_ESTABLISHED')
      await until('audio there and back', async () => (await packets()) >= before + 250)
      alice.command('hangup')
      await alice.event('CALL_CLOSED')
    } finally {
      await alice.stop()
    }
    expect(alice.heard().hertz).toBeCloseTo(440, -1)
    const row = await record()
    expect(row).toMatchObject({ direction: 'outbound', caller: '101', callee: '+34911111111', status: 200, hungUpBy: 'caller' })
    expect(row.tenant).toEqual({ brand: 1, client: 1, user: 1 })
    expect(row.legs).toHaveLength(2)
    for (const leg of row.legs) expect(leg.packets).toBeGreaterThan(25)
    expect(rolesOf(row.call)).toEqual(everyRole)
    await expectIdle(platform)
  })

  test('the carrier calls the DDI: 101 rings, both hear each other', async () => {
    const alice = await Baresip.start(platform, { username: 'alice', address: '127.0.0.41' })
    const called = platform.command('carrier-call', '--to', platform.demo.ddi, '--seconds', '2')
    try {
      await alice.event('CALL_INCOMING')
      alice.command('accept')
      expect(JSON.parse(await called)).toMatchObject({ status: 200, heardHz: expect.closeTo(440, -1) })
      await alice.event('CALL_CLOSED')
    } finally {
      await alice.stop()
    }
    expect(alice.heard().hertz).toBeCloseTo(660, -1)
    const row = await record()
    expect(row).toMatchObject({ direction: 'inbound', caller: '+34600000001', callee: platform.demo.ddi, status: 200, hungUpBy: 'caller' })
    expect(row.tenant).toMatchObject({ brand: 1, client: 1 })
    expect(rolesOf(row.call)).toEqual(everyRole)
    await expectIdle(platform)
  })

  test.each(['DDI', 'number outside'])('an unknown source that calls a %s is refused with 403 and leaves nothing', async what => {
    const stranger = await carrier(what === 'DDI' ? platform.demo.ddi : '+34911111111', '127.0.0.66')
    expect(stranger.statuses('INVITE')).toEqual([403])
    await expectIdle(platform)
    expect(await platform.cdrs()).toHaveLength(attempts)
  })

  test("the carrier calls a number that is nobody's: 404, with a record", async () => {
    const run = await carrier('+34999999999', '127.0.0.1')
    expect(run.statuses('INVITE')).toEqual([404])
    expect(await record()).toMatchObject({ direction: 'inbound', callee: '+34999999999', status: 404, answer: null })
    await expectIdle(platform)
  })

  test('the carrier calls the DDI while its phone is gone: 480, with a record', async () => {
    const run = await carrier(platform.demo.ddi, '127.0.0.1')
    expect(run.statuses('INVITE')).toEqual([480])
    expect(await record()).toMatchObject({ direction: 'inbound', callee: platform.demo.ddi, status: 480, answer: null })
    await expectIdle(platform)
  })
})
