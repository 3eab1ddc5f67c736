import { describe, expect, it } from 'vitest'
import { glareDelayMs, retryAfterSeconds } from '../src/glare.ts'
import {
  NO_SESSION,
  type OfferAnswer,
  type OfferAnswerEvent,
  type OfferAnswerState,
  offerAnswer,
  offerAnswerStep,
} from '../src/offer-answer.ts'

const EVENTS: OfferAnswerEvent[] = [
  'send offer',
  'receive offer',
  'send answer',
  'receive answer',
  'refused',
  'send preview',
  'receive preview',
]
/** Written from RFC 3264 §4 and RFC 6337 §2 by hand, not from the table. */
const EXPECTED: Record<OfferAnswerState, string[]> = {
  idle: ['offered take', 'owing take', 'idle not allowed', 'idle ignore', 'idle ignore', 'idle not allowed', 'idle ignore'],
  offered: [
    'offered not allowed',
    'offered refuse 491',
    'offered not allowed',
    'stable take',
    'back take',
    'offered not allowed',
    'offered take',
  ],
  owing: ['owing not allowed', 'owing refuse 500', 'stable take', 'owing ignore', 'back take', 'owing take', 'owing ignore'],
  stable: ['offered take', 'owing take', 'stable ignore', 'stable ignore', 'stable ignore', 'stable ignore', 'stable ignore'],
}
const run = (...events: OfferAnswerEvent[]): OfferAnswer =>
  events.reduce((machine, event) => offerAnswerStep(machine, event).machine, NO_SESSION)

describe('offer and answer', () => {
  for (const state of Object.keys(EXPECTED) as OfferAnswerState[]) {
    for (const [i, event] of EVENTS.entries()) {
      it(`${state}: ${event} gives ${EXPECTED[state][i]} (RFC 3264 §4)`, () => {
        const { to, verdict } = offerAnswer[state][event]
        expect(`${to} ${verdict}`).toBe(EXPECTED[state][i])
      })
    }
  }

  it('a refused first offer leaves no session (RFC 3261 §13.2.1)', () => {
    expect(run('send offer', 'refused')).toEqual(NO_SESSION)
  })

  it('a refused re-INVITE leaves the session as it was (RFC 3261 §14.1)', () => {
    expect(run('receive offer', 'send answer', 'send offer', 'refused').state).toBe('stable')
    expect(run('receive offer', 'send answer', 'receive offer', 'refused').state).toBe('stable')
  })

  it('early media: the 183 answers, the 200 repeats it (RFC 3261 §13.2.1)', () => {
    const machine = run('send offer', 'receive answer')
    expect(offerAnswerStep(machine, 'receive answer')).toEqual({ machine, verdict: 'ignore' })
  })
})

describe('INVITEs that cross', () => {
  it('are tried again after 2.1 to 4 s by who made the Call-ID, 0 to 2 s by the other (RFC 3261 §14.1)', () => {
    const top = 1 - 2 ** -32
    expect([glareDelayMs(true, 0), glareDelayMs(true, top), glareDelayMs(false, 0), glareDelayMs(false, top)]).toEqual([
      2100, 4000, 0, 2000,
    ])
  })

  it('name 0 to 10 s in Retry-After (RFC 3261 §14.2)', () => {
    expect([retryAfterSeconds(0), retryAfterSeconds(1 - 2 ** -32)]).toEqual([0, 10])
  })
})
