/** Feeds a stream parser the same bytes three ways: whole, byte by byte, and with trailing bytes. All three must read the same. */

/** What came out of each of the three feeds. */
export interface TripleFeed<T> {
  /** All bytes in one chunk. */
  readonly whole: T
  /** Each byte in a chunk of its own. */
  readonly byteByByte: T
  /** The message, and some of the next one behind it. */
  readonly trailing: T
}

const NEXT_BYTES = new TextEncoder().encode('OPTIONS sip:next')

/** `read` makes a fresh parser, pushes the chunks and returns what came out. */
export function tripleFeed<T>(bytes: Uint8Array, read: (chunks: readonly Uint8Array[]) => T): TripleFeed<T> {
  const trailing = new Uint8Array(bytes.length + NEXT_BYTES.length)
  trailing.set(bytes)
  trailing.set(NEXT_BYTES, bytes.length)
  return {
    whole: read([bytes.slice()]),
    byteByByte: read(Array.from(bytes, byte => Uint8Array.of(byte))),
    trailing: read([trailing]),
  }
}
