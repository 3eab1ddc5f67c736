/**
 * Hashed key → slot: open addressing in typed arrays. It grows by moving a few entries at each change, so that half a million live
 * transactions never wait for one big rehash. Two keys with the same 64 bits count as one.
 */

interface Buckets {
  readonly mask: number
  readonly lo: Uint32Array
  readonly hi: Uint32Array
  /** Slot plus one; 0 is empty, {@link MOVED} is "look further". */
  readonly slot: Int32Array
}

const MOVED = -1
const MOVES_PER_CHANGE = 16
const MAX_LOAD = 0.6

function buckets(capacity: number): Buckets {
  return { mask: capacity - 1, lo: new Uint32Array(capacity), hi: new Uint32Array(capacity), slot: new Int32Array(capacity) }
}

export class KeyTable {
  #size = 0
  #now: Buckets = buckets(64)
  #before: Buckets | undefined
  #moved = 0

  get size(): number {
    return this.#size
  }

  /** The slot, or -1. */
  get(lo: number, hi: number): number {
    const at = find(this.#now, lo, hi)
    if (at >= 0) return this.#now.slot[at]! - 1
    if (this.#before === undefined) return -1
    const older = find(this.#before, lo, hi)
    return older < 0 ? -1 : this.#before.slot[older]! - 1
  }

  /** The key must not be in the table. */
  add(lo: number, hi: number, slot: number): void {
    this.#move(MOVES_PER_CHANGE)
    if (this.#before === undefined && this.#size >= (this.#now.mask + 1) * MAX_LOAD) {
      this.#before = this.#now
      this.#moved = 0
      this.#now = buckets((this.#now.mask + 1) * 2)
    }
    place(this.#now, lo, hi, slot + 1)
    this.#size++
  }

  remove(lo: number, hi: number): void {
    this.#move(MOVES_PER_CHANGE)
    const at = find(this.#now, lo, hi)
    if (at >= 0) {
      vacate(this.#now, at)
      this.#size--
      return
    }
    if (this.#before === undefined) return
    const older = find(this.#before, lo, hi)
    if (older < 0) return
    this.#before.slot[older] = MOVED
    this.#size--
  }

  #move(count: number): void {
    const before = this.#before
    if (before === undefined) return
    const end = Math.min(this.#moved + count, before.mask + 1)
    for (; this.#moved < end; this.#moved++) {
      const slot = before.slot[this.#moved]!
      if (slot > 0) place(this.#now, before.lo[this.#moved]!, before.hi[this.#moved]!, slot)
      before.slot[this.#moved] = MOVED
    }
    if (this.#moved > before.mask) this.#before = undefined
  }
}

/** Linear probing; an index or -1. A table whose every bucket is {@link MOVED} has been dropped, so the walk ends. */
function find(table: Buckets, lo: number, hi: number): number {
  for (let at = lo & table.mask, steps = 0; steps <= table.mask; at = (at + 1) & table.mask, steps++) {
    const slot = table.slot[at]!
    if (slot === 0) return -1
    if (slot !== MOVED && table.lo[at] === lo && table.hi[at] === hi) return at
  }
  return -1
}

function place(table: Buckets, lo: number, hi: number, slot: number): void {
  let at = lo & table.mask
  while (table.slot[at] !== 0) at = (at + 1) & table.mask
  table.lo[at] = lo
  table.hi[at] = hi
  table.slot[at] = slot
}

/** Empties a bucket and moves later entries of its run back, so that no tombstones gather. */
function vacate(table: Buckets, hole: number): void {
  let empty = hole
  for (let at = (hole + 1) & table.mask; table.slot[at] !== 0; at = (at + 1) & table.mask) {
    const home = table.lo[at]! & table.mask
    const reaches = ((at - home) & table.mask) >= ((at - empty) & table.mask)
    if (!reaches) continue
    table.lo[empty] = table.lo[at]!
    table.hi[empty] = table.hi[at]!
    table.slot[empty] = table.slot[at]!
    empty = at
  }
  table.slot[empty] = 0
}
