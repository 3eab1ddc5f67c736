import { describe, expect, test } from 'vitest'
import { drop, join, keptBy, leave, NO_WORKERS, ownedBy, release, replace, type ShardMap } from '../../src/workers/shard-map.ts'

type Change = (map: ShardMap) => ShardMap
const joins =
  (worker: number): Change =>
  map =>
    join(map, worker)
const leaves =
  (worker: number): Change =>
  map =>
    leave(map, worker)
const drops =
  (worker: number): Change =>
  map =>
    drop(map, worker)
const replaces =
  (from: number, to: number): Change =>
  map =>
    replace(map, from, to)
const lets =
  (worker: number): Change =>
  map =>
    release(map, worker, keptBy(map, worker))

const after = (...changes: readonly Change[]): ShardMap => changes.reduce((map, change) => change(map), NO_WORKERS)
const share = (map: ShardMap): Record<string, number | string> =>
  Object.fromEntries(
    [1, 2, 3, 4].flatMap(worker => {
      const [owned, kept] = [ownedBy(map, worker), keptBy(map, worker).length]
      return owned + kept === 0 ? [] : [[worker, kept === 0 ? owned : `${owned}, keeps ${kept}`]]
    }),
  )

describe('who takes new calls of how many shards, and keeps older ones of how many', () => {
  test.each<[what: string, changes: readonly Change[], expected: Record<number, number | string>]>([
    ['the first takes all', [joins(1)], { 1: 256 }],
    ['the second takes half, the first keeps what it had of them', [joins(1), joins(2)], { 1: '128, keeps 128', 2: 128 }],
    ['what was kept is let go', [joins(1), joins(2), lets(1)], { 1: 128, 2: 128 }],
    ['the third takes a third', [joins(1), joins(2), lets(1), joins(3), lets(1), lets(2)], { 1: 85, 2: 86, 3: 85 }],
    ['a worker that is replaced keeps what it has', [joins(1), replaces(1, 2)], { 1: '0, keeps 256', 2: 256 }],
    ['and is nobody when it has let go', [joins(1), replaces(1, 2), lets(1)], { 2: 256 }],
    ['one that leaves without a successor gives to the others', [joins(1), joins(2), lets(1), leaves(2)], { 1: 256, 2: '0, keeps 128' }],
    ['the last of all stays', [joins(1), leaves(1)], { 1: 256 }],
    ['the shards of a dead one go to the living', [joins(1), joins(2), lets(1), drops(2)], { 1: 256 }],
    ['one who kept calls of a dead one takes all of them', [joins(1), replaces(1, 2), drops(2)], { 1: 256 }],
    ['nobody is left', [joins(1), drops(1)], {}],
    ['after nobody, the next takes all', [joins(1), drops(1), joins(2)], { 2: 256 }],
    ['two drains at once', [joins(1), replaces(1, 2), replaces(2, 3)], { 1: '0, keeps 256', 2: '0, keeps 256', 3: 256 }],
  ])('%s', (_, changes, expected) => {
    expect(share(after(...changes))).toEqual(expected)
  })

  test('a chain names them from the oldest to the one that takes new calls', () => {
    expect(after(joins(1), replaces(1, 2), replaces(2, 3)).chains[7]).toEqual([1, 2, 3])
    expect(after(joins(1), replaces(1, 2), replaces(2, 3), drops(2)).chains[7]).toEqual([1, 3])
  })

  test('the version grows with each change, and with nothing else', () => {
    const two = after(joins(1), joins(2))
    expect(two.version).toBe(2)
    expect(drop(two, 9)).toBe(two)
    expect(release(two, 2, [0, 1, 2])).toBe(two)
    expect(leave(two, 9)).toBe(two)
    expect(lets(1)(two).version).toBe(3)
  })
})
