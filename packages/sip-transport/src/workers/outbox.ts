/** Messages for one colleague, gathered and posted together: one post wakes its thread once. */
import type { Piece } from './protocol.ts'

export class Outbox<T extends Piece> {
  #items: T[] = []
  #bytes = new Uint8Array(FIRST_BYTES)
  #used = 0

  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  /** Copies the bytes. */
  add(bytes: Uint8Array, item: Omit<T, keyof Piece>): void {
    const start = this.#used
    const end = start + bytes.length
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#bytes.length))
      larger.set(this.#bytes.subarray(0, start))
      this.#bytes = larger
    }
    this.#bytes.set(bytes, start)
    this.#used = end
    this.#items.push({ ...item, start, end } as T)
  }

  /** The bytes are whoever's takes them; another box begins. */
  take(): { readonly items: readonly T[]; readonly bytes: Uint8Array } {
    const taken = { items: this.#items, bytes: this.#bytes.slice(0, this.#used) }
    this.#items = []
    this.#used = 0
    return taken
  }
}

const FIRST_BYTES = 4096
