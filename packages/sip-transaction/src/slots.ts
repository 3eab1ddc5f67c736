/** What is remembered of each transaction, as numbers in pages: one slot each, used again under a new id when it is over. */
import type { Handle } from './transaction.ts'

/** Bits of {@link Slots.has}. */
export const RELIABLE = 1
/** Our own CANCEL: its user is the layer, nobody is told anything. */
export const SILENT = 2
export const CANCEL_HELD = 4
export const CANCEL_SENT = 8
export const MERGE_INDEXED = 16

const SLOT_BITS = 22
export const SLOT_COUNT: number = 2 ** SLOT_BITS
/** Slots per page. A page is never copied, so growing costs the same at any size. */
const PAGE_BITS = 10
const PAGE_MASK = (1 << PAGE_BITS) - 1

/** Numbers per slot, so that one transaction is in one cache line. */
const STRIDE = 16
const MACHINE = 0
const STATE = 1
const FLAGS = 2
const STORED = 3
/** A double, two numbers wide. */
const INTERVAL = 4
const KEY_LO = 6
const KEY_HI = 7
const MERGE_LO = 8
const MERGE_HI = 9
/** Two timers a slot (2 * slot for resending, 2 * slot + 1 for the end): which one each is. */
const TIMER = 10
const GENERATION = 12
const NEXT = 13

export class Slots {
  readonly #numbers: Int32Array[] = []
  readonly #intervals: Float64Array[] = []
  readonly #handles: (Handle | undefined)[][] = []
  #free = -1
  #length = 0

  /** A slot nobody uses, in the first state of its machine. */
  take(machine: number, flags: number, keyLo: number, keyHi: number): number {
    let slot = this.#free
    if (slot >= 0) {
      this.#free = this.#get(slot, NEXT)
    } else {
      slot = this.#length++
      if (slot === SLOT_COUNT) throw new RangeError(`more than ${SLOT_COUNT} live transactions in one layer`)
      if ((slot & PAGE_MASK) === 0) this.#addPage()
    }
    const numbers = this.#numbers[slot >> PAGE_BITS]!
    const at = (slot & PAGE_MASK) * STRIDE
    numbers[at + MACHINE] = machine
    numbers[at + STATE] = 0
    numbers[at + FLAGS] = flags
    numbers[at + KEY_LO] = keyLo
    numbers[at + KEY_HI] = keyHi
    numbers[at + STORED] = 0
    numbers[at + INTERVAL] = 0
    numbers[at + INTERVAL + 1] = 0
    return slot
  }

  give(slot: number): void {
    this.#set(slot, GENERATION, this.#get(slot, GENERATION) + 1)
    this.setHandle(slot, undefined)
    this.#set(slot, NEXT, this.#free)
    this.#free = slot
  }

  /** How many transactions have had this slot before. */
  generation(slot: number): number {
    return this.#get(slot, GENERATION)
  }

  /** The slot of a living transaction; -1 when it is over, or of another layer. */
  slotOf(handle: Handle): number {
    const { slot } = handle
    return slot < this.#length && this.handle(slot) === handle ? slot : -1
  }

  /** Of a living transaction. */
  handle(slot: number): Handle {
    return this.#handles[slot >> PAGE_BITS]![slot & PAGE_MASK]!
  }

  setHandle(slot: number, handle: Handle | undefined): void {
    this.#handles[slot >> PAGE_BITS]![slot & PAGE_MASK] = handle
  }

  machine(slot: number): number {
    return this.#get(slot, MACHINE)
  }

  state(slot: number): number {
    return this.#get(slot, STATE)
  }

  setState(slot: number, state: number): void {
    this.#set(slot, STATE, state)
  }

  flags(slot: number): number {
    return this.#get(slot, FLAGS)
  }

  has(slot: number, flag: number): boolean {
    return (this.#get(slot, FLAGS) & flag) !== 0
  }

  set(slot: number, flag: number): void {
    this.#set(slot, FLAGS, this.#get(slot, FLAGS) | flag)
  }

  /** The message to send again, in the byte slab; 0 for none. */
  stored(slot: number): number {
    return this.#get(slot, STORED)
  }

  setStored(slot: number, ref: number): void {
    this.#set(slot, STORED, ref)
  }

  /** Current retransmission interval, milliseconds: timer A, E or G. */
  interval(slot: number): number {
    return this.#intervals[slot >> PAGE_BITS]![((slot & PAGE_MASK) * STRIDE + INTERVAL) >> 1]!
  }

  setInterval(slot: number, ms: number): void {
    this.#intervals[slot >> PAGE_BITS]![((slot & PAGE_MASK) * STRIDE + INTERVAL) >> 1] = ms
  }

  keyLo(slot: number): number {
    return this.#get(slot, KEY_LO)
  }

  keyHi(slot: number): number {
    return this.#get(slot, KEY_HI)
  }

  mergeLo(slot: number): number {
    return this.#get(slot, MERGE_LO)
  }

  mergeHi(slot: number): number {
    return this.#get(slot, MERGE_HI)
  }

  setMerge(slot: number, lo: number, hi: number): void {
    this.#set(slot, MERGE_LO, lo)
    this.#set(slot, MERGE_HI, hi)
  }

  /** Which timer `2 * slot` (resending) or `2 * slot + 1` (the end) is, by its number. */
  timer(timer: number): number {
    return this.#get(timer >> 1, TIMER + (timer & 1))
  }

  setTimer(timer: number, name: number): void {
    this.#set(timer >> 1, TIMER + (timer & 1), name)
  }

  /** Living transactions with a hop. */
  get hops(): number {
    return this.#handles.flat().filter(handle => handle?.hop !== undefined).length
  }

  #get(slot: number, field: number): number {
    return this.#numbers[slot >> PAGE_BITS]![(slot & PAGE_MASK) * STRIDE + field]!
  }

  #set(slot: number, field: number, value: number): void {
    this.#numbers[slot >> PAGE_BITS]![(slot & PAGE_MASK) * STRIDE + field] = value
  }

  #addPage(): void {
    const numbers = new Int32Array(STRIDE << PAGE_BITS)
    this.#numbers.push(numbers)
    this.#intervals.push(new Float64Array(numbers.buffer))
    this.#handles.push(new Array<Handle | undefined>(1 << PAGE_BITS).fill(undefined))
  }
}
