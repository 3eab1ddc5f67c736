/** Times of a monotonic clock as times of the wall's, to less than the millisecond that the wall's clock is cut to. */

export class WallOffset {
  readonly #wall: () => number
  #offset = Number.NEGATIVE_INFINITY

  /** @param wall UTC, ms. */
  constructor(wall: () => number) {
    this.#wall = wall
  }

  /**
   * @param now the monotonic clock's reading of this moment, ms.
   * The wall's is cut to whole milliseconds, and read a little later: the greatest difference seen is the nearest to the truth, until the
   * wall's clock was set.
   */
  at(now: number): number {
    const difference = this.#wall() - now
    if (difference > this.#offset || difference < this.#offset - SET_MS) this.#offset = difference
    return now + this.#offset
  }
}

/** Such a step back is no rounding: somebody has set the clock. */
const SET_MS = 5
