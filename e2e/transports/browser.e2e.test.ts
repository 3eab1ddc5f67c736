/** JsSIP in Chromium over WSS and WS: registers with digest, calls, is called on its flow, and goes. RFC 7118, RFC 5626 §5.3. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { sipp } from '../sipp.ts'
import { until } from '../until.ts'
import { Chromium } from './chromium.ts'

const { title, skip } = needing('a browser', 'chromium', 'sipp')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let browser: Chromium
  beforeAll(async () => {
    platform = await startPlatform()
    browser = await Chromium.open(platform.folder, platform.certificate)
  })
  afterAll(async () => {
    await browser?.close()
    await platform?.stop()
  })

  const contacts = (): Promise<number> => platform.metric('strowger_registered_contacts')
  const register = (scheme: 'ws' | 'wss', password: string): void => {
    const server = scheme === 'ws' ? `ws://${platform.ports.listen}:${platform.ports.usersWs}` : `wss://${platform.secure.browsers}`
    browser.command({ do: 'register', server, uri: `sip:bob@${platform.demo.domain}`, password })
  }

  test('a wrong password is refused (RFC 3261 §22.1)', async () => {
    register('wss', 'not-it')
    expect(await browser.event('registrationFailed')).toMatchObject({ status: 401 })
    browser.command({ do: 'leave' })
    await browser.event('disconnected')
    expect(await contacts()).toBe(0)
  })

  test.each(['wss', 'ws'] as const)(
    'over %s it registers, calls, is called on its connection, and unregisters (RFC 7118 §5)',
    async scheme => {
      register(scheme, platform.password('bob'))
      expect(await browser.event('registered')).toMatchObject({ status: 200 })
      expect(await contacts()).toBe(1)

      browser.command({ do: 'call', to: `sip:*43@${platform.demo.domain}` })
      // DTLS-SRTP is not there yet: the offer is what is not acceptable, not the server what is down (RFC 3261 §21.4.26).
      expect(await browser.event('failed')).toMatchObject({ status: 488, cause: 'Incompatible SDP' })

      const caller = sipp(platform, { scenario: 'caller-refused', keys: { callee: '102' } }).then(run => run.done())
      expect(await browser.event('incoming')).toMatchObject({ from: `sip:101@${platform.demo.domain}` })
      browser.command({ do: 'refuse', status: 486 })
      expect(await browser.event('failed')).toMatchObject({ originator: 'local', cause: 'Rejected' })
      expect((await caller).statuses('INVITE').at(-1)).toBe(486)

      browser.command({ do: 'leave' })
      await browser.event('unregistered')
      await until('the end of the binding', async () => (await contacts()) === 0)
      await expectIdle(platform)
    },
  )
})
