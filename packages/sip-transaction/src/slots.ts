/** What is remembered of each transaction, as columns of numbers: one slot each, used again under a new id when it is over. */
import type { Hop } from './hop.ts'
import type { Handle } from './transaction.ts'

/** Bits of {@link Slots.flags}. */
export const RELIABLE = 1
/** Our own CANCEL: its user is the layer, nobody is told anything. */
export const SILENT = 2
export const CANCEL_HELD = 4
export const CANCEL_SENT = 8
export const MERGE_INDEXED = 16

const SLOT_BITS = 22
const SLOT_COUNT = 2 ** SLOT_BITS

export class Slots {
  machine: Uint8Array = new Uint8Array(64)
  state: Uint8Array = new Uint8Array(64)
  flags: Uint8Array = new Uint8Array(64)
  /** Current retransmission interval, milliseconds: timer A, E or G. */
  interval: Float64Array = new Float64Array(64)
  /** The message to resend, in the byte slab. */
  stored: Int32Array = new Int32Array(64)
  keyLo: Uint32Array = new Uint32Array(64)
  keyHi: Uint32Array = new Uint32Array(64)
  mergeLo: Uint32Array = new Uint32Array(64)
  mergeHi: Uint32Array = new Uint32Array(64)
  /** Two timers a slot (2 * slot for resending, 2 * slot + 1 for the end): which one each is. */
  timer: Uint8Array = new Uint8Array(128)
  readonly handle: (Handle | undefined)[] = []
  readonly hop: (Hop | undefined)[] = []

  #generation: Uint32Array = new Uint32Array(64)
  #next: Int32Array = new Int32Array(64)
  #free = -1
  #length = 0

  /** A slot nobody uses, with its columns at zero. */
  take(): number {
    let slot = this.#free
    if (slot >= 0) {
      this.#free = this.#next[slot]!
    } else {
      slot = this.#length++
      if (slot === SLOT_COUNT) throw new RangeError(`more than ${SLOT_COUNT} live transactions in one layer`)
      if (slot === this.state.length) this.#grow()
      this.handle.push(undefined)
      this.hop.push(undefined)
    }
    this.flags[slot] = 0
    this.interval[slot] = 0
    this.stored[slot] = 0
    return slot
  }

  give(slot: number): void {
    this.#generation[slot]!++
    this.handle[slot] = undefined
    this.hop[slot] = undefined
    this.#next[slot] = this.#free
    this.#free = slot
  }

  /** Unique among all transactions of the layer, living and dead. */
  id(slot: number): number {
    return this.#generation[slot]! * SLOT_COUNT + slot
  }

  /** The slot of a living transaction; -1 when it is over. */
  slotOf(id: number): number {
    const slot = id % SLOT_COUNT
    return slot < this.#length && this.handle[slot] !== undefined && this.id(slot) === id ? slot : -1
  }

  /** Of a living transaction. */
  handleIn(slot: number): Handle {
    return this.handle[slot]!
  }

  hopIn(slot: number): Hop | undefined {
    return this.hop[slot]
  }

  has(slot: number, flag: number): boolean {
    return (this.flags[slot]! & flag) !== 0
  }

  set(slot: number, flag: number): void {
    this.flags[slot]! |= flag
  }

  #grow(): void {
    const length = this.state.length * 2
    this.machine = copy(new Uint8Array(length), this.machine)
    this.state = copy(new Uint8Array(length), this.state)
    this.flags = copy(new Uint8Array(length), this.flags)
    this.interval = copy(new Float64Array(length), this.interval)
    this.stored = copy(new Int32Array(length), this.stored)
    this.keyLo = copy(new Uint32Array(length), this.keyLo)
    this.keyHi = copy(new Uint32Array(length), this.keyHi)
    this.mergeLo = copy(new Uint32Array(length), this.mergeLo)
    this.mergeHi = copy(new Uint32Array(length), this.mergeHi)
    this.timer = copy(new Uint8Array(2 * length), this.timer)
    this.#generation = copy(new Uint32Array(length), this.#generation)
    this.#next = copy(new Int32Array(length), this.#next)
  }
}

function copy<T extends { set(from: T): void }>(into: T, from: T): T {
  into.set(from)
  return into
}
