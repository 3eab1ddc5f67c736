/** What name servers have said, for as long as it holds, and a while longer for when they fall silent. Bounded. RFC 2308 §5, RFC 8767 §4. */
import type { DnsRecord } from './dns-message.ts'

export interface DnsEntry {
  readonly records: readonly DnsRecord[]
  /** True until then, monotonic ms. */
  readonly freshUntil: number
  /** Better than nothing until then. */
  readonly staleUntil: number
  /** No server has answered: it is not asked for again before, and nobody waits. */
  readonly askAgainAt: number
  /** There never was an answer. */
  readonly unanswered?: true
}

export class DnsCache {
  readonly #limit: number
  readonly #entries = new Map<string, DnsEntry>()

  /** `limit`: of names and types. */
  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): DnsEntry | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry
  }

  /** The one that nobody has asked for longest makes room. */
  set(key: string, entry: DnsEntry): void {
    this.#entries.delete(key)
    const oldest = this.#entries.size >= this.#limit ? this.#entries.keys().next().value : undefined
    if (oldest !== undefined) this.#entries.delete(oldest)
    this.#entries.set(key, entry)
  }

  clear(): void {
    this.#entries.clear()
  }
}
