/** Ctrl-C under `npm` arrives twice, from the terminal and from npm: signals within 300 ms of one another are one press. */
export class Presses {
  #count = 0
  #last: number = Number.NEGATIVE_INFINITY

  /** The number of this press, or undefined when it is an echo of the last. @param now ms of a clock that never jumps. */
  press(now: number): number | undefined {
    const echo = now - this.#last < ECHO_MS
    this.#last = now
    if (echo) return undefined
    this.#count += 1
    return this.#count
  }
}

const ECHO_MS = 300
