/** The queue against a map: whatever is set, moved and taken, the earliest comes first and nothing stays. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WakeQueue } from '../src/call/wake-queue.ts'

test('gives the earliest key first, moves keys, and forgets those set to Infinity', () => {
  const operation = fc.record({ key: fc.constantFrom(...'abcdefghijkl'), at: fc.oneof(fc.nat(50), fc.constant(Number.POSITIVE_INFINITY)) })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), operations => {
      const queue = new WakeQueue()
      const model = new Map<string, number>()
      for (const { key, at } of operations) {
        queue.set(key, at)
        if (at === Number.POSITIVE_INFINITY) model.delete(key)
        else model.set(key, at)
        expect(queue.size).toBe(model.size)
        expect(queue.next).toBe(Math.min(Number.POSITIVE_INFINITY, ...model.values()))
      }
      const taken: number[] = []
      for (let key = queue.take(50); key !== undefined; key = queue.take(50)) taken.push(model.get(key)!)
      expect(taken).toEqual([...model.values()].sort((a, b) => a - b))
      expect(queue.next).toBe(Number.POSITIVE_INFINITY)
    }),
  )
})
