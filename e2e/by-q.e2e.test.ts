/** Two baresips of one user with several q: who rings first, and who next. RFC 3261 §16.6. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Baresip, type BaresipOptions } from './baresip.ts'
import { expectIdle } from './idle.ts'
import { needing } from './peers.ts'
import { type Platform, startPlatform } from './platform.ts'

const { title, skip } = needing('phones by q', 'baresip')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let attempts = 0
  const phones: Baresip[] = []
  beforeAll(async () => {
    const sip = { t1: 25, t2: 200, t4: 250, leastD: 1600 }
    platform = await startPlatform({ config: { sip, usersProxy: { nextPhonesSeconds: 1 } } })
  })
  afterEach(async () => {
    for (const phone of phones.splice(0)) await phone.stop()
  })
  afterAll(() => platform?.stop())

  const phone = async (username: string, address: string, more: Partial<BaresipOptions> = {}): Promise<Baresip> => {
    const started = await Baresip.start(platform, { username, address, ...more })
    phones.push(started)
    return started
  }
  const rings = (phone: Baresip): boolean => /^INVITE sip:bob@/m.test(phone.output)

  test('the phone with the highest q rings alone, is cancelled, and the next one answers (RFC 3261 §16.6)', async () => {
    const next = await phone('bob', '127.0.0.4', { account: ';regq=0.3' })
    const first = await phone('bob', '127.0.0.3', { account: ';regq=0.9' })
    const alice = await phone('alice', '127.0.0.2')
    alice.command('dial', '102')
    await first.event('CALL_INCOMING')
    expect(rings(next)).toBe(false)
    await first.event('CALL_CLOSED')
    await next.event('CALL_INCOMING')
    next.command('accept')
    await alice.event('CALL_ESTABLISHED')
    alice.command('hangup')
    await next.event('CALL_CLOSED')
    expect(await platform.cdr(++attempts)).toMatchObject({ caller: '101', callee: '102', status: 200 })
    await expectIdle(platform)
  })

  test('one that is busy lets the next one ring at once (RFC 3261 §16.6)', async () => {
    const next = await phone('bob', '127.0.0.4', { account: ';regq=0.3', transport: 'tcp' })
    const first = await phone('bob', '127.0.0.3', { account: ';regq=0.9' })
    const alice = await phone('alice', '127.0.0.2')
    alice.command('dial', '102')
    await first.event('CALL_INCOMING')
    first.command('hangup')
    await next.event('CALL_INCOMING')
    next.command('accept')
    await alice.event('CALL_ESTABLISHED')
    alice.command('hangup')
    expect(await platform.cdr(++attempts)).toMatchObject({ caller: '101', callee: '102', status: 200 })
    await expectIdle(platform)
  })
})
