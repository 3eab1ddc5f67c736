import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  activateNotifier,
  answerNotifier,
  changeNotifier,
  endNotifier,
  type NotifierStep,
  type NotifierUsage,
  nextNotifierWake,
  refreshNotifier,
  startNotifier,
  wakeNotifier,
} from '../../src/events/notifier-usage.ts'
import {
  answerSubscriber,
  nextSubscriberWake,
  notifySubscriber,
  type SubscriberStep,
  type SubscriberUsage,
  startSubscriber,
  stopSubscriber,
  wakeSubscriber,
} from '../../src/events/subscriber-usage.ts'

const json = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T
const status = fc.constantFrom(undefined, 200, 202, 401, 404, 408, 423, 481, 489, 500, 503)

describe('one subscription on the notifier side, through any course of events', () => {
  const act = fc.oneof(
    fc.constant((usage: NotifierUsage, now: number) => changeNotifier(usage, now)),
    fc.constant((usage: NotifierUsage, now: number) => activateNotifier(usage, now)),
    fc.constant((usage: NotifierUsage, now: number) => endNotifier(usage, now, { reason: 'noresource' })),
    fc.constant((usage: NotifierUsage, now: number) => wakeNotifier(usage, now)),
    fc.integer({ min: 0, max: 100 }).map(seconds => (usage: NotifierUsage, now: number) => refreshNotifier(usage, now, seconds)),
  )
  const step = fc.record({
    act: fc.option(act),
    status,
    retryAfter: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
    waitMs: fc.integer({ min: 0, max: 30_000 }),
  })

  it('has one NOTIFY out at most, says `terminated` once and last, and always ends (RFC 6665 §4.2.2)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.constantFrom(0, 5000), (steps, throttleMs) => {
        let [now, out, last, ended] = [0, 0, 0, 0]
        let usage = startNotifier(0, { status: 'pending', seconds: 60, throttleMs }).usage
        out = 1
        const take = (next: NotifierStep): void => {
          usage = json(next.usage)
          if (next.send) {
            expect([out, last]).toEqual([0, 0])
            out += 1
            if (next.send.status === 'terminated') last += 1
          }
          if (next.ended) ended += 1
        }
        for (const { act: perform, status: answer, retryAfter, waitMs } of steps) {
          now += waitMs
          if (perform) take(perform(usage, now))
          else if (out === 1) {
            out = 0
            // A last one that was challenged has told nobody: it goes out once more, signed.
            if (answer === 401) last = 0
            take(answerNotifier(usage, now, { status: answer, retryAfterSeconds: retryAfter, answerable: answer === 401 }))
          }
        }
        for (let i = 0; i < 200 && ended === 0; i++) {
          now = Math.max(now, Math.min(nextNotifierWake(usage), now + 1_000_000))
          take(wakeNotifier(usage, now))
          if (out === 1) {
            out = 0
            take(answerNotifier(usage, now, { status: 200 }))
          }
        }
        expect([usage.state, ended, nextNotifierWake(usage)]).toEqual(['ended', 1, Number.POSITIVE_INFINITY])
      }),
    )
  })
})

describe('one subscription on the subscriber side, through any course of events', () => {
  const act = fc.oneof(
    fc.constant((usage: SubscriberUsage, now: number) => stopSubscriber(usage, now)),
    fc.constant((usage: SubscriberUsage, now: number) => wakeSubscriber(usage, now)),
    fc
      .record({ status: fc.constantFrom('active' as const, 'pending' as const), seconds: fc.integer({ min: 0, max: 100 }) })
      .map(says => (usage: SubscriberUsage, now: number) => notifySubscriber(usage, now, says)),
  )
  const step = fc.record({
    act: fc.option(act),
    status,
    minSeconds: fc.integer({ min: 0, max: 900 }),
    answerable: fc.boolean(),
    waitMs: fc.integer({ min: 0, max: 30_000 }),
  })

  it('has one SUBSCRIBE out at most, and is gone in the end once it is stopped (RFC 6665 §4.1.2)', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        let [now, out, gone] = [0, 0, 0]
        let usage = startSubscriber(0, { status: 'active', seconds: 60, askSeconds: 60 }).usage
        const take = (next: SubscriberStep): void => {
          usage = json(next.usage)
          if (next.send) {
            expect(out).toBe(0)
            out = 1
          }
          if (next.gone) gone += 1
        }
        const answer = (how: Parameters<typeof answerSubscriber>[2]): void => {
          if (out === 0 || gone > 0) return
          out = 0
          take(answerSubscriber(usage, now, how))
        }
        for (const { act: perform, waitMs, ...how } of steps) {
          now += waitMs
          if (perform) take(perform(usage, now))
          else answer(how)
        }
        take(stopSubscriber(usage, now))
        for (let i = 0; i < 20 && gone === 0; i++) {
          answer({ status: 200 })
          now = Math.max(now, Math.min(nextSubscriberWake(usage), now + 1_000_000))
          take(wakeSubscriber(usage, now))
        }
        expect([usage.state, gone, nextSubscriberWake(usage)]).toEqual(['gone', 1, Number.POSITIVE_INFINITY])
      }),
    )
  })
})
