/**
 * Keys of transactions that came from other layers after their final response: their messages are gone, so they stay under the hash
 * that the other layer gave them, and what this layer does not find is looked for under the other layer's secret as well. RFC 3261 §17.1.3, §17.2.3.
 */
import type { KeyHash } from './key-hash.ts'
import type { Pair } from './saved-transaction.ts'

interface Foreign {
  readonly secret: Pair
  transactions: number
}

export class ForeignKeys {
  #secrets: Foreign[] = []
  readonly #bySlot = new Map<number, Foreign>()

  add(slot: number, secret: Pair): void {
    let foreign = this.#secrets.find(known => known.secret[0] === secret[0] && known.secret[1] === secret[1])
    if (foreign === undefined) {
      foreign = { secret, transactions: 0 }
      this.#secrets.push(foreign)
    }
    foreign.transactions++
    this.#bySlot.set(slot, foreign)
  }

  /** A secret is forgotten with its last transaction. */
  remove(slot: number): void {
    const foreign = this.#bySlot.get(slot)
    if (foreign === undefined) return
    this.#bySlot.delete(slot)
    if (--foreign.transactions === 0) this.#secrets = this.#secrets.filter(other => other !== foreign)
  }

  get any(): boolean {
    return this.#secrets.length > 0
  }

  secretOf(slot: number): Pair | undefined {
    return this.#bySlot.get(slot)?.secret
  }

  /** Puts the key into `hash` under each foreign secret until `find` gives a slot; -1 when none does. Leaves the hash under its own secret. */
  find(hash: KeyHash, put: () => void, find: () => number): number {
    const own = hash.key
    let slot = -1
    for (const { secret } of this.#secrets) {
      hash.use(secret)
      put()
      slot = find()
      if (slot >= 0) break
    }
    hash.use(own)
    put()
    return slot
  }
}
