/** A bounded queue between a producer that cannot wait and one reader. When the reader is too slow the oldest go, and it is told how many. */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #limit: number
  readonly #dropped: (count: number) => T
  #waiting: T[] = []
  #lost = 0
  #ended = false
  #wake: (() => void) | undefined

  constructor(limit: number, dropped: (count: number) => T) {
    this.#limit = limit
    this.#dropped = dropped
  }

  push(event: T): void {
    if (this.#ended) return
    if (this.#waiting.length >= this.#limit) {
      this.#waiting.shift()
      this.#lost += 1
    }
    this.#waiting.push(event)
    this.#wake?.()
  }

  /** The reader gets what is left, then its loop ends. */
  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const { promise, resolve } = wakeUp()
      this.#wake = resolve
      yield* this.#take()
      if (this.#ended && this.#waiting.length === 0) return
      if (this.#waiting.length === 0) await promise
    }
  }

  *#take(): Generator<T, void, undefined> {
    if (this.#lost > 0) {
      const lost = this.#lost
      this.#lost = 0
      yield this.#dropped(lost)
    }
    while (this.#waiting.length > 0) yield this.#waiting.shift()!
  }
}

function wakeUp(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {}
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}
