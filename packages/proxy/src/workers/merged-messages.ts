/** The messages that all workers of a proxy saw, as one list for whoever looks on. RFC 3261 §7. */
import type { SeenMessage } from '@strowger/sip-transport'

/** What each worker gives to whoever asks. */
export interface Seen {
  readonly last: number
  readonly messages: readonly SeenMessage[]
}

/** Numbers them anew, in the order of the wall's clock where they come together. */
export class MergedMessages {
  /** Up to which number each worker has told. */
  readonly #told = new Map<number, number>()
  readonly #kept: SeenMessage[] = []
  #number = 0

  /** What to ask this worker for. */
  after(worker: number): number {
    return this.#told.get(worker) ?? 0
  }

  take(answers: ReadonlyMap<number, Seen>): void {
    for (const [worker, { last }] of answers) this.#told.set(worker, last)
    const fresh = [...answers.values()].flatMap(({ messages }) => messages).sort((a, b) => a.wall - b.wall)
    for (const message of fresh) this.#kept.push({ ...message, number: ++this.#number })
    if (this.#kept.length > MOST_KEPT) this.#kept.splice(0, this.#kept.length - MOST_KEPT)
  }

  gone(worker: number): void {
    this.#told.delete(worker)
  }

  /** With a greater number, oldest first. */
  since(number: number): Seen {
    return { last: this.#number, messages: this.#kept.filter(message => message.number > number) }
  }
}

const MOST_KEPT = 4096
