/** Sends again what was not answered, as timers A, E and G say. RFC 3261 §17.1.1.2, §17.1.2.2, §13.3.1.4. */
import type { Millis } from '@strowger/sip-transaction'
import type { Datagram } from './party.ts'

interface Entry {
  readonly datagram: Datagram
  readonly cap: Millis
  readonly end: Millis
  interval: Millis
  due: Millis
}

/** What is under way and unanswered, by key. RFC 3261 §17. */
export class Retransmissions {
  readonly #entries = new Map<string, Entry>()
  readonly #t1: Millis
  readonly #t2: Millis

  constructor({ t1 = 500, t2 = 4000 }: { readonly t1?: Millis; readonly t2?: Millis } = {}) {
    this.#t1 = t1
    this.#t2 = t2
  }

  get nextWake(): Millis {
    let next = Number.POSITIVE_INFINITY
    for (const { due } of this.#entries.values()) next = Math.min(next, due)
    return next
  }

  /** `capped`: the interval stops growing at T2, as for all but an INVITE. Ends after 64·T1. */
  begin(key: string, now: Millis, datagram: Datagram, capped: boolean): void {
    const cap = capped ? this.#t2 : Number.POSITIVE_INFINITY
    this.#entries.set(key, { datagram, cap, end: now + 64 * this.#t1, interval: this.#t1, due: now + this.#t1 })
  }

  stop(key: string): void {
    this.#entries.delete(key)
  }

  /** What is to be sent again now. */
  due(now: Millis): Datagram[] {
    const again: Datagram[] = []
    for (const [key, entry] of this.#entries) {
      if (entry.due > now) continue
      if (entry.due >= entry.end) this.#entries.delete(key)
      else again.push(entry.datagram)
      entry.interval = Math.min(entry.interval * 2, entry.cap)
      entry.due = now + entry.interval
    }
    return again
  }
}
