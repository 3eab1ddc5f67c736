/** Run lengths of extended reports: of each packet one bit. RFC 3611 §4.1. */
import type { XrRange } from './layout/extended.ts'
import type { RleBlock } from './xr-blocks.ts'

/** One packet that a block speaks of. In a loss block `bit` says that it came, in a duplicate block that it came more than once. */
export interface TracedPacket {
  /** 16 bits. */
  readonly sequence: number
  /** What the block says of it. */
  readonly bit: boolean
}

/** The sequence numbers that a block speaks of: multiples of 2^thinning from `begin` until before `end`. RFC 3611 §4.1 */
export function tracedSequences({ begin, end, thinning }: Pick<XrRange, 'begin' | 'end'> & { readonly thinning: number }): number[] {
  const sequences: number[] = []
  const step = 2 ** thinning
  for (let after = 0; after < ((end - begin) & 0xffff); after++) {
    const sequence = (begin + after) & 0xffff
    if (sequence % step === 0) sequences.push(sequence)
  }
  return sequences
}

/** What the chunks say of each packet; packets behind the last chunk are left out. */
export function tracedPackets(block: RleBlock): TracedPacket[] {
  const sequences = tracedSequences(block)
  const packets: TracedPacket[] = []
  const say = (bit: boolean): void => {
    const sequence = sequences[packets.length]
    if (sequence !== undefined) packets.push({ sequence, bit })
  }
  for (const chunk of block.chunks) {
    if (chunk & VECTOR) for (let bit = VECTOR_BITS - 1; bit >= 0; bit--) say(((chunk >> bit) & 1) === 1)
    else
      for (let times = Math.min(chunk & MOST_RUN, sequences.length - packets.length); times > 0; times--) say((chunk & RUN_OF_ONES) !== 0)
  }
  return packets
}

/**
 *     run:         |0|R|        length             |
 *     bit vector:  |1|        15 bits              |
 */
export function rleChunks(bits: readonly boolean[]): number[] {
  const chunks: number[] = []
  for (let at = 0; at < bits.length; ) {
    const run = runAt(bits, at)
    if (run >= VECTOR_BITS || at + run === bits.length) {
      chunks.push((bits[at] ? RUN_OF_ONES : 0) | run)
      at += run
    } else {
      let vector = VECTOR
      for (let bit = 0; bit < VECTOR_BITS; bit++) if (bits[at + bit]) vector |= 1 << (VECTOR_BITS - 1 - bit)
      chunks.push(vector)
      at += VECTOR_BITS
    }
  }
  return chunks
}

function runAt(bits: readonly boolean[], at: number): number {
  let length = 1
  while (length < MOST_RUN && at + length < bits.length && bits[at + length] === bits[at]) length += 1
  return length
}

const VECTOR = 0x8000
const RUN_OF_ONES = 0x4000
const MOST_RUN = 0x3fff
const VECTOR_BITS = 15
