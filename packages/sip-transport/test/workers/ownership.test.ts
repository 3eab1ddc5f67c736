import { describe, expect, test } from 'vitest'
import { shardOf } from '../../src/shard.ts'
import { Ownership, type Passed } from '../../src/workers/ownership.ts'
import type { ShardMap, WorkerId } from '../../src/workers/shard-map.ts'

const CALL = 'a84b4c76e66710@pc33.atlanta.com'

/** Version 5: the shard of CALL has this chain, every other is worker 9's. */
const mapOf = (chain: readonly WorkerId[], version = 5): ShardMap => ({
  version,
  chains: Array.from({ length: 256 }, (_, shard) => (shard === shardOf(CALL) ? chain : [9])),
})

const here = undefined
const by = (version: number, passes = 1): Passed => ({ version, passes })

describe('who takes a message of the call', () => {
  test.each<[what: string, me: WorkerId, chain: readonly WorkerId[], passed: Passed | undefined, lives: boolean, owner: WorkerId]>([
    ['arrived at its owner', 1, [1], here, false, 1],
    ['arrived elsewhere', 2, [1], here, false, 1],
    ['handed to its owner', 1, [1], by(5), false, 1],
    ['nobody owns it: whoever has it', 3, [], here, false, 3],
    ['while 1 drains for 2: 1 is asked first', 2, [1, 2], here, false, 1],
    ['… also from a third', 3, [1, 2], here, false, 1],
    ['… 1 takes what lives there', 1, [1, 2], here, true, 1],
    ['… 1 hands on what is new', 1, [1, 2], here, false, 2],
    ['… 1 hands on what was handed to it', 1, [1, 2], by(5), false, 2],
    ['… 2 takes what 1 does not know', 2, [1, 2], by(5, 2), false, 2],
    ['two drains: along the chain', 2, [1, 2, 3], by(5, 2), false, 3],
    ['two drains: the one in the middle has it', 2, [1, 2, 3], by(5, 2), true, 2],
    ['the sender knows a newer map', 2, [1], by(6), false, 2],
    ['the sender knows an older map, we are gone from it', 2, [1], by(4), false, 1],
    ['it has gone in circles', 2, [1], by(4, 8), false, 2],
  ])('%s', (_, me, chain, passed, lives, owner) => {
    const byTransaction = new Ownership(me, mapOf(chain))
    expect(byTransaction.ownerOf(CALL, passed, () => lives)).toBe(owner)
    const byCall = new Ownership(me, mapOf(chain))
    byCall.keep(lives ? [CALL] : [])
    expect(byCall.ownerOf(CALL, passed, () => false)).toBe(owner)
  })
})

test('only calls of the shards that go to others are kept', () => {
  const ownership = new Ownership(1, mapOf([1, 2]))
  expect([...ownership.kept]).toEqual([shardOf(CALL)])
  expect(ownership.keep([CALL, 'another shard'])).toBe(1)
  ownership.adopt(mapOf([2], 6))
  expect(ownership.keep([CALL])).toBe(0)
})

test('an older map is not adopted', () => {
  const ownership = new Ownership(1, mapOf([1]))
  ownership.adopt(mapOf([2], 4))
  expect(ownership.takesNew(CALL)).toBe(true)
  ownership.adopt(mapOf([2], 6))
  expect(ownership.takesNew(CALL)).toBe(false)
})

test('transactions are looked for only while a shard is on its way to another', () => {
  const ownership = new Ownership(1, mapOf([1]))
  const never = (): boolean => {
    throw new Error('asked')
  }
  expect(ownership.ownerOf(CALL, here, never)).toBe(1)
  expect(ownership.ownerOf('of another', here, never)).toBe(9)
})

test('one that has died is passed over along the chain, whatever an older map still says', () => {
  const ownership = new Ownership(3, mapOf([1, 2]))
  ownership.lose(1)
  expect(ownership.ownerOf(CALL, undefined, () => false)).toBe(2)
  ownership.adopt(mapOf([1, 2], 6))
  expect(ownership.ownerOf(CALL, undefined, () => false)).toBe(2)
})
