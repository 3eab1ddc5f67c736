/** Room for outgoing messages, cut from slabs: a buffer of its own costs more than all the rest of an edit. RFC 3261 §7. */

/** `length` zeroed or never used bytes, nobody else's; they may share their ArrayBuffer with other messages. */
export function allocate(length: number): Uint8Array {
  if (length > LARGEST) return new Uint8Array(length)
  const at = take(length)
  return new Uint8Array(slab.buffer, at, length)
}

/**
 * As many bytes as `base` and `more`, that end in all but the start of `base`: what was at `i` is at `i + more`. The caller writes the start
 * over. One copy, and no view made but the one returned. Both it and `base` are at most {@link LARGEST}.
 */
export function allocateOver(base: Uint8Array, more: number): Uint8Array {
  const start = take(base.length + Math.max(more, 0))
  slab.set(base, start + Math.max(more, 0))
  return new Uint8Array(slab.buffer, start + Math.max(-more, 0), base.length + more)
}

/** Where `length` bytes nobody uses are in {@link slab}. */
function take(length: number): number {
  if (used + length > SLAB_BYTES) {
    slab = new Uint8Array(SLAB_BYTES)
    used = 0
  }
  const at = used
  used += length
  return at
}

/** Longer messages get a buffer of their own. */
export const LARGEST = 4096

/** A long-lived message keeps its whole slab alive, so slabs are small. */
const SLAB_BYTES = 16_384

let slab: Uint8Array<ArrayBuffer> = new Uint8Array(SLAB_BYTES)
let used = 0
