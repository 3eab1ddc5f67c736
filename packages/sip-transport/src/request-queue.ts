/** Items that one side pushes and the other takes with `for await`; bounded, as a flood must not fill memory. */

export class RequestQueue<T> implements AsyncIterable<T> {
  readonly #limit: number
  readonly #items: T[] = []
  readonly #takers: ((result: IteratorResult<T>) => void)[] = []
  #ended = false

  constructor(limit: number) {
    this.#limit = limit
  }

  /** False when it is full or ended. */
  push(item: T): boolean {
    if (this.#ended) return false
    const taker = this.#takers.shift()
    if (taker !== undefined) taker({ done: false, value: item })
    else if (this.#items.length >= this.#limit) return false
    else this.#items.push(item)
    return true
  }

  end(): void {
    this.#ended = true
    for (const taker of this.#takers.splice(0)) taker({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): AsyncIterator<T> {
    return {
      next: () => {
        const item = this.#items.shift()
        if (item !== undefined) return Promise.resolve({ done: false, value: item })
        if (this.#ended) return Promise.resolve({ done: true, value: undefined })
        return new Promise(resolve => this.#takers.push(resolve))
      },
    }
  }
}
