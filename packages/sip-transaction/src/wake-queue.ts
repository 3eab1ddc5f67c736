/**
 * Every running timer of the layer, earliest first. Those due soon are in a heap, the others in buckets by time, where starting and
 * stopping costs the same however many there are; most timers are stopped there. A timer is a small number of the caller's choice.
 */
import type { Millis } from './hop.ts'

const BUCKET_MS = 64
const BUCKETS = 1024
/** Timers per page. A page is never copied, so growing costs the same at any size. */
const PAGE_BITS = 11
const PAGE_MASK = (1 << PAGE_BITS) - 1
/** Numbers per timer: due (a double, two numbers wide), where it is, its neighbours in the bucket as timer + 1. */
const STRIDE = 6
const WHERE = 2
const BEFORE = 3
const AFTER = 4
/** `where` of a timer: 0 stopped, above 0 its place in the heap + 1, below 0 its bucket. */
const STOPPED = 0

export class WakeQueue {
  #size = 0
  readonly #numbers: Int32Array[] = []
  readonly #dues: Float64Array[] = []
  #heap: Int32Array = new Int32Array(64)
  #heapSize = 0
  /** First timer of each bucket, + 1. */
  readonly #buckets: Int32Array = new Int32Array(BUCKETS)
  /** The first stretch of time whose bucket has not been emptied into the heap. */
  #stretch = 0
  /** Earliest in the buckets; NaN when it has to be looked for. */
  #earliestFar: Millis = Number.POSITIVE_INFINITY

  /** Running timers. */
  get size(): number {
    return this.#size
  }

  /** When the earliest timer is due; `Infinity` when none runs. */
  get next(): Millis {
    if (this.#heapSize > 0) return this.dueOf(this.#heap[0]!)
    if (this.#size === 0) return Number.POSITIVE_INFINITY
    if (Number.isNaN(this.#earliestFar)) this.#earliestFar = this.#findEarliestFar()
    return this.#earliestFar
  }

  /** Starts `timer`, or moves it when it runs already. `now`: any time up to which nothing is due any more. */
  start(timer: number, due: Millis, now: Millis = due): void {
    while (timer >> PAGE_BITS >= this.#numbers.length) this.#addPage()
    this.stop(timer)
    if (this.#size === 0) this.#stretch = Math.floor(now / BUCKET_MS)
    this.#dues[timer >> PAGE_BITS]![((timer & PAGE_MASK) * STRIDE) >> 1] = due
    this.#size++
    const stretch = Math.floor(due / BUCKET_MS)
    if (stretch < this.#stretch) this.#push(timer)
    else {
      this.#link(timer, stretch)
      if (due < this.#earliestFar) this.#earliestFar = due
    }
  }

  stop(timer: number): void {
    if (!this.runs(timer)) return
    const where = this.#where(timer)
    this.#size--
    if (where > 0) this.#removeFromHeap(where - 1)
    else {
      if (this.dueOf(timer) <= this.#earliestFar) this.#earliestFar = Number.NaN
      this.#unlink(timer, -where - 1)
    }
    if (this.#size === this.#heapSize) this.#earliestFar = Number.POSITIVE_INFINITY
    this.#set(timer, WHERE, STOPPED)
  }

  runs(timer: number): boolean {
    return timer >> PAGE_BITS < this.#numbers.length && this.#where(timer) !== STOPPED
  }

  /** When a running timer is due. */
  dueOf(timer: number): Millis {
    return this.#dues[timer >> PAGE_BITS]![((timer & PAGE_MASK) * STRIDE) >> 1]!
  }

  /** Takes out one timer that is due at `now`; -1 when none is. */
  take(now: Millis): number {
    const stretch = Math.floor(now / BUCKET_MS) + 1
    if (stretch > this.#stretch) this.#advance(stretch)
    if (this.#heapSize === 0) return -1
    const timer = this.#heap[0]!
    if (this.dueOf(timer) > now) return -1
    this.stop(timer)
    return timer
  }

  /** Empties the buckets before `until` into the heap; what waits for a later round stays. */
  #advance(until: number): void {
    const from = this.#stretch
    const rounds = Math.min(until - from, BUCKETS)
    this.#stretch = until
    if (this.#size === this.#heapSize) return
    for (let k = 0; k < rounds; k++) {
      const bucket = (from + k) & (BUCKETS - 1)
      for (let timer = this.#buckets[bucket]! - 1; timer >= 0; ) {
        const after = this.#number(timer, AFTER) - 1
        if (Math.floor(this.dueOf(timer) / BUCKET_MS) < until) {
          this.#unlink(timer, bucket)
          this.#push(timer)
        }
        timer = after
      }
    }
    this.#earliestFar = this.#size === this.#heapSize ? Number.POSITIVE_INFINITY : Number.NaN
  }

  #findEarliestFar(): Millis {
    let least = Number.POSITIVE_INFINITY
    for (let k = 0; k < BUCKETS; k++) {
      const stretch = this.#stretch + k
      for (let timer = this.#buckets[stretch & (BUCKETS - 1)]! - 1; timer >= 0; timer = this.#number(timer, AFTER) - 1) {
        least = Math.min(least, this.dueOf(timer))
      }
      if (least < (stretch + 1) * BUCKET_MS) return least
    }
    return least
  }

  #link(timer: number, stretch: number): void {
    const bucket = stretch & (BUCKETS - 1)
    const after = this.#buckets[bucket]!
    this.#set(timer, WHERE, -bucket - 1)
    this.#set(timer, BEFORE, 0)
    this.#set(timer, AFTER, after)
    if (after !== 0) this.#set(after - 1, BEFORE, timer + 1)
    this.#buckets[bucket] = timer + 1
  }

  #unlink(timer: number, bucket: number): void {
    const before = this.#number(timer, BEFORE)
    const after = this.#number(timer, AFTER)
    if (before === 0) this.#buckets[bucket] = after
    else this.#set(before - 1, AFTER, after)
    if (after !== 0) this.#set(after - 1, BEFORE, before)
  }

  #push(timer: number): void {
    if (this.#heapSize === this.#heap.length) {
      const heap = new Int32Array(this.#heap.length * 2)
      heap.set(this.#heap)
      this.#heap = heap
    }
    const at = this.#heapSize++
    this.#put(at, timer)
    this.#up(at)
  }

  #removeFromHeap(at: number): void {
    const last = this.#heap[--this.#heapSize]!
    if (at === this.#heapSize) return
    this.#put(at, last)
    this.#down(this.#up(at))
  }

  #put(at: number, timer: number): void {
    this.#heap[at] = timer
    this.#set(timer, WHERE, at + 1)
  }

  #up(from: number): number {
    const timer = this.#heap[from]!
    const due = this.dueOf(timer)
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = this.#heap[parent]!
      if (this.dueOf(above) <= due) break
      this.#put(at, above)
      at = parent
    }
    this.#put(at, timer)
    return at
  }

  #down(from: number): void {
    const timer = this.#heap[from]!
    const due = this.dueOf(timer)
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.#heapSize) break
      if (child + 1 < this.#heapSize && this.dueOf(this.#heap[child + 1]!) < this.dueOf(this.#heap[child]!)) child++
      const below = this.#heap[child]!
      if (this.dueOf(below) >= due) break
      this.#put(at, below)
      at = child
    }
    this.#put(at, timer)
  }

  #where(timer: number): number {
    return this.#number(timer, WHERE)
  }

  #number(timer: number, field: number): number {
    return this.#numbers[timer >> PAGE_BITS]![(timer & PAGE_MASK) * STRIDE + field]!
  }

  #set(timer: number, field: number, value: number): void {
    this.#numbers[timer >> PAGE_BITS]![(timer & PAGE_MASK) * STRIDE + field] = value
  }

  #addPage(): void {
    const numbers = new Int32Array(STRIDE << PAGE_BITS)
    this.#numbers.push(numbers)
    this.#dues.push(new Float64Array(numbers.buffer))
  }
}
