/** Room for outgoing messages, cut from slabs: a buffer of its own costs more than all the rest of an edit. RFC 3261 §7. */

/** `length` zeroed or never used bytes, nobody else's; they may share their ArrayBuffer with other messages. */
export function allocate(length: number): Uint8Array {
  if (length > LARGEST) return new Uint8Array(length)
  const at = take(length)
  return new Uint8Array(slab.buffer, at, length)
}

/**
 * A copy of `bytes`, at most {@link LARGEST}, without those from `at` to `until`, which are near the start: one copy of all, the few bytes
 * before `at` put right in front of those that stay, and no view made but the one returned.
 */
export function copyWithout(bytes: Uint8Array, at: number, until: number): Uint8Array {
  const { length } = bytes
  const start = take(length)
  slab.set(bytes, start)
  const first = start + until - at
  for (let i = 0; i < at; i++) slab[first + i] = bytes[i]!
  return new Uint8Array(slab.buffer, first, length - until + at)
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
