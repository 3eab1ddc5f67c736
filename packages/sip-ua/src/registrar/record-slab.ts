/**
 * Blocks of bytes off the JavaScript heap, in pages cut into blocks of one size: a hundred thousand of them cost the garbage collector nothing.
 * The location table of a registrar keeps its bindings in them. RFC 3261 §10.
 */

/** A block: page and place in it. */
export type BlockRef = number

/** The views on a page; blocks start at multiples of {@link STEP}. */
export interface Page {
  readonly bytes: Uint8Array
  readonly words: Int32Array
  readonly doubles: Float64Array
}

const PAGE_BYTES = 65_536
/** Sizes of blocks are multiples of it. */
const STEP = 32
const LARGEST = 2048
const PLACE_BITS = 11 // PAGE_BYTES / STEP

export class RecordSlab {
  readonly #pages: (Page | undefined)[] = []
  readonly #vacant: number[] = []
  /** Blocks nobody uses, by size in steps. */
  readonly #free: BlockRef[][] = Array.from({ length: LARGEST / STEP + 1 }, () => [])

  /** A block of at least `length` bytes; what is in it is left from before. */
  take(length: number): BlockRef {
    const steps = stepsOf(length)
    if (steps > LARGEST / STEP) return this.#addPage(steps * STEP) << PLACE_BITS
    const free = this.#free[steps]!
    if (free.length === 0) this.#addBlocks(steps, free)
    return free.pop()!
  }

  /** `length`: as it was taken with, or any that needs the same size. */
  release(ref: BlockRef, length: number): void {
    const steps = stepsOf(length)
    if (steps <= LARGEST / STEP) this.#free[steps]!.push(ref)
    else {
      this.#pages[pageOf(ref)] = undefined
      this.#vacant.push(pageOf(ref))
    }
  }

  /** Whether a block of one length serves for another. */
  fits(length: number, other: number): boolean {
    return stepsOf(length) === stepsOf(other)
  }

  page(ref: BlockRef): Page {
    return this.#pages[pageOf(ref)]!
  }

  /** Where the block starts on its page, in bytes. */
  start(ref: BlockRef): number {
    return (ref & ((1 << PLACE_BITS) - 1)) * STEP
  }

  #addBlocks(steps: number, free: BlockRef[]): void {
    const page = this.#addPage(PAGE_BYTES)
    for (let place = Math.floor(PAGE_BYTES / STEP / steps) * steps - steps; place >= 0; place -= steps)
      free.push((page << PLACE_BITS) | place)
  }

  #addPage(bytes: number): number {
    const buffer = new ArrayBuffer(bytes)
    const page = { bytes: new Uint8Array(buffer), words: new Int32Array(buffer), doubles: new Float64Array(buffer) }
    const number = this.#vacant.pop() ?? this.#pages.length
    this.#pages[number] = page
    return number
  }
}

function stepsOf(length: number): number {
  return Math.ceil(length / STEP)
}

function pageOf(ref: BlockRef): number {
  return ref >>> PLACE_BITS
}
