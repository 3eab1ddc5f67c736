/** The one timer behind every transaction timer: sleeps until the layer's `nextWake`. RFC 3261 §17. */

export class WakeTimer {
  readonly #clock: () => number
  readonly #wake: () => void
  #timer: NodeJS.Timeout | undefined
  #due = Number.POSITIVE_INFINITY

  constructor(clock: () => number, wake: () => void) {
    this.#clock = clock
    this.#wake = wake
  }

  /** A later time than the one already set changes nothing: waking once too often is cheaper than a new timer per message. */
  set(due: number): void {
    if (due >= this.#due) return
    clearTimeout(this.#timer)
    this.#due = due
    const delay = Math.min(Math.max(1, Math.ceil(due - this.#clock())), MAX_DELAY)
    this.#timer = setTimeout(() => this.#fire(), delay)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#due = Number.NEGATIVE_INFINITY
  }

  #fire(): void {
    this.#due = Number.POSITIVE_INFINITY
    this.#wake()
  }
}

const MAX_DELAY = 2 ** 31 - 1
