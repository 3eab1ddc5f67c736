/** Elements of a header extension, with headers of one byte or of two. RFC 8285 §4.2, §4.3. */
import { checkInteger, upToWord } from './bytes.ts'
import type { RtpView } from './rtp-view.ts'

/** The header extension of a packet. RFC 3550 §5.3.1 */
export interface HeaderExtension {
  /** Which kind it is, 16 bits: `ONE_BYTE`, `TWO_BYTE` to `TWO_BYTE` + 15, or another. */
  readonly profile: number
  /** A multiple of four bytes. */
  readonly data: Uint8Array
}

/** One element to be written. */
export interface ExtensionElement {
  /** As `a=extmap` gave it out. */
  readonly id: number
  /** Its bytes. */
  readonly data: Uint8Array
}

/** The profile of elements with headers of one byte. RFC 8285 §4.2 */
export const ONE_BYTE = 0xbede
/** The first profile of elements with headers of two bytes; its low four bits are for the application. RFC 8285 §4.3 */
export const TWO_BYTE = 0x1000

/** Goes through the elements of packets, in place, without allocating: point it at a packet, then `next()` until that is false. */
export class ExtensionCursor {
  #bytes: Uint8Array = NOTHING
  #end = 0
  #at = 0
  #kind: 'one' | 'two' | 'other' = 'other'
  #id = 0
  #dataOffset = 0
  #dataBytes = 0

  /** False where the packet has no elements: no extension, or one of another profile. */
  pointAt(packet: RtpView): boolean {
    this.#bytes = packet.bytes
    this.#at = packet.extensionOffset
    this.#end = packet.payloadOffset
    const profile = packet.extensionProfile
    this.#kind = profile === ONE_BYTE ? 'one' : (profile & 0xfff0) === TWO_BYTE ? 'two' : 'other'
    return this.#kind !== 'other'
  }

  /**
   * Goes to the next element; false at the end, at an element that is longer than the extension, and in the one-byte form at id 15 and at id 0
   * with a length, behind which nothing may be read (RFC 8285 §4.1.2, §4.2).
   */
  next(): boolean {
    if (this.#kind === 'other') return false
    while (this.#at < this.#end && this.#bytes[this.#at] === 0) this.#at += 1
    return this.#kind === 'one' ? this.#nextOne() : this.#nextTwo()
  }

  /** 1 to 14, or 1 to 255. */
  get id(): number {
    return this.#id
  }

  /** Where its data begins in the packet's `bytes`. */
  get dataOffset(): number {
    return this.#dataOffset
  }

  /** 1 to 16, or 0 to 255. */
  get dataBytes(): number {
    return this.#dataBytes
  }

  /** Its data, in place. */
  get data(): Uint8Array {
    return this.#bytes.subarray(this.#dataOffset, this.#dataOffset + this.#dataBytes)
  }

  #nextOne(): boolean {
    if (this.#at >= this.#end) return false
    const header = this.#bytes[this.#at]!
    const id = header >> 4
    if (id !== 0 && id !== STOP) return this.#take(id, this.#at + 1, (header & 0x0f) + 1)
    this.#at = this.#end
    return false
  }

  #nextTwo(): boolean {
    return this.#at + 2 <= this.#end && this.#take(this.#bytes[this.#at]!, this.#at + 2, this.#bytes[this.#at + 1]!)
  }

  #take(id: number, from: number, length: number): boolean {
    if (from + length > this.#end) {
      this.#at = this.#end
      return false
    }
    this.#id = id
    this.#dataOffset = from
    this.#dataBytes = length
    this.#at = from + length
    return true
  }
}

/** @throws RangeError for ids outside 1 to 14 and data outside 1 to 16 bytes: those need `twoByteExtension` */
export function oneByteExtension(elements: readonly ExtensionElement[]): HeaderExtension {
  for (const { id, data } of elements) {
    checkInteger('id', id, 1, 14)
    checkInteger('data.length', data.length, 1, 16)
  }
  return packed(ONE_BYTE, elements, 1, (bytes, at, { id, data }) => {
    bytes[at] = (id << 4) | (data.length - 1)
  })
}

/** @throws RangeError for ids outside 1 to 255, more than 255 bytes of data, and application bits outside 0 to 15 */
export function twoByteExtension(elements: readonly ExtensionElement[], applicationBits: number = 0): HeaderExtension {
  checkInteger('applicationBits', applicationBits, 0, 15)
  for (const { id, data } of elements) {
    checkInteger('id', id, 1, 255)
    checkInteger('data.length', data.length, 0, 255)
  }
  return packed(TWO_BYTE | applicationBits, elements, 2, (bytes, at, { id, data }) => {
    bytes[at] = id
    bytes[at + 1] = data.length
  })
}

function packed(
  profile: number,
  elements: readonly ExtensionElement[],
  headerBytes: number,
  header: (bytes: Uint8Array, at: number, element: ExtensionElement) => void,
): HeaderExtension {
  const length = elements.reduce((sum, { data }) => sum + headerBytes + data.length, 0)
  const bytes = new Uint8Array(upToWord(length))
  let at = 0
  for (const element of elements) {
    header(bytes, at, element)
    bytes.set(element.data, at + headerBytes)
    at += headerBytes + element.data.length
  }
  return { profile, data: bytes }
}

const STOP = 15
const NOTHING: Uint8Array = new Uint8Array(0)
export const NO_EXTENSION: HeaderExtension = { profile: 0, data: NOTHING }
