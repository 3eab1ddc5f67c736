/** Stored messages come back as they were, whatever else is stored and released around them. */
import { seededRandom } from '@strowger/testkit'
import { expect, test } from 'vitest'
import { ByteSlab } from '../src/byte-slab.ts'

test('what is kept is read back unchanged until it is released', () => {
  const random = seededRandom(3)
  const slab = new ByteSlab()
  const kept = new Map<number, Uint8Array>()
  for (let i = 0; i < 4000; i++) {
    if (random() < 0.55) {
      const bytes = new Uint8Array(Math.floor(random() ** 6 * 70_000)).fill(i)
      const ref = slab.keep(bytes)
      expect(ref).toBeGreaterThan(0)
      expect(kept.has(ref)).toBe(false)
      kept.set(ref, bytes)
    } else if (kept.size > 0) {
      const ref = [...kept.keys()][Math.floor(random() * kept.size)]!
      slab.release(ref)
      kept.delete(ref)
    }
  }
  for (const [ref, bytes] of kept) expect(Buffer.compare(slab.read(ref), bytes)).toBe(0)
  expect(slab.size).toBe(kept.size)
  for (const ref of kept.keys()) slab.release(ref)
  expect(slab.size).toBe(0)
})

test('a copy that was read survives the release of its block', () => {
  const slab = new ByteSlab()
  const ref = slab.keep(Uint8Array.of(1, 2, 3))
  const copy = slab.read(ref)
  slab.release(ref)
  slab.keep(Uint8Array.of(9, 9, 9))
  expect(copy).toEqual(Uint8Array.of(1, 2, 3))
})
