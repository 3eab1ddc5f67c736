/** Which call is due next. Entries that a call has overtaken are skipped when they come up. RFC 3261 §17 (timers of the user). */
import type { Millis } from '@strowger/sip-transaction'

export class DueQueue {
  /** A binary heap by time. */
  readonly #heap: { readonly at: Millis; readonly call: string }[] = []
  readonly #due = new Map<string, Millis>()

  /** `Infinity` when nothing is due ever. */
  get next(): Millis {
    this.#skip()
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY
  }

  /** How many calls wait for something. */
  get size(): number {
    return this.#due.size
  }

  /** `Infinity` takes the call out. */
  set(call: string, at: Millis): void {
    if (this.#due.get(call) === at) return
    if (at === Number.POSITIVE_INFINITY) {
      this.#due.delete(call)
      return
    }
    this.#due.set(call, at)
    this.#push(at, call)
    if (this.#heap.length > 2 * this.#due.size + SPARE) this.#compact()
  }

  /** Takes out one call that is due. */
  take(now: Millis): string | undefined {
    this.#skip()
    const first = this.#heap[0]
    if (first === undefined || first.at > now) return undefined
    this.#pop()
    this.#due.delete(first.call)
    return first.call
  }

  /** Overtaken entries never outnumber the others for long: a session timer would hold its call's for half an hour. */
  #compact(): void {
    this.#heap.length = 0
    for (const [call, at] of this.#due) this.#push(at, call)
  }

  #skip(): void {
    for (let first = this.#heap[0]; first !== undefined && this.#due.get(first.call) !== first.at; first = this.#heap[0]) this.#pop()
  }

  #push(at: Millis, call: string): void {
    const heap = this.#heap
    let place = heap.length
    for (; place > 0; place = (place - 1) >> 1) {
      const parent = heap[(place - 1) >> 1]!
      if (parent.at <= at) break
      heap[place] = parent
    }
    heap[place] = { at, call }
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let place = 0
    for (let child = 1; child < heap.length; child = 2 * place + 1) {
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++
      if (heap[child]!.at >= last.at) break
      heap[place] = heap[child]!
      place = child
    }
    heap[place] = last
  }
}

/** Overtaken entries that are not worth the work. */
const SPARE = 64
