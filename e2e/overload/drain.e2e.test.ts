/** SIGTERM to one role while a call is up: nothing new, the call is served to its end, then the process leaves. RFC 3261 §21.5.4. */
import type { Phone, PhoneCall } from '@strowger/sip-transport'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type CdrRow, type Line, type Platform, startPlatform } from '../platform.ts'
import { until } from '../until.ts'
import { Asker, phoneOf, SDP } from './asker.ts'

/** Whole processes start and leave on a machine that may be busy. */
const PATIENCE_MS = 400_000
const retryAfter = expect.stringMatching(/^(1[0-9]|2[0-9]|30)$/)

describe('a role that is told to leave', () => {
  let platform: Platform
  let asker: Asker
  let attempts = 0
  const open: { stop(): Promise<unknown> }[] = []
  beforeAll(async () => {
    platform = await startPlatform({ config: { carrier: { enabled: true } } })
    asker = await Asker.open()
  }, PATIENCE_MS)
  beforeEach(async () => {
    attempts = (await platform.cdrs()).length
  })
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.stop()
  })
  afterAll(async () => {
    await asker?.stop()
    await platform?.stop()
  })

  const phone = async (user: string): Promise<Phone> => {
    const phone = await phoneOf(platform, user)
    open.push({ stop: () => phone.close() })
    return phone
  }
  /** Alice's call to `callee`, up. */
  const talking = async (callee: string): Promise<PhoneCall> => {
    const call = await (await phone('alice')).call(`sip:${callee}@${platform.demo.domain}`, { offer: SDP })
    await call.answered
    // The next one answers an offer made in the call.
    await call.next('answer')
    return call
  }
  const records = async (): Promise<readonly CdrRow[]> => (await platform.cdrs()).slice(0, -attempts || undefined)

  test.each([
    ['users-proxy', '*43', 'users'],
    ['trunks-proxy', '+34911111111', 'trunks'],
    ['appserver', '*43', 'users'],
  ] as const)(
    '%s: OPTIONS and new calls get 503, the call that is up is served, then it ends with 0',
    async (role, callee, side) => {
      const call = await talking(callee)
      const { pid, isBack } = await terminate(platform, role)
      // Of the application server its proxy hears within half a second.
      const options = await until(
        'a 503',
        async () => {
          const answer = await asker.ask('OPTIONS', platform[side])
          return answer.status === 503 && answer
        },
        60_000,
      )
      expect(options.retryAfter).toEqual(retryAfter)
      if (role === 'trunks-proxy') {
        expect(await asker.ask('INVITE', platform.trunks, platform.demo.ddi)).toEqual({ status: 503, retryAfter })
      } else {
        const late = await (await phone('carol')).call(`sip:*43@${platform.demo.domain}`, { offer: SDP })
        await expect(late.answered).rejects.toMatchObject({ code: 'call-ended', ended: { status: 503 } })
      }
      call.offer(SDP)
      expect(await call.next('answer', 'offer refused')).toMatchObject({ kind: 'answer' })
      expect((await platform.health()).roles[role]!.pid).toBe(pid)
      call.hangUp()
      expect(await call.ended).toMatchObject({ by: 'us' })
      expect(await isBack()).toMatchObject({ code: 0 })
      await platform.ready()
      await until('both records', async () => (await platform.cdrs()).length >= attempts + 2, 60_000)
      expect((await records()).filter(({ status }) => status === 200)).toMatchObject([{ caller: '101', hungUpBy: 'caller' }])
    },
    PATIENCE_MS,
  )

  test.each([
    ['appserver', 'ends the calls of the application server at once, on both sides and with their records'],
    ['users-proxy', 'ends a proxy at once, with a call going through it'],
  ] as const)(
    'a second SIGTERM to the %s %s',
    async (role, _how) => {
      const call = await talking('*43')
      const { pid, isBack } = await terminate(platform, role)
      await until('draining', async () => (await platform.health()).roles[role]?.state === 'draining', 60_000)
      process.kill(pid, 'SIGTERM')
      if (role === 'appserver') {
        expect(await call.ended).toMatchObject({ by: 'them' })
        expect(await platform.cdr(attempts + 1)).toMatchObject({ status: 200, hungUpBy: 'platform' })
      }
      expect(await isBack()).toMatchObject({ code: 0 })
      await platform.ready()
    },
    PATIENCE_MS,
  )
})

test(
  '`drainSeconds` bounds the wait: then the calls that are left are ended',
  async () => {
    const platform = await startPlatform({ config: { drainSeconds: 1 } })
    try {
      const alice = await phoneOf(platform, 'alice')
      const call = await alice.call(`sip:*43@${platform.demo.domain}`, { offer: SDP })
      await call.answered
      await terminate(platform, 'appserver')
      expect(await call.ended).toMatchObject({ by: 'them' })
      expect(await platform.cdr(1)).toMatchObject({ status: 200, hungUpBy: 'platform' })
      expect(platform.lines).toContainEqual(expect.objectContaining({ role: 'appserver', level: 'warn', drainSeconds: 1, calls: 1 }))
      await alice.close()
    } finally {
      await platform.stop()
    }
  },
  PATIENCE_MS,
)

interface Leaving {
  readonly pid: number
  /** Resolves with what the supervisor says of its end, when another has its place. */
  isBack(): Promise<Line>
}

/** SIGTERM to one role. */
async function terminate(platform: Platform, role: string): Promise<Leaving> {
  const { pid } = (await platform.health()).roles[role]!
  const said = (wanted: (line: Line) => boolean): readonly Line[] => platform.lines.filter(wanted)
  const isEnd = ({ child, msg }: Line): boolean => child === role && msg.includes(' ended ')
  const isStart = ({ msg }: Line): boolean => msg === `${role} is back`
  const before = said(isStart).length
  process.kill(pid, 'SIGTERM')
  const isBack = async (): Promise<Line> => {
    await until(`${role} coming back`, () => said(isStart).length > before, 120_000)
    return said(isEnd).at(-1)!
  }
  return { pid, isBack }
}
