/** A call leaves exactly one record, whichever process dies in the middle of it, and has one name in every role's log (design §5, §8.9). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import { needing } from './peers.ts'
import { type CdrRow, type Platform, startPlatform } from './platform.ts'
import { until } from './until.ts'

const { title, skip } = needing('records', 'baresip')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  beforeAll(async () => {
    platform = await startPlatform({ config: { carrier: { enabled: true } } })
  })
  afterAll(() => platform?.stop())

  const packets = (): Promise<number> => platform.metric('strowger_relay_packets_total')
  const start = (username: string): Promise<Baresip> => Baresip.start(platform, { username, address: '127.0.0.1' })

  /** Alice calls; `act` happens in the middle of it; then she hangs up. Resolves to the one record there is of it. */
  async function recordOf(dialled: string, answer: boolean, act: () => Promise<void>): Promise<CdrRow> {
    const before = new Set((await platform.cdrs()).map(row => row.call))
    const alice = await start('alice')
    const bob = answer ? await start('bob') : undefined
    try {
      alice.command('dial', `sip:${dialled}@${platform.demo.domain}`)
      await bob?.event('CALL_INCOMING')
      bob?.command('accept')
      await alice.event('CALL_ESTABLISHED')
      const heard = await packets()
      await until('audio', async () => (await packets()) >= heard + 50)
      await act()
      alice.command('hangup')
      await alice.event('CALL_CLOSED')
    } finally {
      await alice.stop()
      await bob?.stop()
    }
    const fresh = async (): Promise<readonly CdrRow[]> => (await platform.cdrs()).filter(row => !before.has(row.call))
    await until('a record', async () => (await fresh()).length > 0, 15_000)
    await until('all that was open to be written', async () => (await platform.metric('strowger_cdr_open_calls')) === 0, 15_000)
    const rows = await fresh()
    expect(rows).toHaveLength(1)
    return rows[0] as CdrRow
  }

  test('every role names a call to a carrier alike, from the phone to the record', async () => {
    const row = await recordOf('+34911111111', false, async () => {})
    const roles = (): readonly string[] => platform.lines.filter(line => line.call === row.call).map(line => line.role)
    await until('the log of the record', () => roles().includes('jobs'))
    expect([...new Set(roles())].sort()).toEqual(['appserver', 'jobs', 'media', 'trunks-proxy', 'users-proxy'])
    // One is read off the wall's clock and the other off one that never jumps.
    expect(Math.abs(Date.parse(row.end) - Date.parse(row.answer as string) - row.durationMs)).toBeLessThan(5)
  })

  test.each(['users-proxy', 'appserver', 'media', 'jobs', 'portal'])(
    'a call in progress while %s is killed leaves one record',
    async role => {
      const { call } = await recordOf('102', true, () => platform.restart(role))
      // Late facts (what the relay heard last) may still change it, but never make a second one.
      const rows = await until('its full length', async () => {
        const all = (await platform.cdrs()).filter(row => row.call === call)
        return (all[0]?.durationMs ?? 0) > 500 && all
      })
      expect(rows).toHaveLength(1)
      expect(rows[0]).toMatchObject({ caller: '101', callee: '102' })
      expect(rows[0]?.answer).not.toBeNull()
      // A relay that died took its counts along; they are left out, not written as zero.
      for (const leg of rows[0]?.legs ?? []) expect(leg.packets).toBeGreaterThan(0)
    },
  )

  test('a call through the carrier while trunks-proxy is killed leaves one record', async () => {
    const row = await recordOf('+34911111111', false, () => platform.restart('trunks-proxy'))
    expect(row).toMatchObject({ caller: '101', callee: '+34911111111', direction: 'outbound' })
  })
})
