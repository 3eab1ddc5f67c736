import { describe, expect, it } from 'vitest'
import { type NotifierEvent, notifierTable } from '../../src/events/notifier-table.ts'
import {
  activateNotifier,
  answerNotifier,
  changeNotifier,
  endNotifier,
  endsSubscription,
  isOpen,
  type NotifierStep,
  nextNotifierWake,
  refreshNotifier,
  shiftNotifier,
  startNotifier,
  wakeNotifier,
} from '../../src/events/notifier-usage.ts'

const EVENTS: NotifierEvent[] = ['news', 'end', 'due', 'delivered', 'later', 'refused', 'challenged', 'lost']
const start = (options: { seconds?: number; throttleMs?: number; status?: 'active' | 'pending' } = {}): NotifierStep =>
  startNotifier(0, { status: 'active', seconds: 100, ...options })

describe('the table of a notifier', () => {
  it('has these cells, and ignores the rest (RFC 6665 §4.2.2)', () => {
    const rows = Object.entries(notifierTable).map(([state, row]) => `${state}: ${EVENTS.map(event => row[event]?.to ?? '-').join(' ')}`)
    expect(rows).toEqual([
      'quiet: held ending - - - - - -',
      'held: held ending notifying - - - - -',
      'notifying: behind closing - quiet held quiet notifying ended',
      'behind: behind closing - held held held notifying ended',
      'closing: - - - ending ending ending ending ended',
      'ending: - - - ended ended ended ending ended',
      'ended: - - - - - - - -',
    ])
  })

  it('never has two NOTIFYs out at once: what sends leads from a state without one to a state with one (RFC 6665 §4.2.2)', () => {
    const out = new Set(['notifying', 'behind', 'closing', 'ending'])
    for (const [state, row] of Object.entries(notifierTable)) {
      for (const [event, { to, effects }] of Object.entries(row)) {
        const sends = effects.includes('send') || effects.includes('send last')
        const answered = ['delivered', 'later', 'refused', 'challenged', 'lost'].includes(event)
        if (sends) expect([state, out.has(state) && !answered, out.has(to)]).toEqual([state, false, true])
        else expect(out.has(to), `${state} ${event}`).toBe(out.has(state) && !answered)
      }
    }
  })
})

describe('one subscription of a notifier', () => {
  it('is told at once, whatever the state (RFC 6665 §4.2.1.2)', () => {
    expect(start({ status: 'pending' }).send).toEqual({ status: 'pending', expiresSeconds: 100, version: 0, full: true })
  })

  it('that asks for 0 seconds gets one NOTIFY, its last (RFC 6665 §4.4.3)', () => {
    const { usage, send } = start({ seconds: 0 })
    expect(send).toEqual({ status: 'terminated', ending: { reason: 'timeout' }, version: 0, full: true })
    expect([nextNotifierWake(usage), isOpen(usage)]).toEqual([Number.POSITIVE_INFINITY, false])
    expect(answerNotifier(usage, 10, { status: 200 }).ended).toBe(true)
  })

  it('has one NOTIFY out, and one more for all that happened meanwhile (RFC 6665 §4.2.2)', () => {
    let { usage } = start()
    for (let i = 0; i < 5; i++) {
      const step = changeNotifier(usage, i)
      expect(step.send).toBeUndefined()
      usage = step.usage
    }
    const next = answerNotifier(usage, 20, { status: 200 })
    expect(next.send).toEqual({ status: 'active', expiresSeconds: 100, version: 1, full: false })
    expect(answerNotifier(next.usage, 30, { status: 200 })).toMatchObject({ usage: { state: 'quiet' } })
  })

  it('holds newer state back for the throttle, but not the answer to a SUBSCRIBE (RFC 6665 §5.4.10)', () => {
    const quiet = answerNotifier(start({ throttleMs: 5000 }).usage, 100, { status: 200 }).usage
    const held = changeNotifier(quiet, 200)
    expect([held.send, nextNotifierWake(held.usage)]).toEqual([undefined, 5000])
    expect(wakeNotifier(held.usage, 4999).send).toBeUndefined()
    expect(wakeNotifier(held.usage, 5000).send?.version).toBe(1)
    expect(refreshNotifier(held.usage, 300, 100).send).toMatchObject({ full: true, expiresSeconds: 100 })
  })

  it('ends when its time is over, and says so (RFC 6665 §4.2.2)', () => {
    const quiet = answerNotifier(start().usage, 0, { status: 200 }).usage
    expect(nextNotifierWake(quiet)).toBe(100_000)
    expect(wakeNotifier(quiet, 100_000).send).toMatchObject({ status: 'terminated', ending: { reason: 'timeout' } })
  })

  it('is refreshed: new duration, full state at once (RFC 6665 §4.2.1.4)', () => {
    const quiet = answerNotifier(start().usage, 0, { status: 200 }).usage
    const { usage, send } = refreshNotifier(quiet, 50_000, 60)
    expect(send).toEqual({ status: 'active', expiresSeconds: 60, version: 1, full: true })
    expect(nextNotifierWake(usage)).toBe(110_000)
  })

  it('is unsubscribed by 0 seconds, with a last NOTIFY (RFC 6665 §4.1.2.3)', () => {
    const quiet = answerNotifier(start().usage, 0, { status: 200 }).usage
    expect(refreshNotifier(quiet, 10, 0).send).toMatchObject({ status: 'terminated', ending: { reason: 'timeout' } })
  })

  it('becomes active from pending, told at once (RFC 6665 §4.2.2)', () => {
    const quiet = answerNotifier(start({ status: 'pending', throttleMs: 9000 }).usage, 0, { status: 200 }).usage
    expect(activateNotifier(quiet, 1).send).toMatchObject({ status: 'active', full: true })
  })

  it('ends once, with the first reason given, after the NOTIFY that is out (RFC 6665 §4.2.2)', () => {
    const closing = endNotifier(start().usage, 5, { reason: 'probation', retryAfterSeconds: 60 })
    expect(closing.send).toBeUndefined()
    const again = endNotifier(closing.usage, 6, { reason: 'noresource' })
    expect(answerNotifier(again.usage, 7, { status: 200 }).send).toMatchObject({
      status: 'terminated',
      ending: { reason: 'probation', retryAfterSeconds: 60 },
    })
  })

  it('waits as long as Retry-After asks, then sends the newest state (RFC 6665 §4.2.2)', () => {
    const waiting = answerNotifier(start().usage, 0, { status: 503, retryAfterSeconds: 30 })
    expect([waiting.usage.state, nextNotifierWake(waiting.usage)]).toEqual(['held', 30_000])
    expect(wakeNotifier(waiting.usage, 30_000).send?.version).toBe(1)
  })

  it('answers a challenge of its last NOTIFY, too (RFC 6665 §4.2.2)', () => {
    const last = start({ seconds: 0 })
    expect(answerNotifier(last.usage, 5, { status: 401, answerable: true }).send).toMatchObject({ status: 'terminated', full: true })
    expect(answerNotifier(last.usage, 5, { status: 401 }).ended).toBe(true)
  })

  it('is over when its NOTIFY is not answered or refused for good, and stands otherwise (RFC 6665 §4.2.2, RFC 5057 §5.1)', () => {
    const over = [404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]
    for (const status of over) expect([status, answerNotifier(start().usage, 0, { status }).ended]).toEqual([status, true])
    for (const status of [401, 403, 407, 423, 486, 500, 503, 600, 603])
      expect(answerNotifier(start().usage, 0, { status }).usage.state).toBe('quiet')
    expect(answerNotifier(start().usage, 0, { status: undefined }).ended).toBe(true)
    expect(endsSubscription(200)).toBe(false)
  })

  it('goes on elsewhere with what was left of its time', () => {
    const quiet = answerNotifier(start().usage, 0, { status: 200 }).usage
    const saved = JSON.parse(JSON.stringify(shiftNotifier(quiet, -40_000)))
    expect(nextNotifierWake(shiftNotifier(saved, 1_000_000))).toBe(1_060_000)
  })
})
