/** Phones that others wrote, over UDP, TCP and TLS: they register, call the echo and each other, and hear what they should. RFC 3261 §10, §13, §18, §26.2.1. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Baresip } from '../baresip.ts'
import { expectIdle } from '../idle.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { sipp } from '../sipp.ts'
import { until } from '../until.ts'
import { Authority } from './authority.ts'
import { Linphone } from './linphone.ts'

const { title, skip } = needing('phones of others', 'sipp', 'baresip', 'linphonec', 'openssl')
const ALICE = '127.0.0.51'
const BOB = '127.0.0.52'

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let calls = 0
  beforeAll(async () => {
    platform = await startPlatform()
  })
  beforeEach(async () => {
    calls = (await platform.cdrs()).length
  })
  afterAll(() => platform?.stop())

  const packets = (): Promise<number> => platform.metric('strowger_relay_packets_total')
  /** Two seconds: each packet of a phone passes two sessions. */
  const talked = async (before: number): Promise<unknown> =>
    until('a hundred packets there and back', async () => (await packets()) >= before + 400, 60_000)
  const contacts = (): Promise<number> => platform.metric('strowger_registered_contacts')

  describe('SIPp', () => {
    test.each(['udp', 'tcp'] as const)('over %s it registers with digest and calls *43', async transport => {
      const keys = { contact: '<sip:[user]@[local_ip]:[local_port];transport=[transport]>', expires: '300' }
      const registered = await (await sipp(platform, { scenario: 'register', transport, address: ALICE, keys })).done()
      expect(distinct(registered.statuses('REGISTER'))).toEqual([401, 200])
      const called = await (
        await sipp(platform, { scenario: 'caller-hangs-up', transport, address: ALICE, keys: { callee: '*43' } })
      ).done()
      expect(distinct(called.statuses('INVITE'))).toEqual([407, 200])
      expect(distinct(called.statuses('BYE'))).toEqual([200])
      expect(await platform.cdr(calls + 1)).toMatchObject({ callee: '*43', direction: 'service', status: 200, hungUpBy: 'caller' })
      const gone = { contact: '*', expires: '0' }
      await (await sipp(platform, { scenario: 'register', transport, address: ALICE, keys: gone })).done()
      expect(await contacts()).toBe(0)
    })
  })

  describe('baresip', () => {
    test('over UDP it keeps its flow by STUN, which is answered on the port of SIP (RFC 5626 §3.5.2)', async () => {
      const alice = await Baresip.start(platform, { username: 'alice', address: ALICE, transport: 'udp', account: ';sipnat=outbound' })
      const answered = async (): Promise<boolean> =>
        (await platform.metrics()).some(
          ({ name, labels, value }) =>
            name === 'strowger_sip_events_total' && labels.role === 'users-proxy' && labels.event === 'stun' && value > 0,
        )
      try {
        await until('a STUN request that was answered', answered, 60_000)
      } finally {
        await alice.stop()
      }
      expect(alice.output).not.toMatch(/keepalive|Connection timed out/i)
    })

    test('over TLS it registers and hears itself at *43', async () => {
      const alice = await Baresip.start(platform, { username: 'alice', address: ALICE, transport: 'tls' })
      try {
        const before = await packets()
        alice.command('dial', `sip:*43@${platform.demo.domain}`)
        await alice.event('CALL_ESTABLISHED', 30_000)
        await talked(before)
        alice.command('hangup')
        await alice.event('CALL_CLOSED', 30_000)
      } finally {
        await alice.stop()
      }
      expect(alice.output).toMatch(/^TLS /m)
      expect(alice.output).not.toMatch(/^(UDP|TCP) /m)
      expect(alice.heard().hertz).toBeCloseTo(440, -2)
      expect(await platform.cdr(calls + 1)).toMatchObject({ callee: '*43', direction: 'service', status: 200, hungUpBy: 'caller' })
    })

    test.each([
      ['tls', 'udp'],
      ['tcp', 'tls'],
    ] as const)('over %s it calls one over %s, and both hear each other', async (from, to) => {
      const alice = await Baresip.start(platform, { username: 'alice', address: ALICE, transport: from })
      const bob = await Baresip.start(platform, { username: 'bob', address: BOB, transport: to, hertz: 660 })
      try {
        const before = await packets()
        alice.command('dial', `sip:102@${platform.demo.domain}`)
        await bob.event('CALL_INCOMING', 30_000)
        bob.command('accept')
        await alice.event('CALL_ESTABLISHED', 30_000)
        await talked(before)
        alice.command('hangup')
        await bob.event('CALL_CLOSED', 30_000)
      } finally {
        await alice.stop()
        await bob.stop()
      }
      expect([alice.heard().hertz, bob.heard().hertz]).toEqual([expect.closeTo(660, -2), expect.closeTo(440, -2)])
      expect(await platform.cdr(calls + 1)).toMatchObject({ caller: '101', callee: '102', status: 200, hungUpBy: 'caller' })
    })
  })

  describe('linphone', () => {
    test.each([
      ['udp', 'tls'],
      ['tls', 'tcp'],
      ['tcp', 'udp'],
    ] as const)('over %s it registers and calls one over %s, and both hear each other', async (from, to) => {
      const alice = await Linphone.start(platform, { username: 'alice', address: ALICE, transport: from, hertz: 440 })
      const bob = await Linphone.start(platform, { username: 'bob', address: BOB, transport: to, hertz: 660 })
      try {
        await Promise.all([alice.registered(), bob.registered()])
        const before = await packets()
        alice.command(`call sip:102@${platform.demo.domain}`)
        await bob.says(/Receiving new incoming call/)
        bob.command('answer 1')
        await Promise.all([alice.says(/Call 1 .*connected/), bob.says(/Call 1 .*connected/)])
        await talked(before)
        bob.command('terminate')
        await alice.says(/Call 1 .*ended/)
      } finally {
        await alice.stop()
        await bob.stop()
      }
      expect([alice.heard().hertz, bob.heard().hertz]).toEqual([expect.closeTo(660, -2), expect.closeTo(440, -2)])
      expect(await platform.cdr(calls + 1)).toMatchObject({ caller: '101', callee: '102', status: 200, hungUpBy: 'callee' })
    })

    test('over TLS it calls a baresip over TLS', async () => {
      const alice = await Linphone.start(platform, { username: 'alice', address: ALICE, transport: 'tls', hertz: 440 })
      const bob = await Baresip.start(platform, { username: 'bob', address: BOB, transport: 'tls', hertz: 660 })
      try {
        await alice.registered()
        const before = await packets()
        alice.command(`call sip:102@${platform.demo.domain}`)
        await bob.event('CALL_INCOMING', 30_000)
        bob.command('accept')
        await alice.says(/Call 1 .*connected/)
        await talked(before)
        bob.command('hangup')
        await alice.says(/Call 1 .*ended/)
      } finally {
        await alice.stop()
        await bob.stop()
      }
      expect([alice.heard().hertz, bob.heard().hertz]).toEqual([expect.closeTo(660, -2), expect.closeTo(440, -2)])
      expect(await platform.cdr(calls + 1)).toMatchObject({ caller: '101', callee: '102', status: 200, hungUpBy: 'callee' })
    })
  })

  test('a phone does not register over TLS where it does not believe the certificate (RFC 3261 §26.3.1)', async () => {
    const authority = await Authority.make(platform.folder)
    const alice = await Linphone.start(platform, {
      ...{ username: 'alice', address: ALICE, transport: 'tls', hertz: 440 },
      authorities: authority.file,
    })
    try {
      await alice.logs('moving from state [LinphoneRegistrationProgress] to [LinphoneRegistrationFailed]')
    } finally {
      await alice.stop()
    }
    expect(alice.log).not.toContain('SIP/2.0 401')
  })

  test('nothing is left of all that', async () => {
    await expectIdle(platform)
  })
})

/** Answers that came again, on a slow machine, are the same answers. */
function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)]
}
