/** Every scenario, and every scenario again with either party dying and coming back elsewhere before each of its steps. RFC 3261 §12, §17. */
import { CSeq } from '@strowger/sip-parser'
import { describe, expect, test } from 'vitest'
import { callTable } from '../../src/call/index.ts'
import { Net, type Script, sdp } from './net.ts'
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
  'early, PRACK held',
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

const answering: Script = (output, { agent, now }) =>
  void (output.kind === 'incoming' && agent.answer(now, output.call, { description: sdp('answer') }))

test('a call that was saved a while ago goes on with a higher CSeq, so that no number is used twice (RFC 3261 §12.2.1.1)', () => {
  const net = new Net()
  const [alice, bob] = [net.party('alice'), net.party('bob', answering)]
  const call = net.call(alice, bob)
  net.advance(1000)
  const saved = JSON.parse(JSON.stringify(alice.agent.save(alice.now, call)))
  alice.agent.request(alice.now, call, 'INFO')
  net.drain()
  net.advance(100)
  alice.renew()
  alice.agent.restore(alice.now, saved, { skipSequence: 100 })
  alice.agent.hangUp(alice.now, call)
  net.drain()
  net.advance(1000)
  expect(net.sent.flatMap(({ message }) => (message.kind === 'request' ? [message.headers.get(CSeq)?.sequence] : []))).toEqual([
    1, 1, 2, 102,
  ])
  expect(bob.of('ended')).toHaveLength(1)
})

test('what no agent saved is not restored: another version, a call that is here already (RFC 3261 §12)', () => {
  const net = new Net()
  const [alice, bob] = [net.party('alice'), net.party('bob', answering)]
  const call = net.call(alice, bob)
  net.advance(1000)
  const saved = alice.agent.save(alice.now, call)!
  expect(() => alice.agent.restore(alice.now, saved)).toThrow('is here already')
  expect(() => alice.agent.restore(alice.now, { ...saved, version: 2 as 1 })).toThrow('version 2')
  expect(alice.agent.save(alice.now, 'nobody')).toBeUndefined()
  expect(JSON.stringify(saved)).not.toContain('password')
})
