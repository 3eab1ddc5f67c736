import { describe, expect, it } from 'vitest'
import { followUpOf, refusalFollowUp, retryInMs } from '../../src/events/follow-up.ts'
import { type SubscriberEvent, subscriberTable } from '../../src/events/subscriber-table.ts'
import {
  answerSubscriber,
  nextSubscriberWake,
  notifySubscriber,
  startSubscriber,
  stopSubscriber,
  wakeSubscriber,
} from '../../src/events/subscriber-usage.ts'
import { type SubscriptionEvent, subscriptionTable } from '../../src/events/subscription-table.ts'

const rowsOf = <Event extends string>(
  table: Readonly<Record<string, Readonly<Partial<Record<Event, { readonly to: string }>>>>>,
  events: readonly Event[],
) => Object.entries(table).map(([state, row]) => `${state}: ${events.map(event => row[event]?.to ?? '-').join(' ')}`)

describe('the table of a subscriber', () => {
  const EVENTS: SubscriberEvent[] = [
    'notify',
    'last notify',
    'granted',
    'too brief',
    'challenged',
    'lost',
    'refused',
    'refresh due',
    'over',
    'stop',
  ]
  it('has these cells, and ignores the rest (RFC 6665 §4.1.2)', () => {
    expect(rowsOf(subscriberTable, EVENTS)).toEqual([
      'live: live gone - - - - - refreshing gone leaving',
      'refreshing: refreshing gone live refreshing refreshing gone live - gone stopping',
      'stopping: stopping gone leaving leaving leaving gone leaving - gone -',
      'leaving: leaving gone left gone leaving gone gone - - -',
      'left: left gone - - - - - - gone -',
      'gone: - - - - - - - - - -',
    ])
  })

  it('leads out of every state that waits for an answer by every answer (RFC 6665 §4.1.2.2)', () => {
    for (const state of ['refreshing', 'stopping', 'leaving'] as const)
      for (const answer of ['granted', 'too brief', 'challenged', 'lost', 'refused'] as const)
        expect(subscriberTable[state][answer]).toBeDefined()
  })

  it('has one SUBSCRIBE out at a time (RFC 6665 §4.1.2.2)', () => {
    const out = new Set(['refreshing', 'stopping', 'leaving'])
    for (const [state, row] of Object.entries(subscriberTable))
      for (const [event, { to, effects }] of Object.entries(row)) {
        const sends = effects.includes('subscribe') || effects.includes('unsubscribe')
        const answered = ['granted', 'too brief', 'challenged', 'lost', 'refused'].includes(event)
        if (to !== 'gone') expect([state, event, out.has(to)]).toEqual([state, event, sends || (out.has(state) && !answered)])
        if (sends) expect(out.has(state) && !answered).toBe(false)
      }
  })
})

describe('one subscription of a subscriber', () => {
  const live = (seconds = 100) => startSubscriber(0, { status: 'active', seconds, askSeconds: 600 }).usage
  const refreshing = () => wakeSubscriber(live(), 80_000)

  it('is refreshed in time, with the duration that was asked for before (RFC 6665 §4.1.2.2)', () => {
    expect([nextSubscriberWake(live()), refreshing().send]).toEqual([80_000, { seconds: 600 }])
    const granted = answerSubscriber(refreshing().usage, 80_100, { status: 200, grantedSeconds: 9999 })
    expect(granted.usage.expiresAt).toBe(680_100)
  })

  it('is gone after 404, 405, 408, 410, 416, 480 to 485, 489, 501 and 604, and stands after others (RFC 6665 §4.1.2.2)', () => {
    for (const status of [404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604, undefined])
      expect([status, answerSubscriber(refreshing().usage, 80_100, { status }).gone]).toEqual([status, true])
    for (const status of [400, 403, 423, 486, 500, 503, 600, 603])
      expect([status, answerSubscriber(refreshing().usage, 80_100, { status }).usage.state]).toEqual([status, 'live'])
  })

  it('refused now asks again half way to its end, or when told to, but not for ever (RFC 6665 §4.1.2.2)', () => {
    expect(nextSubscriberWake(answerSubscriber(refreshing().usage, 80_000, { status: 500 }).usage)).toBe(90_000)
    expect(nextSubscriberWake(answerSubscriber(refreshing().usage, 80_000, { status: 503, retryAfterSeconds: 15 }).usage)).toBe(95_000)
    expect(wakeSubscriber(answerSubscriber(refreshing().usage, 98_000, { status: 500 }).usage, 100_000).gone).toBe(true)
  })

  it('goes by the NOTIFY, whatever the 2xx said (RFC 6665 §4.1.3)', () => {
    expect(notifySubscriber(live(), 1000, { status: 'pending', seconds: 10 }).usage).toMatchObject({ status: 'pending', expiresAt: 11_000 })
    expect(notifySubscriber(live(), 1000, { status: 'active' }).usage.expiresAt).toBe(100_000)
  })

  it('is refreshed in time however many NOTIFYs come (RFC 6665 §4.1.2.2)', () => {
    let usage = live(100)
    for (let second = 1; second < 80; second++)
      usage = notifySubscriber(usage, second * 1000, { status: 'active', seconds: 100 - second }).usage
    expect(wakeSubscriber(usage, 80_000).send).toEqual({ seconds: 600 })
  })

  it('left waits for its last NOTIFY for 64*T1 and no longer, whatever other NOTIFYs say (RFC 6665 §4.1.2.3)', () => {
    const left = answerSubscriber(stopSubscriber(live(), 0).usage, 1000, { status: 200 }).usage
    const more = notifySubscriber(left, 2000, { status: 'active', seconds: 9999 }).usage
    expect([nextSubscriberWake(more), wakeSubscriber(more, 33_000).gone]).toEqual([33_000, true])
  })
})

describe('the table of a wish to be subscribed', () => {
  it('has these cells, and ignores the rest (RFC 6665 §4.1.2)', () => {
    const events: SubscriptionEvent[] = ['start', 'stop', '2xx', 'challenged', 'too brief', 'refused', 'notify', 'timer', 'ended']
    expect(rowsOf(subscriptionTable, events)).toEqual([
      'idle: subscribing - - - - - - - -',
      'subscribing: - stopping accepted subscribing subscribing waiting notified waiting -',
      'accepted: - stopping - - - - running waiting -',
      'notified: - leaving running running running running notified running waiting',
      'running: - leaving - - - - running running waiting',
      'stopping: subscribing - - idle idle idle leaving idle -',
      'leaving: returning - - - - - leaving leaving idle',
      'returning: - leaving - - - - returning returning subscribing',
      'waiting: subscribing idle - - - - - subscribing -',
    ])
  })
})

describe('what follows the end of a subscription', () => {
  it('is told by its reason (RFC 6665 §4.1.3)', () => {
    const kinds = (['deactivated', 'probation', 'rejected', 'timeout', 'giveup', 'noresource', 'invariant', undefined] as const).map(
      reason => followUpOf({ ...(reason && { reason }), retryAfterSeconds: 7 }),
    )
    expect(kinds.map(({ kind }) => kind)).toEqual(['now', 'later', 'never', 'now', 'later', 'never', 'never', 'later'])
    expect(kinds.map(each => ('seconds' in each ? each.seconds : '-'))).toEqual(['-', 7, '-', '-', 7, '-', '-', 7])
  })

  it('is nothing after a refusal that no repetition cures (RFC 3261 §21.4)', () => {
    for (const status of [400, 403, 405, 406, 415, 420, 489, 501, 603]) expect(refusalFollowUp(status)).toEqual({ kind: 'never' })
    for (const status of [404, 408, 480, 481, 500, 503, undefined]) expect(refusalFollowUp(status).kind).toBe('later')
  })

  it('comes later and later, up to half an hour (RFC 5626 §4.5)', () => {
    expect([1, 2, 3, 20].map(failures => retryInMs({ kind: 'now' }, failures, 0))).toEqual([0, 60_000, 120_000, 900_000])
    expect([1, 2].map(failures => retryInMs({ kind: 'later', seconds: 5 }, failures, 0))).toEqual([5000, 60_000])
  })
})
