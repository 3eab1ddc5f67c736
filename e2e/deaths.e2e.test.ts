/** A process dies while a phone rings: the caller is told, the phone stops ringing, and there is one record. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from './idle.ts'
import { needing } from './peers.ts'
import { type Platform, startPlatform } from './platform.ts'
import { phone, type Sipp, sipp } from './sipp.ts'

const { title, skip } = needing('deaths', 'sipp')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  const phones: Sipp[] = []
  beforeAll(async () => {
    platform = await startPlatform({ config: { appserver: { noAnswer: 2 } } })
  })
  afterEach(async () => {
    for (const phone of phones.splice(0)) await phone.stop()
  })
  afterAll(() => platform?.stop())

  /** Alice calls Bob, whose phone rings until it is told to stop; meanwhile `role` dies and comes back. */
  async function ringingWhile(role: string): Promise<{ readonly final: number; readonly bob: Sipp }> {
    const bob = await phone(platform, 'callee-rings', { user: 'bob', address: '127.0.0.3' })
    phones.push(bob)
    const alice = await sipp(platform, { scenario: 'caller-refused', keys: { callee: '102' } })
    await alice.received({ status: 180, method: 'INVITE' })
    await platform.restart(role)
    await alice.done()
    return { final: alice.statuses('INVITE').at(-1) as number, bob }
  }

  /** Without a relay, an application server or a writer of records for a while, everything else goes on and cleans up. */
  test.each([
    ['appserver', [503]],
    ['media', [480]],
    ['jobs', [480]],
  ] as const)('%s dies', async (role, finals) => {
    const before = (await platform.cdrs()).length
    const { final, bob } = await ringingWhile(role)
    expect(finals).toContain(final)
    await bob.received({ method: 'CANCEL' })
    expect(await platform.cdr(before + 1)).toMatchObject({ caller: '101', callee: '102', answer: null, durationMs: 0 })
    await expectIdle(platform)
  })

  /**
   * The edge itself dies. The caller and the record get the end of the call; the branch to the phone is forgotten with the process, so the
   * phone's own timer ends its ringing, and the relay's own clean-up the offer.
   */
  test('users-proxy dies', async () => {
    const before = (await platform.cdrs()).length
    const { final } = await ringingWhile('users-proxy')
    expect(final).toBe(480)
    expect(await platform.cdr(before + 1)).toMatchObject({ caller: '101', callee: '102', status: 480, answer: null })
  })
})
