/** The ring of counts beside a list that does the same in the plainest way. RFC 7616 §3.4.5. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NonceCounts, type NonceCountsOptions } from '../src/digest/nonce-counts.ts'

/** In order of first use, every count of each kept whole. */
class PlainCounts {
  readonly #options: NonceCountsOptions
  #known: { readonly number: number; readonly made: number; readonly used: Set<number> }[] = []
  #forgotten = Number.NEGATIVE_INFINITY

  constructor(options: NonceCountsOptions) {
    this.#options = options
  }

  use(number: number, made: number, nc: number, now: number): string {
    const { window, lifetimeMs, capacity } = this.#options
    const known = this.#known.find(one => one.number === number)
    if (known !== undefined) {
      const highest = Math.max(...known.used)
      if (nc === 0 || known.used.has(nc) || highest - nc >= window) return 'replayed'
      known.used.add(nc)
      return 'ok'
    }
    if (made <= this.#forgotten) return 'stale'
    if (nc === 0) return 'replayed'
    while (this.#known.length > 0 && now - this.#known[0]!.made > lifetimeMs) this.#known.shift()
    if (this.#known.length === capacity) this.#forgotten = Math.max(this.#forgotten, this.#known.shift()!.made)
    this.#known.push({ number, made, used: new Set([nc]) })
    return 'ok'
  }
}

test('a count is good once, whatever was forgotten meanwhile (RFC 7616 §3.4.5)', () => {
  const step = fc.record({ back: fc.nat(12), nc: fc.oneof(fc.nat(6), fc.nat(40)), later: fc.nat(30) })
  const options = fc.record({ capacity: fc.integer({ min: 1, max: 6 }), window: fc.integer({ min: 1, max: 32 }) })
  fc.assert(
    fc.property(options, fc.array(step, { maxLength: 120 }), (given, steps) => {
      const ring = new NonceCounts({ ...given, lifetimeMs: 300 })
      const plain = new PlainCounts({ ...given, lifetimeMs: 300 })
      let now = 0
      steps.forEach(({ back, nc, later }, i) => {
        now += later
        // Nonce n was made at the time 10 × n.
        const number = Math.max(0, i - back)
        expect(ring.use(number, 10 * number, nc, now)).toBe(plain.use(number, 10 * number, nc, now))
      })
    }),
    { numRuns: 500 },
  )
})
