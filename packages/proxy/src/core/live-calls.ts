/** Call-IDs of the dialogs that go through this proxy: a drain waits for their end. RFC 3261 §16.6 step 4. */
import type { Millis } from '@strowger/sip-transaction'

/**
 * From the 2xx to an INVITE, or any later request of the dialog, to its BYE. One whose BYE never came is forgotten after a day, and the oldest
 * when there are more than fit: then a drain may end too early for it, and nothing else is wrong.
 */
export class LiveCalls {
  readonly #most: number
  /** Since when, the oldest first. */
  readonly #since = new Map<string, Millis>()

  constructor(most: number = 100_000) {
    this.#most = most
  }

  began(callId: string, now: Millis): void {
    if (this.#since.has(callId)) return
    this.#forgetOldest(this.#since.size >= this.#most)
    this.#since.set(callId, now)
  }

  ended(callId: string): void {
    this.#since.delete(callId)
  }

  /** Forgets what nobody can still talk in. */
  sweep(now: Millis): void {
    for (const [callId, since] of this.#since) {
      if (now - since < LONGEST_MS) return
      this.#since.delete(callId)
    }
  }

  get count(): number {
    return this.#since.size
  }

  ids(): Iterable<string> {
    return this.#since.keys()
  }

  #forgetOldest(isFull: boolean): void {
    const oldest = isFull ? this.#since.keys().next().value : undefined
    if (oldest !== undefined) this.#since.delete(oldest)
  }
}

const LONGEST_MS = 86_400_000
