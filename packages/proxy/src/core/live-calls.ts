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
  /** Those whose BYE has passed lately: what crossed it, or is sent again, does not bring them back. */
  readonly #over = new Map<string, Millis>()

  constructor(most: number = 100_000) {
    this.#most = most
  }

  began(callId: string, now: Millis): void {
    if (!this.#since.has(callId) && !this.#over.has(callId)) this.#put(this.#since, callId, now)
  }

  ended(callId: string, now: Millis): void {
    if (this.#since.delete(callId)) this.#put(this.#over, callId, now)
  }

  /** Forgets what nobody can still talk in. */
  sweep(now: Millis): void {
    forget(this.#since, now - LONGEST_MS)
    forget(this.#over, now - CROSSING_MS)
  }

  get count(): number {
    return this.#since.size
  }

  ids(): Iterable<string> {
    return this.#since.keys()
  }

  #put(calls: Map<string, Millis>, callId: string, now: Millis): void {
    const oldest = calls.size >= this.#most ? calls.keys().next().value : undefined
    if (oldest !== undefined) calls.delete(oldest)
    calls.set(callId, now)
  }
}

/** The oldest come first. */
function forget(calls: Map<string, Millis>, before: Millis): void {
  for (const [callId, at] of calls) {
    if (at > before) return
    calls.delete(callId)
  }
}

const LONGEST_MS = 86_400_000
/** Longer than anything is sent again (RFC 3261 §17). */
const CROSSING_MS = 64_000
