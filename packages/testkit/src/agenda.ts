/** Things to do at simulated times: earliest first, first come first served within one millisecond. */

interface Entry {
  readonly at: number
  readonly act: () => void
}

/** What is to be done, sorted by time. */
export class Agenda {
  readonly #entries: Entry[] = []

  /** When the earliest entry is due; `Infinity` when there is none. */
  get next(): number {
    return this.#entries[0]?.at ?? Number.POSITIVE_INFINITY
  }

  add(at: number, act: () => void): void {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#entries[middle]!.at <= at) low = middle + 1
      else high = middle
    }
    this.#entries.splice(low, 0, { at, act })
  }

  /** Takes out one entry that is due. */
  take(now: number): (() => void) | undefined {
    return this.next <= now ? this.#entries.shift()?.act : undefined
  }
}
