/** Room for outgoing messages, cut from slabs: a buffer of its own costs more than all the rest of an edit. RFC 3261 §7. */

/** `length` zeroed or never used bytes, nobody else's; they may share their ArrayBuffer with other messages. */
export function allocate(length: number): Uint8Array {
  if (length > LARGEST) return new Uint8Array(length)
  if (used + length > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES)
    used = 0
  }
  const room = new Uint8Array(slab, used, length)
  used += length
  return room
}

/** A long-lived message keeps its whole slab alive, so slabs are small. */
const SLAB_BYTES = 16_384
const LARGEST = 4096

let slab: ArrayBuffer = new ArrayBuffer(SLAB_BYTES)
let used = 0
