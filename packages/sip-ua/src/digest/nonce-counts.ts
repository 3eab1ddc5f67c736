/**
 * Which counts of the nonces in use were used. RFC 7616 §3.4.5.
 *
 * In order of first use in a ring of numbers, found by the number of the nonce: the oldest of a Map is behind a hole for each that was deleted
 * before it, and to find it takes longer the more there are.
 */
import type { NonceState } from './nonces.ts'

/** How far a count may lie below the highest at most: the bits of a number. */
export const MOST_WINDOW = 32

export interface NonceCountsOptions {
  readonly lifetimeMs: number
  /** How many nonces are remembered; the oldest goes first. */
  readonly capacity: number
  /** How far a count may lie below the highest one. */
  readonly window: number
}

export class NonceCounts {
  readonly #options: NonceCountsOptions
  /** Place in the ring by number of the nonce, which is what is remembered: the nonce itself is cut from a message, which would stay in memory with it. */
  readonly #places: Map<number, number> = new Map()
  #ring: Ring | undefined
  #first = 0
  /** Nonces made at this time or before are good only while in memory. */
  #forgotten = Number.NEGATIVE_INFINITY

  constructor(options: NonceCountsOptions) {
    this.#options = options
  }

  /** Nonces in memory. */
  get size(): number {
    return this.#places.size
  }

  /** Uses up `nc` of a nonce of ours that is young enough. `nc` is `undefined` from a client without qop: then the nonce serves once. */
  use(number: number, made: number, nc: number | undefined, now: number): Extract<NonceState, 'ok' | 'stale' | 'replayed'> {
    const place = this.#places.get(number)
    if (place !== undefined) return this.#again(place, nc ?? 1) ? 'ok' : 'replayed'
    if (made <= this.#forgotten) return 'stale'
    if (nc === 0) return 'replayed'
    this.#remember(number, made, nc ?? 1, now)
    return 'ok'
  }

  #again(place: number, nc: number): boolean {
    const { highest, bits } = this.#kept()
    const ahead = nc - highest[place]!
    const used = bits[place]!
    if (ahead > 0) {
      bits[place] = ahead >= MOST_WINDOW ? 1 : (used << ahead) | 1
      highest[place] = nc
      return true
    }
    if (-ahead >= this.#options.window || nc === 0) return false
    const bit = 1 << -ahead
    if ((used & bit) !== 0) return false
    bits[place] = used | bit
    return true
  }

  #remember(number: number, made: number, nc: number, now: number): void {
    this.#forget(now)
    const ring = this.#kept()
    const place = (this.#first + this.#places.size) % this.#options.capacity
    this.#places.set(number, place)
    ring.numbers[place] = number
    ring.made[place] = made
    ring.highest[place] = nc
    ring.bits[place] = 1
  }

  /** What is too old, and the oldest where there is no room. */
  #forget(now: number): void {
    const { lifetimeMs, capacity } = this.#options
    const { numbers, made } = this.#kept()
    while (this.#places.size > 0) {
      const then = made[this.#first]!
      const expired = now - then > lifetimeMs
      if (!expired && this.#places.size < capacity) return
      if (!expired) this.#forgotten = Math.max(this.#forgotten, then)
      this.#places.delete(numbers[this.#first]!)
      this.#first = (this.#first + 1) % capacity
    }
  }

  /** Made when the first nonce is used: most that are looked at may be made up. */
  #kept(): Ring {
    this.#ring ??= newRing(this.#options.capacity)
    return this.#ring
  }
}

interface Ring {
  readonly numbers: Float64Array
  readonly made: Float64Array
  readonly highest: Float64Array
  /** Bit n stands for `highest - n`. */
  readonly bits: Uint32Array
}

function newRing(capacity: number): Ring {
  return {
    numbers: new Float64Array(capacity),
    made: new Float64Array(capacity),
    highest: new Float64Array(capacity),
    bits: new Uint32Array(capacity),
  }
}
