/** A set of relays: who is chosen, who is left, what moves. Time is an argument. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RelaySet } from '../src/index.ts'

const members = [
  { name: 'a', weight: 3 },
  { name: 'b', weight: 1 },
  { name: 'c', weight: 0 },
]
const calls = Array.from({ length: 4000 }, (_, at) => `call-${at}`)

describe('RelaySet', () => {
  test('new sessions are shared out by weight; weight 0 takes none while another answers', () => {
    const set = new RelaySet({ members })
    const count = (name: string): number => calls.filter(call => set.forOffer(call) === name).length
    expect(count('a') / calls.length).toBeCloseTo(0.75, 1)
    expect(count('b') / calls.length).toBeCloseTo(0.25, 1)
    expect(count('c')).toBe(0)
  })

  test('all who share a set choose alike, whatever the order of its relays', () => {
    const [one, other] = [new RelaySet({ members }), new RelaySet({ members: members.toReversed() })]
    for (const call of calls) expect(one.forOffer(call)).toBe(other.forOffer(call))
  })

  test('a session stays where it began, also when its relay was not the first choice', () => {
    const set = new RelaySet({ members })
    const call = calls.find(one => set.forOffer(one) === 'a')!
    expect(set.forOffer(call, ['a'])).toBe('b')
    set.began(call, 'b', ['a'])
    expect(set.forOffer(call)).toBe('b')
    expect(set.counts()).toMatchObject({ failedOver: 1, moved: 0, relays: { b: { sessions: 1 } } })
    set.ended(call)
    expect(set.forOffer(call)).toBe('a')
  })

  test('a relay that loses two commands is down, and its sessions are named; the others keep theirs', () => {
    const set = new RelaySet({ members })
    for (const call of calls.slice(0, 100)) set.began(call, set.forOffer(call)!)
    const onA = calls.slice(0, 100).filter(call => set.relayOf(call) === 'a')
    set.lost('a')
    expect(set.outputs()).toEqual([])
    set.lost('a')
    expect(set.outputs()).toEqual([{ kind: 'down', relay: 'a', sessions: onA }])
    for (const call of calls.slice(0, 100)) expect(set.forOffer(call)).toBe('b')
    set.began(onA[0]!, 'b')
    expect(set.counts().moved).toBe(1)
  })

  test('one answer in between, a refusal too, and it is not down', () => {
    const set = new RelaySet({ members })
    for (let round = 0; round < 5; round++) {
      set.lost('a')
      set.answered('a', round)
    }
    expect(set.outputs()).toEqual([])
  })

  test('who answers a ping is back, and takes what it took before', () => {
    const set = new RelaySet({ members, pingMs: 1000 })
    expect(set.pings(0)).toEqual(['a', 'b', 'c'])
    expect(set.pings(999)).toEqual([])
    set.lost('a')
    set.lost('a')
    set.outputs()
    set.answered('b', 500)
    expect(set.nextPing).toBe(1000)
    expect(set.pings(1000)).toEqual(['a', 'c'])
    set.answered('a', 1001)
    expect(set.outputs()).toEqual([{ kind: 'up', relay: 'a', left: [] }])
    expect(set.forOffer(calls.find(call => new RelaySet({ members }).forOffer(call) === 'a')!)).toBe('a')
  })

  test('sessions of one group begin on one relay', () => {
    const set = new RelaySet({ members, groupOf: session => session.split('.')[0]! })
    const used = new Set<string>()
    for (const call of calls.slice(0, 100)) {
      expect(set.forOffer(`${call}.b1`)).toBe(set.forOffer(`${call}.a`))
      used.add(set.forOffer(`${call}.a`)!)
    }
    expect(used).toEqual(new Set(['a', 'b']))
  })

  test('sessions on a relay that is down are stranded until an offer moves them, or they end, or it is back', () => {
    const set = new RelaySet({ members })
    for (const call of ['1', '2', '3', '4']) set.began(call, 'a')
    set.began('5', 'b')
    expect([...set.stranded()]).toEqual([])
    set.lost('a')
    set.lost('a')
    expect([...set.stranded()]).toEqual(['1', '2', '3', '4'])
    set.began('1', 'b')
    set.ended('2')
    expect([...set.stranded()]).toEqual(['3', '4'])
    set.outputs()
    set.answered('a', 1)
    expect([...set.stranded()]).toEqual([])
    // What went elsewhere may still be there; whether the others are has to be asked.
    expect(set.outputs()).toEqual([
      { kind: 'up', relay: 'a', left: ['1'] },
      { kind: 'doubtful', relay: 'a', sessions: ['3', '4'] },
    ])
  })

  test('sessions that a relay has forgotten are stranded too, and an offer there is enough', () => {
    const set = new RelaySet({ members })
    for (const call of ['1', '2', '3']) set.began(call, 'a')
    set.lost('a')
    set.answered('a', 1)
    expect(set.outputs()).toEqual([{ kind: 'doubtful', relay: 'a', sessions: ['1', '2', '3'] }])
    for (const call of ['1', '2', 'unknown']) set.forgot(call)
    expect([...set.stranded()]).toEqual(['1', '2'])
    set.began('1', set.forOffer('1')!)
    set.ended('2')
    expect([...set.stranded()]).toEqual([])
    expect(set.relayOf('1')).toBe('a')
  })

  test('when all are down they are tried all the same', () => {
    const set = new RelaySet({ members })
    for (const { name } of members) for (let count = 0; count < 2; count++) set.lost(name)
    expect(set.forOffer('x')).toBeDefined()
    expect(set.forOffer('x', ['a', 'b', 'c'])).toBeUndefined()
  })

  test('no session is on two relays, whatever happens', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'nobody')
    const call = fc.constantFrom('1', '2', '3')
    const step = fc.oneof(
      fc.tuple(fc.constant('began' as const), call, name),
      fc.tuple(fc.constant('ended' as const), call, name),
      fc.tuple(fc.constant('lost' as const), call, name),
      fc.tuple(fc.constant('answered' as const), call, name),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        const set = new RelaySet({ members })
        for (const [what, session, relay] of steps) {
          if (what === 'began') set.began(session, relay)
          if (what === 'ended') set.ended(session)
          if (what === 'lost') set.lost(relay)
          if (what === 'answered') set.answered(relay, 1)
        }
        const sessions = Object.values(set.counts().relays).reduce((sum, one) => sum + one.sessions, 0)
        expect(sessions).toBe(['1', '2', '3'].filter(one => set.relayOf(one) !== undefined).length)
      }),
    )
  })

  test('a set without relays, or with two of one name, is a mistake', () => {
    expect(() => new RelaySet({ members: [] })).toThrow(TypeError)
    expect(() => new RelaySet({ members: [members[0]!, members[0]!] })).toThrow(TypeError)
  })
})
