/** Linphone over UDP, TCP and TLS: registers, calls the echo and another phone, is called, and both hear each other. RFC 3261 §10, §13, §26.2.1. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { until } from '../until.ts'
import { Authority } from './authority.ts'
import { Linphone } from './linphone.ts'

const { title, skip } = needing('linphone', 'linphonec', 'openssl')
const TRANSPORTS = ['udp', 'tcp', 'tls'] as const

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let calls = 0
  beforeAll(async () => {
    platform = await startPlatform()
  })
  afterAll(() => platform?.stop())

  const packets = (): Promise<number> => platform.metric('strowger_relay_packets_total')

  test.each(TRANSPORTS)('over %s it registers and hears itself at *43', async transport => {
    const alice = await Linphone.start(platform, { username: 'alice', address: '127.0.0.51', transport, hertz: 440 })
    try {
      await alice.registered()
      const before = await packets()
      alice.command(`call sip:*43@${platform.demo.domain}`)
      await alice.says(/Call 1 .*connected/)
      await until('a hundred packets there and back', async () => (await packets()) >= before + 300, 60_000)
      alice.command('terminate')
      await alice.says(/Call 1 .*ended/)
    } finally {
      await alice.stop()
    }
    expect(alice.heard().hertz).toBeCloseTo(440, -1)
    expect(await platform.cdr(++calls)).toMatchObject({ callee: '*43', direction: 'service', status: 200, hungUpBy: 'caller' })
    await expectIdle(platform)
  })

  test.each([
    ['udp', 'tls'],
    ['tls', 'tcp'],
    ['tcp', 'udp'],
  ] as const)('over %s it calls one over %s, and both hear each other', async (from, to) => {
    const alice = await Linphone.start(platform, { username: 'alice', address: '127.0.0.51', transport: from, hertz: 440 })
    const bob = await Linphone.start(platform, { username: 'bob', address: '127.0.0.52', transport: to, hertz: 660 })
    try {
      await Promise.all([alice.registered(), bob.registered()])
      const before = await packets()
      alice.command(`call sip:102@${platform.demo.domain}`)
      await bob.says(/Receiving new incoming call/)
      bob.command('answer 1')
      await Promise.all([alice.says(/Call 1 .*connected/), bob.says(/Call 1 .*connected/)])
      await until('a hundred packets through both sessions', async () => (await packets()) >= before + 400, 60_000)
      bob.command('terminate')
      await alice.says(/Call 1 .*ended/)
    } finally {
      await alice.stop()
      await bob.stop()
    }
    expect([alice.heard().hertz, bob.heard().hertz]).toEqual([expect.closeTo(660, -1), expect.closeTo(440, -1)])
    expect(await platform.cdr(++calls)).toMatchObject({
      caller: '101',
      callee: '102',
      direction: 'internal',
      status: 200,
      hungUpBy: 'callee',
    })
    await expectIdle(platform)
  })

  test('over TLS it does not register where it does not believe the certificate (RFC 3261 §26.3.1)', async () => {
    const authority = await Authority.make(platform.folder)
    const alice = await Linphone.start(platform, {
      ...{ username: 'alice', address: '127.0.0.51', transport: 'tls', hertz: 440 },
      authorities: authority.file,
    })
    try {
      await alice.logs('moving from state [LinphoneRegistrationProgress] to [LinphoneRegistrationFailed]')
    } finally {
      await alice.stop()
    }
    expect(alice.log).not.toContain('SIP/2.0 401')
    await expectIdle(platform)
  })
})
