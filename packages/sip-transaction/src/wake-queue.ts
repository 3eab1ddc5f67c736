/** Every running timer of the layer, earliest first: a binary heap in typed arrays. A timer is a small number of the caller's choice. */
import type { Millis } from './hop.ts'

const NOT_QUEUED = 0 // positions are kept plus one, so that fresh arrays mean "not queued"

export class WakeQueue {
  #size = 0
  #heap: Int32Array = new Int32Array(64)
  #due: Float64Array = new Float64Array(64)
  #position: Int32Array = new Int32Array(64)

  /** Running timers. */
  get size(): number {
    return this.#size
  }

  /** When the earliest timer is due; `Infinity` when none runs. */
  get next(): Millis {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#due[this.#heap[0]!]!
  }

  /** Starts `timer`, or moves it when it runs already. */
  start(timer: number, due: Millis): void {
    if (timer >= this.#due.length) this.#grow(timer)
    this.#due[timer] = due
    let at = this.#position[timer]! - 1
    if (at < 0) {
      at = this.#size++
      this.#put(at, timer)
    }
    this.#down(this.#up(at))
  }

  stop(timer: number): void {
    if (!this.runs(timer)) return
    const at = this.#position[timer]! - 1
    this.#position[timer] = NOT_QUEUED
    const last = this.#heap[--this.#size]!
    if (last === timer) return
    this.#put(at, last)
    this.#down(this.#up(at))
  }

  runs(timer: number): boolean {
    return timer < this.#position.length && this.#position[timer] !== NOT_QUEUED
  }

  /** When a running timer is due. */
  dueOf(timer: number): Millis {
    return this.#due[timer]!
  }

  /** Takes out one timer that is due at `now`; -1 when none is. */
  take(now: Millis): number {
    if (this.next > now) return -1
    const timer = this.#heap[0]!
    this.stop(timer)
    return timer
  }

  #put(at: number, timer: number): void {
    this.#heap[at] = timer
    this.#position[timer] = at + 1
  }

  #up(from: number): number {
    const timer = this.#heap[from]!
    const due = this.#due[timer]!
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = this.#heap[parent]!
      if (this.#due[above]! <= due) break
      this.#put(at, above)
      at = parent
    }
    this.#put(at, timer)
    return at
  }

  #down(from: number): void {
    const timer = this.#heap[from]!
    const due = this.#due[timer]!
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#due[this.#heap[child + 1]!]! < this.#due[this.#heap[child]!]!) child++
      const below = this.#heap[child]!
      if (this.#due[below]! >= due) break
      this.#put(at, below)
      at = child
    }
    this.#put(at, timer)
  }

  #grow(timer: number): void {
    const length = Math.max(timer + 1, this.#due.length * 2)
    const heap = new Int32Array(length)
    const due = new Float64Array(length)
    const position = new Int32Array(length)
    heap.set(this.#heap)
    due.set(this.#due)
    position.set(this.#position)
    this.#heap = heap
    this.#due = due
    this.#position = position
  }
}
