/** A phone behind a masquerading router registers, is called and talks. RFC 3581, RFC 4961. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import { expectIdle } from './idle.ts'
import { type Internet, openInternet } from './namespaces.ts'
import { needing } from './peers.ts'
import { type Platform, startPlatform } from './platform.ts'
import { until } from './until.ts'

const { title, skip } = needing('NAT', 'baresip', 'ip', 'iptables')

describe.skipIf(skip)(title, () => {
  let internet: Internet
  let platform: Platform
  beforeAll(async () => {
    internet = await openInternet()
    const { public: inside, platformAddress } = internet
    platform = await startPlatform({ inside, config: { listen: platformAddress } })
  })
  afterAll(async () => {
    await platform?.stop()
    await internet?.close()
  })

  test('a phone behind NAT is called over its binding, and both hear each other', async () => {
    const alice = await Baresip.start(platform, { username: 'alice', address: internet.publicPhone, inside: internet.public })
    const bob = await Baresip.start(platform, { username: 'bob', address: internet.hiddenPhone, inside: internet.hidden })
    try {
      alice.command('dial', `sip:102@${platform.demo.domain}`)
      await bob.event('CALL_INCOMING')
      bob.command('accept')
      await alice.event('CALL_ESTABLISHED')
      await until('a hundred packets each way', async () => (await platform.metric('strowger_relay_packets_total')) >= 400)
      bob.command('hangup')
      await alice.event('CALL_CLOSED')
    } finally {
      await alice.stop()
      await bob.stop()
    }
    for (const phone of [alice, bob]) expect(phone.heard().hertz).toBeCloseTo(440, -1)
    expect(await platform.cdr(1)).toMatchObject({ caller: '101', callee: '102', hungUpBy: 'callee', status: 200 })
    await expectIdle(platform)
  })
})
