/**
 * Hashed key → slot: open addressing in typed arrays. It grows by moving a few entries at each change, so that half a million live
 * transactions never wait for one big rehash. Two keys with the same 64 bits count as one.
 */

interface Buckets {
  readonly mask: number
  readonly lo: Uint32Array
  readonly hi: Uint32Array
  /** Slot plus one; 0 is empty. */
  readonly slot: Int32Array
}

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
    this.#move()
    if (this.#before === undefined && this.#size >= (this.#now.mask + 1) * MAX_LOAD) {
      this.#before = this.#now
      this.#moved = 0
      this.#now = buckets((this.#now.mask + 1) * 2)
      this.#move()
    }
    place(this.#now, lo, hi, slot + 1)
    this.#size++
  }

  remove(lo: number, hi: number): void {
    this.#move()
    for (const table of [this.#now, this.#before]) {
      const at = table === undefined ? -1 : find(table, lo, hi)
      if (at < 0) continue
      vacate(table!, at)
      this.#size--
      return
    }
  }

  /**
   * Moves whole runs, up to an empty bucket. So no run reaches over what has been moved, and a key whose home is there meets an empty
   * bucket at once: looking for it costs one step, not a walk over everything moved.
   */
  #move(): void {
    const before = this.#before
    if (before === undefined) return
    const end = this.#moved + MOVES_PER_CHANGE
    for (; this.#moved <= before.mask; this.#moved++) {
      const slot = before.slot[this.#moved]!
      if (slot === 0 && this.#moved >= end) return
      if (slot !== 0) place(this.#now, before.lo[this.#moved]!, before.hi[this.#moved]!, slot)
      before.slot[this.#moved] = 0
    }
    this.#before = undefined
  }
}

/** Linear probing; an index or -1. There is always an empty bucket to end the walk. */
function find(table: Buckets, lo: number, hi: number): number {
  for (let at = lo & table.mask; table.slot[at] !== 0; at = (at + 1) & table.mask) {
    if (table.lo[at] === lo && table.hi[at] === hi) return at
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
