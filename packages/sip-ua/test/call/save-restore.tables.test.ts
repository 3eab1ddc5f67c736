/** Every scenario, and every scenario again with either party dying and coming back elsewhere before each of its steps. RFC 3261 §12, §17. */
import { describe, expect, test } from 'vitest'
import { callTable } from '../../src/call/index.ts'
import { outcome, play, scenarios } from './scenarios.ts'

const zeros = (leftovers: readonly number[]): boolean => leftovers.every(each => each === 0)

describe.each(scenarios)('$name', scenario => {
  test(`it goes as it should and leaves nothing behind (${scenario.clause})`, () => {
    const { net, alice, bob } = play(scenario)
    expect(net.flow()).toMatch(scenario.flow ?? /./)
    expect(net.leftovers()).toSatisfy(zeros)
    expect([...alice.kinds(), ...bob.kinds()].filter(kind => kind === 'ended').length).toBeLessThanOrEqual(2)
    expect(alice.kinds().at(-1)).toBe('ended')
  })

  test(`saved to JSON before any step and restored in another agent, it ends the same (${scenario.clause})`, () => {
    const plain = play(scenario)
    const expected = { alice: outcome(plain.alice), bob: outcome(plain.bob), flow: plain.net.flow() }
    for (let step = 0; step < plain.steps; step++)
      for (const who of ['alice', 'bob'] as const) {
        const { net, alice, bob } = play(scenario, { who, step })
        const state = `${who} restarted before step ${step} of ${plain.steps}`
        expect({ state, alice: outcome(alice), bob: outcome(bob), flow: net.flow() }).toEqual({ state, ...expected })
        expect(net.leftovers()).toSatisfy(zeros)
      }
  })
})

test('among the moments of saving are all states of a call, and each request that may be under way in it (RFC 3261 §13, §14)', () => {
  const seen = new Set(scenarios.flatMap(scenario => [...play(scenario).states]))
  const words = new Set([...seen].flatMap(state => state.split(', ')))
  expect([...words]).toEqual(expect.arrayContaining(Object.keys(callTable)))
  for (const state of UNDER_WAY) expect([...seen]).toContain(state)
})

const UNDER_WAY = [
  'early, PRACK out',
  'early, answer owed in PRACK',
  'ringing, PRACK awaited',
  'holding, PRACK awaited',
  'acknowledging, answer owed in ACK',
  'early, UPDATE out',
  'confirmed, INVITE out',
  'confirmed, INVITE in, answer owed in 2xx',
  'confirmed, UPDATE out',
  'confirmed, INFO out',
  'confirmed, INFO in',
  'confirmed, offer again',
  'ending, BYE out',
]
