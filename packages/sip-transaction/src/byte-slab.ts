/** Stored messages, off the JavaScript heap: pages cut into blocks of a few sizes, used again when a transaction ends. */

/** A stored message; 0 means none. */
export type BytesRef = number

const PAGE_BYTES = 256 * 1024
const BLOCK_SIZES: readonly number[] = [256, 384, 512, 768, 1024, 1536, 2048, 4096, 8192, 16384, 32768, 65536]
const BLOCK_BITS = 10 // a page holds at most 1024 blocks

interface Page {
  readonly bytes: Uint8Array
  readonly size: number
  readonly blockBytes: number
  readonly lengths: Uint32Array
  /** Numbers of the blocks nobody uses; the first `free` entries count. */
  readonly unused: Uint16Array
  free: number
}

export class ByteSlab {
  readonly #pages: (Page | undefined)[] = [undefined] // page 0 does not exist, so ref 0 means none
  readonly #vacantNumbers: number[] = []
  /** Per block size, pages with at least one unused block; the last entry is for messages larger than any of them. */
  readonly #open: readonly number[][] = [...BLOCK_SIZES, 0].map(() => [])
  #used = 0

  /** Messages stored now. */
  get size(): number {
    return this.#used
  }

  /** Copies `bytes` in. */
  keep(bytes: Uint8Array): BytesRef {
    const size = sizeFor(bytes.length)
    const number = this.#pageFor(size, bytes.length)
    const page = this.#pages[number]!
    const block = page.unused[--page.free]!
    if (page.free === 0) this.#close(size, number)
    page.bytes.set(bytes, block * page.blockBytes)
    page.lengths[block] = bytes.length
    this.#used++
    return (number << BLOCK_BITS) | block
  }

  /** A copy: the block may be used again before the copy is sent. */
  read(ref: BytesRef): Uint8Array {
    const page = this.#pages[ref >>> BLOCK_BITS]!
    const block = ref & ((1 << BLOCK_BITS) - 1)
    const start = block * page.blockBytes
    return page.bytes.slice(start, start + page.lengths[block]!)
  }

  release(ref: BytesRef): void {
    const number = ref >>> BLOCK_BITS
    const page = this.#pages[number]!
    page.unused[page.free++] = ref & ((1 << BLOCK_BITS) - 1)
    this.#used--
    const open = this.#open[page.size]!
    if (page.free === 1) open.push(number)
    const spare = page.unused.length === 1 || open.length > 1
    if (page.free === page.unused.length && spare) this.#drop(number, page)
  }

  #pageFor(size: number, length: number): number {
    const open = this.#open[size]!
    const last = size < BLOCK_SIZES.length ? open[open.length - 1] : undefined
    if (last !== undefined) return last
    const blockBytes = BLOCK_SIZES[size] ?? length
    const blocks = Math.max(1, Math.floor(PAGE_BYTES / blockBytes))
    const unused = new Uint16Array(blocks)
    for (let i = 0; i < blocks; i++) unused[i] = blocks - 1 - i
    const page: Page = {
      bytes: new Uint8Array(blocks * blockBytes),
      size,
      blockBytes,
      lengths: new Uint32Array(blocks),
      unused,
      free: blocks,
    }
    const number = this.#vacantNumbers.pop() ?? this.#pages.length
    this.#pages[number] = page
    open.push(number)
    return number
  }

  #close(size: number, number: number): void {
    const open = this.#open[size]!
    if (open[open.length - 1] === number) open.pop()
    else open.splice(open.indexOf(number), 1)
  }

  #drop(number: number, page: Page): void {
    this.#close(page.size, number)
    this.#pages[number] = undefined
    this.#vacantNumbers.push(number)
  }
}

/** Which of {@link BLOCK_SIZES}; one past the last when none is large enough. */
function sizeFor(length: number): number {
  let size = 0
  while (size < BLOCK_SIZES.length && BLOCK_SIZES[size]! < length) size++
  return size
}
