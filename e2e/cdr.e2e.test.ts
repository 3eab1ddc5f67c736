/** One call has one name, in the log of every role it passes and in its record (design §5). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import { needing } from './peers.ts'
import { type Platform, startPlatform } from './platform.ts'
import { until } from './until.ts'

const { title, skip } = needing('records', 'baresip')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startPlatform({ config: { carrier: { enabled: true } } })
  })
  afterAll(() => platform?.stop())

  test('every role names a call to a carrier alike, from the phone to the record', async () => {
    const alice = await Baresip.start(platform, { username: 'alice', address: '127.0.0.1' })
    try {
      alice.command('dial', `sip:+34911111111@${platform.demo.domain}`)
      await alice.event('CALL_ESTABLISHED')
      await until('audio', async () => (await platform.metric('strowger_relay_packets_total')) >= 100)
      alice.command('hangup')
      await alice.event('CALL_CLOSED')
    } finally {
      await alice.stop()
    }
    const row = await platform.cdr(1)
    const roles = (): readonly string[] => platform.lines.filter(line => line.call === row.call).map(line => line.role)
    await until('the log of the record', () => roles().includes('jobs'))
    expect([...new Set(roles())].sort()).toEqual(['appserver', 'jobs', 'media', 'trunks-proxy', 'users-proxy'])
    // One is read off the wall's clock and the other off one that never jumps.
    expect(Math.abs(Date.parse(row.end) - Date.parse(row.answer as string) - row.durationMs)).toBeLessThan(5)
  })
})
