/** Sessions that ended by silence: told to who controls them when he asks, their statistics kept for his `delete`. */
import type { NgReply } from '@strowger/media-control'

export interface SilentSession {
  readonly id: string
  /** Counts from 1. */
  readonly number: number
}

export class Departed {
  readonly #kept: Map<string, SilentSession & { readonly stats: NgReply }> = new Map()
  #last = 0

  add(id: string, stats: NgReply): void {
    this.#kept.delete(id)
    this.#kept.set(id, { id, number: ++this.#last, stats })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MOST && oldest !== undefined) this.#kept.delete(oldest)
  }

  /** Those after the one of that number, the oldest first, at most `limit`. */
  after(number: number, limit: number): readonly SilentSession[] {
    if (number >= this.#last) return []
    return [...this.#kept.values()].filter(one => one.number > number).slice(0, limit)
  }

  /** What the session had counted in the end. */
  stats(id: string): NgReply | undefined {
    return this.#kept.get(id)?.stats
  }
}

/** Whoever has not asked for so many has lost his calls long since. */
const MOST = 10_000
