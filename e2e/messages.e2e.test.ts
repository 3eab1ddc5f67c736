/** Two baresips write to each other, outside of calls. RFC 3428. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Baresip, type BaresipOptions } from './baresip.ts'
import { expectIdle } from './idle.ts'
import { needing } from './peers.ts'
import { type Platform, startPlatform } from './platform.ts'
import { until } from './until.ts'

const { title, skip } = needing('messages', 'baresip')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  const phones: Baresip[] = []
  beforeAll(async () => {
    platform = await startPlatform({ config: { sip: { t1: 25, t2: 200, t4: 250, leastD: 1600 } } })
  })
  afterEach(async () => {
    for (const phone of phones.splice(0)) await phone.stop()
  })
  afterAll(() => platform?.stop())

  const phone = async (options: BaresipOptions): Promise<Baresip> => {
    const started = await Baresip.start(platform, options)
    phones.push(started)
    return started
  }
  const contact = (to: string): readonly string[] => [`"Somebody" <sip:${to}@${platform.demo.domain}>`]
  /** The final answers to what it wrote, the challenge too. */
  const answers = (written: Baresip): readonly string[] =>
    [...written.output.matchAll(/^SIP\/2\.0 (\d+) [^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*?CSeq: \d+ MESSAGE/gm)].flatMap(([, status = '']) =>
      status === '100' ? [] : [status],
    )

  test.each([
    ['its extension', '102', 'udp', 'udp'],
    ['its user name', 'bob', 'udp', 'tcp'],
    ['its extension, over TCP', '102', 'tcp', 'udp'],
  ] as const)(
    'a text to %s is challenged, comes to the phone, and its 200 comes back (RFC 3428 §4, §7, §11.1)',
    async (_, to, from, at) => {
      const bob = await phone({ username: 'bob', address: '127.0.0.3', transport: at })
      const alice = await phone({ username: 'alice', address: '127.0.0.2', transport: from, contacts: contact(to) })
      alice.command('message', 'good morning')
      await until('a text at bob', () => /^good morning/m.test(bob.output))
      await until('its answer at alice', () => answers(alice).includes('200'))
      expect(answers(alice)).toEqual(['407', '200'])
      expect(bob.output).toMatch(/^From: "alice" *<sip:101@/m)
      expect(await platform.cdrs()).toEqual([])
      await expectIdle(platform)
    },
  )

  test.each([
    ['480', '102'],
    ['404', 'nobody'],
  ])('a text is answered %s when it is to %s, who is not there (RFC 3428 §7)', async (status, to) => {
    const alice = await phone({ username: 'alice', address: '127.0.0.2', contacts: contact(to) })
    alice.command('message', 'good morning')
    await until('an answer at alice', () => answers(alice).includes(status))
    expect(answers(alice)).toEqual(['407', status])
    await expectIdle(platform)
  })
})
