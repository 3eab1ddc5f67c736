import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RecordSlab } from '../../src/registrar/record-slab.ts'

test('no two blocks in use overlap, whatever is taken and released', () => {
  const lengths = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1900, max: 100_000 }))
  fc.assert(
    fc.property(fc.array(fc.tuple(lengths, fc.boolean()), { maxLength: 200 }), operations => {
      const slab = new RecordSlab()
      const used: { ref: number; length: number; mark: number }[] = []
      let mark = 0
      for (const [length, release] of operations) {
        const last = release ? used.pop() : undefined
        if (last !== undefined) slab.release(last.ref, last.length)
        else {
          const ref = slab.take(length)
          mark = (mark % 255) + 1
          slab.page(ref).bytes.fill(mark, slab.start(ref), slab.start(ref) + length)
          used.push({ ref, length, mark })
        }
      }
      for (const { ref, length, mark: own } of used) {
        const start = slab.start(ref)
        const block = slab.page(ref).bytes.subarray(start, start + length)
        expect(block.length).toBe(length)
        expect(block.every(byte => byte === own)).toBe(true)
      }
    }),
  )
})

test('a block is used again: the same work again needs no page more', () => {
  const slab = new RecordSlab()
  const refs = Array.from({ length: 1000 }, () => slab.take(200))
  for (const ref of refs) slab.release(ref, 200)
  const again = Array.from({ length: 1000 }, () => slab.take(195))
  expect(new Set(again.map(ref => slab.page(ref)))).toEqual(new Set(refs.map(ref => slab.page(ref))))
})
