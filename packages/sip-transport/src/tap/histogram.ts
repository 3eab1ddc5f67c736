/** How often a time was how long: fixed buckets, each twice as wide as the one before, counted without making anything. */

/** Upper bounds of the buckets, s: half a millisecond to a minute and five seconds. One more bucket has no bound. */
export const HISTOGRAM_BOUNDS: readonly number[] = Array.from({ length: 18 }, (_, i) => 2 ** i / 2000)

export class Histogram {
  readonly #counts = new Float64Array(HISTOGRAM_BOUNDS.length + 1)
  #sumMs = 0

  /** @param ms what is below 0 (clocks of two places) counts as 0. */
  record(ms: number): void {
    const time = Math.max(ms, 0)
    this.#counts[bucketOf(time)]!++
    this.#sumMs += time
  }

  /** How many times are in each bucket alone, the one without bound last. Live: look, do not keep. */
  get counts(): Readonly<Float64Array> {
    return this.#counts
  }

  /** All times together, s. */
  get sum(): number {
    return this.#sumMs / 1000
  }

  /** Times recorded. */
  get count(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0)
  }
}

/** The first bucket whose bound is not less. */
function bucketOf(ms: number): number {
  const halves = ms * 2
  if (halves <= 1) return 0
  if (halves > MOST_HALVES) return HISTOGRAM_BOUNDS.length
  return 32 - Math.clz32(Math.ceil(halves) - 1)
}

/** The last bound, in halves of a millisecond. */
const MOST_HALVES = 2 ** (HISTOGRAM_BOUNDS.length - 1)
