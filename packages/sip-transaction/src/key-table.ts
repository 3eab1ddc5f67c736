/**
 * Hashed key → slot: open addressing in typed arrays. It grows by moving a few entries at each change, so that half a million live
 * transactions never wait for one big rehash. Two keys with the same 64 bits count as one.
 */

interface Buckets {
  readonly mask: number
  /** STRIDE numbers per bucket, in one cache line: both halves of the key, and slot plus one, where 0 is empty. */
  readonly numbers: Int32Array
}

const STRIDE = 4
const HI = 1
const SLOT = 2
const MOVES_PER_CHANGE = 16
const MAX_LOAD = 0.6

function buckets(capacity: number): Buckets {
  return { mask: capacity - 1, numbers: new Int32Array(STRIDE * capacity) }
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
    if (at >= 0) return slotAt(this.#now, at) - 1
    if (this.#before === undefined) return -1
    const older = find(this.#before, lo, hi)
    return older < 0 ? -1 : slotAt(this.#before, older) - 1
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
    if (removeFrom(this.#now, lo, hi) || (this.#before !== undefined && removeFrom(this.#before, lo, hi))) this.#size--
  }

  /**
   * Moves whole runs, up to an empty bucket. So no run reaches over what has been moved, and a key whose home is there meets an empty
   * bucket at once: looking for it costs one step, not a walk over everything moved.
   */
  #move(): void {
    const before = this.#before
    if (before === undefined) return
    const end = this.#moved + MOVES_PER_CHANGE
    const { numbers } = before
    for (; this.#moved <= before.mask; this.#moved++) {
      const at = this.#moved * STRIDE
      const slot = numbers[at + SLOT]!
      if (slot === 0 && this.#moved >= end) return
      if (slot !== 0) place(this.#now, numbers[at]!, numbers[at + HI]!, slot)
      numbers[at + SLOT] = 0
    }
    this.#before = undefined
  }
}

function slotAt(table: Buckets, bucket: number): number {
  return table.numbers[bucket * STRIDE + SLOT]!
}

/** Linear probing; a bucket or -1. There is always an empty bucket to end the walk. */
function find({ numbers, mask }: Buckets, lo: number, hi: number): number {
  const low = lo | 0
  const high = hi | 0
  for (let bucket = low & mask; ; bucket = (bucket + 1) & mask) {
    const at = bucket * STRIDE
    if (numbers[at + SLOT] === 0) return -1
    if (numbers[at] === low && numbers[at + HI] === high) return bucket
  }
}

function place({ numbers, mask }: Buckets, lo: number, hi: number, slot: number): void {
  let bucket = lo & mask
  while (numbers[bucket * STRIDE + SLOT] !== 0) bucket = (bucket + 1) & mask
  const at = bucket * STRIDE
  numbers[at] = lo
  numbers[at + HI] = hi
  numbers[at + SLOT] = slot
}

function removeFrom(table: Buckets, lo: number, hi: number): boolean {
  const bucket = find(table, lo, hi)
  if (bucket >= 0) vacate(table, bucket)
  return bucket >= 0
}

/** Empties a bucket and moves later entries of its run back, so that no tombstones gather. */
function vacate({ numbers, mask }: Buckets, hole: number): void {
  let empty = hole
  for (let bucket = (hole + 1) & mask; numbers[bucket * STRIDE + SLOT] !== 0; bucket = (bucket + 1) & mask) {
    const home = numbers[bucket * STRIDE]! & mask
    const reaches = ((bucket - home) & mask) >= ((bucket - empty) & mask)
    if (!reaches) continue
    numbers[empty * STRIDE] = numbers[bucket * STRIDE]!
    numbers[empty * STRIDE + HI] = numbers[bucket * STRIDE + HI]!
    numbers[empty * STRIDE + SLOT] = numbers[bucket * STRIDE + SLOT]!
    empty = bucket
  }
  numbers[empty * STRIDE + SLOT] = 0
}
