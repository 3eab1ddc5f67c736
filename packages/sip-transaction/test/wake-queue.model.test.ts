/** The heap of timers against a plain map, under random operations. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WakeQueue } from '../src/wake-queue.ts'

/** Times of one bucket, of several, and beyond a whole round of them. */
const time = fc.oneof(fc.nat(50), fc.nat(1000), fc.nat(200_000))
const operation = fc.oneof(
  fc.record({ kind: fc.constant('start' as const), timer: fc.nat(300), due: time }),
  fc.record({ kind: fc.constant('start after now' as const), timer: fc.nat(5000), due: fc.nat(40_000) }),
  fc.record({ kind: fc.constant('stop' as const), timer: fc.nat(300), due: fc.constant(0) }),
  fc.record({ kind: fc.constant('take' as const), timer: fc.constant(0), due: time }),
)

test('the queue gives the same timers as a map would, earliest first', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 400 }), operations => {
      const queue = new WakeQueue()
      const model = new Map<number, number>()
      let now = 0
      for (const { kind, timer, due } of operations) {
        if (kind === 'start') {
          queue.start(timer, due)
          model.set(timer, due)
        } else if (kind === 'start after now') {
          queue.start(timer, now + due, now)
          model.set(timer, now + due)
        } else if (kind === 'stop') {
          queue.stop(timer)
          model.delete(timer)
        } else {
          const earliest = Math.min(Number.POSITIVE_INFINITY, ...model.values())
          const taken = queue.take(due)
          now = Math.max(now, due)
          if (earliest > due) expect(taken).toBe(-1)
          else expect(model.get(taken)).toBe(earliest)
          model.delete(taken)
        }
        expect(queue.size).toBe(model.size)
        expect(queue.next).toBe(Math.min(Number.POSITIVE_INFINITY, ...model.values()))
      }
    }),
    { numRuns: 400 },
  )
})
