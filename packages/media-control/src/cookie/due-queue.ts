/** When to look again at commands that wait: times in the order they were added, as each queue has one pause. */

/** A due time of one command. Each queue has one pause, so it is in order of time by itself. */
interface Due {
  readonly cookie: string
  readonly at: number
}

/** Due times in the order they were added; those of answered commands are dropped when they come to the front. */
export class DueQueue {
  #dues: Due[] = []
  #front = 0

  add(due: Due): void {
    this.#dues.push(due)
  }

  next(waits: (cookie: string) => boolean): number | undefined {
    for (; this.#front < this.#dues.length; this.#front++) {
      const due = this.#dues[this.#front]!
      if (waits(due.cookie)) return due.at
    }
    this.#dues = []
    this.#front = 0
    return undefined
  }

  take(now: number, waits: (cookie: string) => boolean): string[] {
    const taken: string[] = []
    for (let at = this.next(waits); at !== undefined && at <= now; at = this.next(waits)) taken.push(this.#dues[this.#front++]!.cookie)
    if (this.#front > MAX_SPENT) {
      this.#dues = this.#dues.slice(this.#front)
      this.#front = 0
    }
    return taken
  }
}

const MAX_SPENT = 1024
