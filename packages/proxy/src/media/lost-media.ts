/** Which calls the application server is told to offer anew, because their relay is gone: a few at a time, and again until it has helped. */
import { MOST_LOST_CALLS } from '@strowger/runtime'
import type { Millis } from '@strowger/sip-transaction'
import { callOfSession } from '../core/route-token.ts'

export class LostMedia {
  /** When each call was named last. */
  readonly #told = new Map<string, Millis>()

  /** Calls to be named now, in lots that fit a probe each. `stranded`: media sessions without a relay. */
  due(stranded: Iterable<string>, now: Millis): readonly (readonly string[])[] {
    const calls = new Set<string>()
    for (const session of stranded) calls.add(callOfSession(session))
    for (const call of this.#told.keys()) if (!calls.has(call)) this.#told.delete(call)
    const before = (call: string): Millis => this.#told.get(call) ?? Number.NEGATIVE_INFINITY
    const due = [...calls]
      .filter(call => before(call) <= now - AGAIN_MS)
      .sort((a, b) => (before(a) < before(b) ? -1 : before(a) > before(b) ? 1 : 0))
    const lots: string[][] = []
    for (let at = 0; at < due.length && lots.length < MOST_LOTS; at += MOST_LOST_CALLS) lots.push(due.slice(at, at + MOST_LOST_CALLS))
    for (const call of lots.flat()) this.#told.set(call, now)
    return lots
  }
}

/** Longer than a phone waits that was told 491 (RFC 3261 §14.1), and than the two re-INVITEs take that move a call. */
const AGAIN_MS: Millis = 5000
/** With two probes a second some 300 calls a second are moved: twice as many re-INVITEs, while new calls go on. */
const MOST_LOTS = 8
