/** Items that one side pushes and the other takes with `for await`; bounded, as a flood must not fill memory. */

/** What gives way when it is full: the new item, as a request that is refused; or the oldest, as news that are no longer new (RFC 6665 §4.1.3). */
export type WhenFull = 'refuse' | 'forget the oldest'

export class Queue<T> implements AsyncIterable<T> {
  readonly #limit: number
  readonly #whenFull: WhenFull
  readonly #items: T[] = []
  readonly #takers: ((result: IteratorResult<T>) => void)[] = []
  #ended = false

  constructor(limit: number, whenFull: WhenFull) {
    this.#limit = limit
    this.#whenFull = whenFull
  }

  /** False when it was not taken: the queue is full, or ended. */
  push(item: T): boolean {
    if (this.#ended) return false
    const taker = this.#takers.shift()
    if (taker !== undefined) {
      taker({ done: false, value: item })
      return true
    }
    if (this.#items.length >= this.#limit) {
      if (this.#whenFull === 'refuse') return false
      this.#items.shift()
    }
    this.#items.push(item)
    return true
  }

  /** What waits can still be taken. */
  end(): void {
    this.#ended = true
    for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return {
      next: () => {
        const value = this.#items.shift()
        if (value !== undefined) return Promise.resolve({ done: false, value })
        if (this.#ended) return Promise.resolve({ done: true, value: undefined })
        return new Promise(resolve => this.#takers.push(resolve))
      },
    }
  }
}
