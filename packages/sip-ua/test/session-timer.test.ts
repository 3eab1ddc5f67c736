import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  askTimer,
  nextTimerWake,
  raiseTimer,
  refreshMethod,
  SESSION_TIMER,
  type ServedTimer,
  serveTimer,
  shiftTimer,
  type TimerPolicy,
  timerAgain,
  timerAsClient,
  timerRefreshing,
  wakeTimer,
} from '../src/session-timer.ts'
import { proxyTimerRequest, proxyTimerResponse } from '../src/session-timer-proxy.ts'

const policy: TimerPolicy = { seconds: 1800, minSe: 90, refresher: 'us' }
const served = (result: ServedTimer) => (result.kind === 'timer' ? result : undefined)

describe('a session timer asked for', () => {
  it('names interval, no refresher, and Min-SE only above 90 (RFC 4028 §7.1)', () => {
    expect(askTimer(policy)).toEqual({ expires: { seconds: 1800 } })
    expect(askTimer({ ...policy, seconds: 60, minSe: 30 })).toEqual({ expires: { seconds: 90 } })
    expect(askTimer({ ...policy, minSe: 120, refresher: 'them' })).toEqual({ expires: { seconds: 1800, refresher: 'uas' }, minSe: 120 })
  })

  it('is asked for again with the Min-SE of a 422, and not in circles (RFC 4028 §7.3)', () => {
    const raised = raiseTimer({ ...policy, seconds: 120 }, 300)
    expect(raised && askTimer(raised)).toEqual({ expires: { seconds: 300 }, minSe: 300 })
    expect([raiseTimer(policy, undefined), raiseTimer(policy, 90), raised && raiseTimer(raised, 300)]).toEqual(Array(3).fill(undefined))
  })

  it('keeps the larger of several Min-SE (RFC 4028 §7.3)', () => {
    const raised = raiseTimer(policy, 300)!
    expect([raiseTimer(raised, 200), raiseTimer(raised, 3600)?.seconds]).toEqual([undefined, 3600])
  })

  it('runs as the 2xx says, and not at all without Session-Expires (RFC 4028 §7.2)', () => {
    expect(timerAsClient(1000, undefined)).toBeUndefined()
    expect(timerAsClient(1000, { seconds: 1800, refresher: 'uac' })).toEqual({
      seconds: 1800,
      refresher: 'us',
      refreshAt: 901_000,
      endsAt: 1_769_000,
    })
    expect(timerAsClient(1000, { seconds: 1800, refresher: 'uas' })).toEqual({ seconds: 1800, refresher: 'them', endsAt: 1_769_000 })
    expect(timerAsClient(0, { seconds: 1800 })?.refresher).toBe('us')
  })

  it('keeps length and refresher in a refresh, by the role in that transaction (RFC 4028 §7.4)', () => {
    const us = timerAsClient(0, { seconds: 600, refresher: 'uac' })
    const them = timerAsClient(0, { seconds: 600, refresher: 'uas' })
    expect([askTimer(policy, us).expires, askTimer(policy, them).expires]).toEqual([
      { seconds: 600, refresher: 'uac' },
      { seconds: 600, refresher: 'uas' },
    ])
  })
})

describe('a session timer served', () => {
  /** RFC 4028 §9 Table 2: caller knows `timer`, refresher it asks for, what we would choose; refresher, Require. */
  it.each([
    [false, undefined, 'us', 'uas', false],
    [false, undefined, 'them', 'uas', false],
    [false, 'uac', 'us', 'uas', false],
    [false, 'uas', 'us', 'uas', false],
    [true, undefined, 'us', 'uas', true],
    [true, undefined, 'them', 'uac', true],
    [true, 'uac', 'us', 'uac', true],
    [true, 'uac', 'them', 'uac', true],
    [true, 'uas', 'us', 'uas', true],
    [true, 'uas', 'them', 'uas', true],
  ] as const)(
    'caller knows it: %s, asks for %s, we want %s: %s, Require %s (RFC 4028 §9)',
    (supported, refresher, wanted, chosen, require) => {
      const result = serveTimer(0, { supported, expires: { seconds: 600, refresher } }, { ...policy, refresher: wanted })
      expect(result).toMatchObject({ kind: 'timer', expires: { seconds: 600, refresher: chosen }, require })
      expect(served(result)?.timer.refresher).toBe(chosen === 'uas' ? 'us' : 'them')
    },
  )

  it('too short for us is refused with 422 and our Min-SE (RFC 4028 §9)', () => {
    const request = { supported: true, expires: { seconds: 100 } }
    expect(serveTimer(0, request, { ...policy, minSe: 120 })).toEqual({ kind: 'refuse 422', minSe: 120 })
    expect(serveTimer(0, { supported: true, expires: { seconds: 89 } }, { ...policy, minSe: 10 })).toEqual({
      kind: 'refuse 422',
      minSe: 90,
    })
  })

  it('of a caller without timer is never refused, and we refresh (RFC 4028 §9)', () => {
    const result = serveTimer(0, { supported: false, expires: { seconds: 100 } }, { ...policy, minSe: 120 })
    expect(result).toMatchObject({ kind: 'timer', expires: { seconds: 100, refresher: 'uas' }, require: false })
  })

  it('is started by us alone, unless told to wait until one is asked for (RFC 4028 §9)', () => {
    const quiet = { ...policy, onlyWhenAsked: true }
    expect(serveTimer(0, { supported: false }, policy)).toMatchObject({
      kind: 'timer',
      expires: { seconds: 1800, refresher: 'uas' },
      require: false,
    })
    expect(serveTimer(0, { supported: true }, quiet)).toEqual({ kind: 'none' })
    expect(serveTimer(0, { supported: true, expires: { seconds: 600 } }, quiet).kind).toBe('timer')
  })

  it('is shortened to what we want, never below a Min-SE, never raised (RFC 4028 §9)', () => {
    const seconds = (asked: number | undefined, minSe?: number) =>
      served(serveTimer(0, { supported: true, ...(asked && { expires: { seconds: asked } }), minSe }, { ...policy, seconds: 600 }))?.expires
        .seconds
    expect([seconds(3600), seconds(300), seconds(3600, 900), seconds(undefined), seconds(undefined, 900)]).toEqual([
      600, 300, 900, 600, 900,
    ])
  })

  it('keeps its refresher where a refresh leaves it open (RFC 4028 §9)', () => {
    const running = timerAsClient(0, { seconds: 600, refresher: 'uas' })
    const result = serveTimer(0, { supported: true, expires: { seconds: 600 } }, policy, running)
    expect(result).toMatchObject({ expires: { refresher: 'uac' } })
  })
})

describe('a running session timer', () => {
  const timer = timerAsClient(0, { seconds: 90, refresher: 'uac' })!

  it('is refreshed at half and given up min(32, a third) seconds before its end (RFC 4028 §10)', () => {
    expect([timer.refreshAt, timer.endsAt]).toEqual([45_000, 60_000])
    expect([0, 44_999, 45_000, 59_999, 60_000].map(now => wakeTimer(timer, now))).toEqual(['none', 'none', 'refresh', 'refresh', 'bye'])
    expect(timerAsClient(0, { seconds: 1800, refresher: 'uas' })?.endsAt).toBe(1_768_000)
  })

  it('waits for the answer to its refresh, and tries again when told to (RFC 4028 §10)', () => {
    const waiting = timerRefreshing(timer)
    expect([wakeTimer(waiting, 50_000), nextTimerWake(waiting), wakeTimer(waiting, 60_000)]).toEqual(['none', 60_000, 'bye'])
    expect(nextTimerWake(timerAgain(waiting, 45_000, 2100))).toBe(47_100)
    expect(nextTimerWake(timerAgain(waiting, 59_000, 2100))).toBe(60_000)
  })

  it('of the other side is only watched (RFC 4028 §10)', () => {
    const watched = timerAsClient(0, { seconds: 90, refresher: 'uas' })!
    expect([nextTimerWake(watched), wakeTimer(watched, 59_999)]).toEqual([60_000, 'none'])
  })

  it('is never shorter than 90 seconds, whatever a 2xx says (RFC 4028 §4)', () => {
    expect(timerAsClient(0, { seconds: 1, refresher: 'uac' })?.seconds).toBe(90)
    expect(serveTimer(0, { supported: false, expires: { seconds: 1 } }, policy)).toMatchObject({ expires: { seconds: 90 } })
  })

  it('refreshes by UPDATE where that is allowed (RFC 4028 §7.4)', () => {
    expect([refreshMethod(['INVITE', 'UPDATE']), refreshMethod(['INVITE', 'BYE'])]).toEqual(['UPDATE', 'INVITE'])
  })

  it('goes on after JSON on another clock (RFC 4028 §10)', () => {
    expect(shiftTimer(JSON.parse(JSON.stringify(shiftTimer(timer, -10_000))), 70_000)).toEqual({
      ...timer,
      refreshAt: 105_000,
      endsAt: 120_000,
    })
  })

  it('of two of ours has one refresher, and both end it at the same time (RFC 4028 §9)', () => {
    const wants = fc.record({
      seconds: fc.integer({ min: 90, max: 7200 }),
      minSe: fc.integer({ min: 90, max: 900 }),
      refresher: fc.constantFrom('us', 'them'),
    })
    fc.assert(
      fc.property(wants, wants, (caller, called) => {
        let asking: TimerPolicy | undefined = caller as TimerPolicy
        for (let tries = 0; asking && tries < 3; tries++) {
          const result = serveTimer(0, { supported: true, ...askTimer(asking) }, called as TimerPolicy)
          if (result.kind === 'timer') {
            const other = timerAsClient(0, result.expires)!
            expect([other.endsAt, other.seconds]).toEqual([result.timer.endsAt, result.timer.seconds])
            expect(other.refresher).not.toBe(result.timer.refresher)
            expect(result.expires.seconds).toBeGreaterThanOrEqual(Math.max(caller.minSe, 90))
            return
          }
          asking = result.kind === 'refuse 422' ? raiseTimer(asking, result.minSe) : undefined
        }
        throw new Error('no timer was agreed')
      }),
    )
  })
})

describe('a proxy', () => {
  const ours = { seconds: 1800, minSe: 120 }

  it('asks for a timer where nobody did, above the Min-SE and without a refresher (RFC 4028 §8.1)', () => {
    expect(proxyTimerRequest({ supported: true }, ours)).toEqual({ kind: 'forward', expires: { seconds: 1800 } })
    expect(proxyTimerRequest({ supported: false, minSe: 3600 }, ours)).toEqual({ kind: 'forward', expires: { seconds: 3600 } })
  })

  it('shortens, never raises, and leaves the refresher (RFC 4028 §8.1)', () => {
    const seconds = (asked: number, minSe?: number) =>
      proxyTimerRequest({ supported: true, expires: { seconds: asked, refresher: 'uas' }, minSe }, ours)
    expect(seconds(7200)).toEqual({ kind: 'forward', expires: { seconds: 1800, refresher: 'uas' } })
    expect(seconds(7200, 3600)).toEqual({ kind: 'forward', expires: { seconds: 3600, refresher: 'uas' } })
    expect(seconds(600)).toEqual({ kind: 'forward', expires: { seconds: 600, refresher: 'uas' } })
  })

  it('refuses a short one with 422 if that is understood, else raises it with Min-SE (RFC 4028 §8.1)', () => {
    const expires = { seconds: 100 }
    expect(proxyTimerRequest({ supported: true, expires }, ours)).toEqual({ kind: 'refuse 422', minSe: 120 })
    expect(proxyTimerRequest({ supported: false, expires }, ours)).toEqual({ kind: 'forward', expires: { seconds: 120 }, minSe: 120 })
  })

  it('starts one for a called party that knows none, the caller refreshing, if it can (RFC 4028 §8.2)', () => {
    const forwarded = { seconds: 1800 }
    expect(proxyTimerResponse({ supported: true }, forwarded, {})).toEqual({
      expires: { seconds: 1800, refresher: 'uac' },
      require: 'timer',
    })
    expect(proxyTimerResponse({ supported: false }, forwarded, {})).toBeUndefined()
    expect(proxyTimerResponse({ supported: true }, undefined, {})).toBeUndefined()
    expect(proxyTimerResponse({ supported: true }, forwarded, { expires: { seconds: 90, refresher: 'uas' } })).toBeUndefined()
  })

  it('wants by default what the standard recommends (RFC 4028 §4)', () => {
    expect(SESSION_TIMER).toEqual({ seconds: 1800, minSe: 90, refresher: 'us' })
  })
})
