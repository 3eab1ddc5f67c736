/** More than a users' proxy may do, by limits made small: SIPp's calls are served whole or refused at once. RFC 3261 §21.5.4. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { sipp } from '../sipp.ts'
import { until } from '../until.ts'
import { Asker, detailOf, phoneOf, SDP } from './asker.ts'

const { title, skip } = needing('overload', 'sipp')
/** Whole processes start on a machine that may be busy. */
const PATIENCE_MS = 400_000
/** Of a call through one proxy four live on for a while. */
const TRANSACTIONS = 40
const CALLS = 60
/** Slower than other tests have them: a machine that is busy must not make a 408 of a call that is taken. */
const TIMERS = { t1: 200, t2: 1600, t4: 2000, leastD: 12_800 }

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let asker: Asker
  beforeAll(async () => {
    platform = await startPlatform({ config: { sip: TIMERS, overload: { transactions: TRANSACTIONS } } })
    asker = await Asker.open()
  }, PATIENCE_MS)
  afterAll(async () => {
    await asker?.stop()
    await platform?.stop()
  })

  const overload = async (): Promise<unknown> => (await detailOf(platform, 'users-proxy')).overload
  const refused = async (): Promise<number> =>
    (await platform.metrics())
      .filter(({ name, labels }) => name === 'strowger_overload_refused_total' && labels.role === 'users-proxy')
      .reduce((sum, { value }) => sum + value, 0)

  test(
    'each call is served to its end or refused with 503 and a Retry-After of its own; emergency calls and those in progress are served',
    async () => {
      const alice = await phoneOf(platform, 'alice')
      const call = await alice.call(`sip:*43@${platform.demo.domain}`, { offer: SDP })
      await call.answered
      const callers = await sipp(platform, {
        scenario: 'caller-served-or-refused',
        user: 'carol',
        keys: { callee: '*43', talk: '1000' },
        calls: CALLS,
        rate: 40,
        timeoutSeconds: 100,
      })
      await until('an overload', async () => (await overload()) === 'transactions', 60_000)
      const [options, emergency] = await Promise.all([asker.ask('OPTIONS', platform.users), asker.ask('INVITE', platform.users, '112')])
      expect([options.status, emergency.status]).toEqual([503, 407])
      call.offer(SDP)
      expect(await call.next('answer', 'offer refused')).toMatchObject({ kind: 'answer' })
      call.hangUp()
      await call.ended
      await alice.close()

      await callers.done()
      const answers = callers.messages.filter(({ sent, method }) => !sent && method === 'INVITE')
      const no = answers.filter(({ status }) => status === 503)
      const byes = callers.messages.filter(({ sent, method, status }) => !sent && method === 'BYE' && status === 200)
      expect(byes.length).toBeGreaterThan(0)
      expect(no.length).toBeGreaterThan(0)
      const callIds = (messages: readonly { text: string }[]): number =>
        new Set(messages.map(({ text }) => /^Call-ID:\s*(\S+)/im.exec(text)?.[1])).size
      expect(callIds(byes) + callIds(no)).toBe(CALLS)
      const delays = no.map(({ text }) => Number(/^Retry-After:\s*(\d+)/im.exec(text)?.[1]))
      for (const delay of delays) expect(delay).toBeGreaterThanOrEqual(10)
      for (const delay of delays) expect(delay).toBeLessThanOrEqual(30)
      expect(new Set(delays).size).toBeGreaterThan(1)
      expect(await refused()).toBeGreaterThanOrEqual(callIds(no) + 1)
    },
    PATIENCE_MS,
  )

  test(
    'afterwards all is as before, and the log has said when it began and when it ended, each once',
    async () => {
      await until('the end of the overload', async () => (await overload()) === 'none', 120_000)
      expect((await asker.ask('OPTIONS', platform.users)).status).toBe(200)
      const run = await (await sipp(platform, { scenario: 'caller-hangs-up', keys: { callee: '*43', talk: '200' } })).done()
      expect(run.statuses('BYE')).toEqual([200])
      const said = platform.lines.filter(({ role, msg }) => role === 'users-proxy' && msg.startsWith('overload'))
      expect(said.map(({ msg }) => msg.split(':')[0])).toEqual(said.map((_, i) => (i % 2 === 0 ? 'overload' : 'overload over')))
      expect(said[0]).toMatchObject({ level: 'warn', reason: 'transactions' })
      expect(said.length).toBeLessThanOrEqual(4)
      await expectIdle(platform, 60_000)
    },
    PATIENCE_MS,
  )
})

describe.skipIf(skip)(`${title} by a flood`, () => {
  test(
    'a proxy that is flooded until its queue stands serves the call it has, and is well again afterwards',
    async () => {
      const platform = await startPlatform({ config: { sip: TIMERS, overload: { lagMs: 10, queueMs: 10 } } })
      const asker = await Asker.open()
      try {
        const alice = await phoneOf(platform, 'alice')
        const call = await alice.call(`sip:*43@${platform.demo.domain}`, { offer: SDP })
        await call.answered
        const flood = await sipp(platform, {
          scenario: 'options-flood',
          address: '127.0.0.66',
          calls: 1_000_000,
          rate: 30_000,
          trace: false,
        })
        try {
          await until(
            'an overload',
            async () => ['lag', 'queue'].includes(String((await detailOf(platform, 'users-proxy')).overload)),
            90_000,
          )
          call.hangUp()
          await call.ended
        } finally {
          await flood.stop()
        }
        await until('the end of the overload', async () => (await detailOf(platform, 'users-proxy')).overload === 'none', 60_000)
        expect((await asker.ask('OPTIONS', platform.users)).status).toBe(200)
        expect(await platform.cdr(1)).toMatchObject({ status: 200, hungUpBy: 'caller' })
        await alice.close()
      } finally {
        await asker.stop()
        await platform.stop()
      }
    },
    PATIENCE_MS,
  )
})
