/** Ticks at a fixed rate without drift: each wait is measured from the start, and a late timer makes up for what it missed. */

export class Metronome {
  readonly #everyMs: number
  readonly #tick: (tick: number) => void
  #timer: NodeJS.Timeout | undefined
  #running = false
  #startedAt = 0
  /** Ticks since the very first start: it goes on counting over a pause. */
  #ticks = 0
  #ticksBefore = 0

  constructor(everyMs: number, tick: (tick: number) => void) {
    this.#everyMs = everyMs
    this.#tick = tick
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    this.#startedAt = performance.now()
    this.#ticksBefore = this.#ticks
    this.#run()
  }

  stop(): void {
    this.#running = false
    clearTimeout(this.#timer)
  }

  #run(): void {
    const due = this.#ticksBefore + Math.floor((performance.now() - this.#startedAt) / this.#everyMs)
    // After a long sleep of the process nobody wants to hear what it missed.
    if (due - this.#ticks > MOST_AT_ONCE) this.#ticks = due
    while (this.#running && this.#ticks <= due) this.#tick(this.#ticks++)
    if (!this.#running) return
    const next = this.#startedAt + (this.#ticks - this.#ticksBefore) * this.#everyMs
    this.#timer = setTimeout(() => this.#run(), Math.max(1, next - performance.now()))
  }
}

const MOST_AT_ONCE = 10
