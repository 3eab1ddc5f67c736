/** Room for outgoing messages, cut from slabs: a buffer of its own costs more than all the rest of an edit. RFC 3261 §7. */
import { memory } from './text.ts'

/** `length` bytes, nobody else's, which the caller writes over, each of them; they may share their ArrayBuffer with other messages. */
export function allocate(length: number): Uint8Array {
  if (length > LARGEST) return new Uint8Array(length)
  const at = take(length)
  return new Uint8Array(buffer, at, length)
}

/** Bytes of which those from `start` on may be written over. */
export interface Room {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly start: number
}

/** For at most `most` bytes: {@link written} makes what was written there a message, and must come before anything else is allocated. */
export function roomFor(most: number): Room {
  return most > LARGEST ? { bytes: new Uint8Array(most), start: 0 } : { start: take(most), bytes: slab }
}

/** The bytes from `start` to `end`; what is left of the room is given back. */
export function written(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Uint8Array {
  if (bytes === slab) used = end
  return new Uint8Array(bytes.buffer, start, end - start)
}

/**
 * As many bytes as `base` and `more`, that end in all but the start of `base`: what was at `i` is at `i + more`. The caller writes the start
 * over. One copy, and no view made but the one returned. Both it and `base` are at most {@link LARGEST}.
 */
export function allocateOver(base: Uint8Array, more: number): Uint8Array {
  const start = take(base.length + Math.max(more, 0))
  slab.set(base, start + Math.max(more, 0))
  return new Uint8Array(buffer, start + Math.max(-more, 0), base.length + more)
}

/** Where `length` bytes nobody uses are in {@link slab}. */
function take(length: number): number {
  if (used + length > SLAB_BYTES) {
    buffer = memory(SLAB_BYTES)
    slab = new Uint8Array(buffer)
    used = 0
  }
  const at = used
  used += length
  return at
}

/** Longer messages get a buffer of their own. */
export const LARGEST = 4096

/** A long-lived message keeps its whole slab alive, so slabs are small. */
const SLAB_BYTES = 32_768

let buffer = new ArrayBuffer(SLAB_BYTES)
let slab = new Uint8Array(buffer)
let used = 0
