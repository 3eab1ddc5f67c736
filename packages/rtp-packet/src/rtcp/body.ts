/** What is between the common header and the padding of an RTCP packet, and lists of structures in it. RFC 3550 §6.1. */
import { checkInteger, put32, u32 } from '../bytes.ts'
import { type Layout, readFields, writeFields } from '../layout/fields.ts'

/** As `RtcpView` has it. */
export interface RtcpBody {
  readonly bytes: Uint8Array
  readonly type: number
  readonly count: number
  readonly bodyOffset: number
  readonly bodyEnd: number
}

/** A packet to be written. */
export interface Encoded {
  readonly type: number
  readonly count: number
  /** A multiple of four bytes. */
  readonly body: Uint8Array
}

/** As many structures as fit between `from` and `end`. */
export function readList<T>(layout: Layout<T>, bytes: Uint8Array, from: number, end: number): T[] {
  const list: T[] = []
  for (let at = from; at + layout.bytes <= end; at += layout.bytes) list.push(readFields(layout, bytes, at))
  return list
}

/** @throws TypeError or RangeError for a value that a field cannot hold */
export function writeList<T extends object>(layout: Layout<T>, list: readonly T[]): Uint8Array {
  const bytes = new Uint8Array(layout.bytes * list.length)
  for (const [index, one] of list.entries()) writeFields(layout, bytes, index * layout.bytes, one)
  return bytes
}

/** 32 bits each. */
export function readWords(bytes: Uint8Array, from: number, end: number): number[] {
  const words: number[] = []
  for (let at = from; at + 4 <= end; at += 4) words.push(u32(bytes, at))
  return words
}

/** 32 bits each. @throws TypeError or RangeError for a value that is none */
export function writeWords(name: string, values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length)
  for (const [index, value] of values.entries()) {
    checkInteger(name, value, 0, 0xffff_ffff)
    put32(bytes, 4 * index, value)
  }
  return bytes
}

/** @throws RangeError for more than the count of a header can say */
export function checkCount(name: string, length: number): number {
  checkInteger(name, length, 0, 31)
  return length
}

/** @throws RangeError for bytes that are no whole words of 32 bits */
export function checkWords(name: string, bytes: Uint8Array): Uint8Array {
  if (bytes.length % 4 !== 0) throw new RangeError(`${name} must be a multiple of four bytes, not ${bytes.length}`)
  return bytes
}
