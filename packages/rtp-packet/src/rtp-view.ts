/** An RTP packet in somebody's buffer, read in place: one view serves all packets. RFC 3550 §5.1, §5.3.1. */
import { checkInteger, put16, put32, u16, u32 } from './bytes.ts'
import type { Fault } from './faults.ts'

/**
 * Points at a packet and reads its fields from the bytes; nothing is copied, and nothing allocated but by `payload` and `extension`.
 * While the buffer changes the view changes. Setting a field writes it into the buffer.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *    |                           timestamp                           |
 *    |                             SSRC                              |
 *    |                        CSRC × CC                              |
 *    |  X: defined by profile        |        length in words        |
 */
export class RtpView {
  #bytes: Uint8Array = NOTHING
  #offset = 0
  #end = 0
  #payloadOffset = 0
  #payloadEnd = 0

  /**
   * Looks at the packet of `length` bytes at `offset`: `undefined` when it is one, else what is wrong, and the view stays where it was.
   * RFC 3550 §A.1: version, payload type, padding and extension are checked; whether the payload type is one of the session's is yours to see.
   */
  pointAt(bytes: Uint8Array, offset: number = 0, length: number = bytes.length - offset): Fault | undefined {
    const end = offset + length
    if (length < HEADER_BYTES || end > bytes.length) return 'short'
    const first = bytes[offset]!
    if (first >> 6 !== 2) return 'version'
    if ((bytes[offset + 1]! & 0xfe) === SENDER_REPORT) return 'rtcp'
    let payload = offset + HEADER_BYTES + 4 * (first & 0x0f)
    if (payload > end) return 'csrcs'
    if ((first & 0x10) !== 0) {
      if (payload + 4 > end) return 'extension'
      payload += 4 + 4 * u16(bytes, payload + 2)
      if (payload > end) return 'extension'
    }
    let payloadEnd = end
    if ((first & 0x20) !== 0) {
      const padding = bytes[end - 1]!
      payloadEnd -= padding
      if (padding === 0 || payloadEnd < payload) return 'padding'
    }
    this.#bytes = bytes
    this.#offset = offset
    this.#end = end
    this.#payloadOffset = payload
    this.#payloadEnd = payloadEnd
    return undefined
  }

  /** The buffer. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Where the packet begins in it. */
  get offset(): number {
    return this.#offset
  }

  /** Of the whole packet. */
  get byteLength(): number {
    return this.#end - this.#offset
  }

  /** The payload begins a frame, or a talkspurt (RFC 3551 §4.1). */
  get marker(): boolean {
    return this.#bytes[this.#offset + 1]! > 0x7f
  }

  /** Written into the buffer. */
  set marker(value: boolean) {
    this.#bytes[this.#offset + 1] = (value ? 0x80 : 0) | this.payloadType
  }

  /** 0 to 127. */
  get payloadType(): number {
    return this.#bytes[this.#offset + 1]! & 0x7f
  }

  /** Written into the buffer. */
  set payloadType(value: number) {
    checkInteger('payloadType', value, 0, 127)
    this.#bytes[this.#offset + 1] = (this.marker ? 0x80 : 0) | value
  }

  /** 16 bits, one more for each packet. */
  get sequence(): number {
    return u16(this.#bytes, this.#offset + 2)
  }

  /** Written into the buffer. */
  set sequence(value: number) {
    checkInteger('sequence', value, 0, 0xffff)
    put16(this.#bytes, this.#offset + 2, value)
  }

  /** 32 bits, in units of the payload's clock. */
  get timestamp(): number {
    return u32(this.#bytes, this.#offset + 4)
  }

  /** Written into the buffer. */
  set timestamp(value: number) {
    checkInteger('timestamp', value, 0, 0xffff_ffff)
    put32(this.#bytes, this.#offset + 4, value)
  }

  /** The source: 32 bits. */
  get ssrc(): number {
    return u32(this.#bytes, this.#offset + 8)
  }

  /** Written into the buffer. */
  set ssrc(value: number) {
    checkInteger('ssrc', value, 0, 0xffff_ffff)
    put32(this.#bytes, this.#offset + 8, value)
  }

  /** How many contributing sources there are: 0 to 15. */
  get csrcCount(): number {
    return this.#bytes[this.#offset]! & 0x0f
  }

  /** A contributing source; `index` is below `csrcCount`. */
  csrc(index: number): number {
    return u32(this.#bytes, this.#offset + HEADER_BYTES + 4 * index)
  }

  /** Whether there is a header extension, with data or without. */
  get hasExtension(): boolean {
    return (this.#bytes[this.#offset]! & 0x10) !== 0
  }

  /** What kind of header extension there is; 0 where there is none. */
  get extensionProfile(): number {
    return this.hasExtension ? u16(this.#bytes, this.#extensionHeader) : 0
  }

  /** Where the extension's data begins in `bytes`. */
  get extensionOffset(): number {
    return this.hasExtension ? this.#extensionHeader + 4 : this.#payloadOffset
  }

  /** Of the extension's data: a multiple of four. */
  get extensionBytes(): number {
    return this.#payloadOffset - this.extensionOffset
  }

  /** The extension's data, in place. */
  get extension(): Uint8Array {
    return this.#bytes.subarray(this.extensionOffset, this.#payloadOffset)
  }

  /** Where the payload begins in `bytes`. */
  get payloadOffset(): number {
    return this.#payloadOffset
  }

  /** Of the payload, without padding. */
  get payloadBytes(): number {
    return this.#payloadEnd - this.#payloadOffset
  }

  /** The payload without padding, in place. */
  get payload(): Uint8Array {
    return this.#bytes.subarray(this.#payloadOffset, this.#payloadEnd)
  }

  /** 0 to 255, the byte that counts them included. */
  get paddingBytes(): number {
    return this.#end - this.#payloadEnd
  }

  get #extensionHeader(): number {
    return this.#offset + HEADER_BYTES + 4 * this.csrcCount
  }
}

/** A new view of the packet, or `undefined` for what is none. Where many packets come, keep one view and point it at each. */
export function readRtp(bytes: Uint8Array, offset?: number, length?: number): RtpView | undefined {
  const view = new RtpView()
  return view.pointAt(bytes, offset, length) === undefined ? view : undefined
}

const HEADER_BYTES = 12
const SENDER_REPORT = 200
/** A view that points nowhere yet reads zeros. */
const NOTHING: Uint8Array = new Uint8Array(HEADER_BYTES)
