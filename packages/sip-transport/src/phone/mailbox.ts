/** News that wait for `for await`: bounded, the oldest go first. RFC 6665 §4.1.3. */

export class Mailbox<T> implements AsyncIterable<T> {
  readonly #limit: number
  readonly #items: T[] = []
  readonly #takers: ((result: IteratorResult<T>) => void)[] = []
  #ended = false

  constructor(limit: number) {
    this.#limit = limit
  }

  push(item: T): void {
    const taker = this.#takers.shift()
    if (taker !== undefined) return taker({ done: false, value: item })
    this.#items.push(item)
    if (this.#items.length > this.#limit) this.#items.shift()
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
