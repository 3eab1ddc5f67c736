/** Writes RTP packets. RFC 3550 §5.1, §5.3.1. */
import { checkInteger, put16, put32 } from './bytes.ts'
import { type HeaderExtension, NO_EXTENSION } from './header-extension.ts'

/** All that a packet can say. What is left out is not there. */
export interface RtpFields {
  /** 0 to 127. */
  readonly payloadType: number
  /** 16 bits. */
  readonly sequence: number
  /** 32 bits, in units of the payload's clock. */
  readonly timestamp: number
  /** 32 bits. */
  readonly ssrc: number
  /** The payload begins a frame, or a talkspurt. */
  readonly marker?: boolean
  /** At most 15. */
  readonly csrcs?: readonly number[]
  /** `oneByteExtension`, `twoByteExtension`, or one of another profile. */
  readonly extension?: HeaderExtension
  /** Default: none. */
  readonly payload?: Uint8Array
  /** 0 to 255, the byte that counts them included: what a block cipher needs. */
  readonly paddingBytes?: number
}

/** How long the packet will be. */
export function rtpBytes({ csrcs = NO_CSRCS, extension, payload = NO_PAYLOAD, paddingBytes = 0 }: RtpFields): number {
  return HEADER_BYTES + 4 * csrcs.length + (extension === undefined ? 0 : 4 + extension.data.length) + payload.length + paddingBytes
}

/** A new packet. @throws TypeError or RangeError for a value that has no place in it */
export function writeRtp(fields: RtpFields): Uint8Array {
  const bytes = new Uint8Array(rtpBytes(fields))
  writeRtpInto(bytes, 0, fields)
  return bytes
}

/**
 * Writes the packet into a buffer that is there, and says how long it is. Nothing is allocated.
 * @throws TypeError or RangeError for a value that has no place in it, or a buffer without room
 */
export function writeRtpInto(bytes: Uint8Array, offset: number, fields: RtpFields): number {
  const { payloadType, sequence, timestamp, ssrc, marker = false, csrcs = NO_CSRCS } = fields
  const { extension = NO_EXTENSION, payload = NO_PAYLOAD, paddingBytes = 0 } = fields
  const length = rtpBytes(fields)
  if (!(offset >= 0 && offset + length <= bytes.length)) throw new RangeError(`${length} bytes do not fit at ${offset} of ${bytes.length}`)
  check(fields)
  bytes[offset] = VERSION | (paddingBytes > 0 ? 0x20 : 0) | (fields.extension === undefined ? 0 : 0x10) | csrcs.length
  bytes[offset + 1] = (marker ? 0x80 : 0) | payloadType
  put16(bytes, offset + 2, sequence)
  put32(bytes, offset + 4, timestamp)
  put32(bytes, offset + 8, ssrc)
  let at = offset + HEADER_BYTES
  for (let i = 0; i < csrcs.length; i++, at += 4) put32(bytes, at, csrcs[i]!)
  if (fields.extension !== undefined) {
    put16(bytes, at, extension.profile)
    put16(bytes, at + 2, extension.data.length / 4)
    bytes.set(extension.data, at + 4)
    at += 4 + extension.data.length
  }
  bytes.set(payload, at)
  if (paddingBytes > 0) {
    bytes.fill(0, at + payload.length, offset + length - 1)
    bytes[offset + length - 1] = paddingBytes
  }
  return length
}

function check({ payloadType, sequence, timestamp, ssrc, marker, csrcs, extension, paddingBytes }: RtpFields): void {
  checkInteger('payloadType', payloadType, 0, 127)
  // With a marker these would be a sender or a receiver report (RFC 3550 §A.1).
  if (marker && (payloadType === 72 || payloadType === 73)) throw new RangeError(`payloadType ${payloadType} with a marker looks like RTCP`)
  checkInteger('sequence', sequence, 0, 0xffff)
  checkInteger('timestamp', timestamp, 0, 0xffff_ffff)
  checkInteger('ssrc', ssrc, 0, 0xffff_ffff)
  if (paddingBytes !== undefined) checkInteger('paddingBytes', paddingBytes, 0, 255)
  if (csrcs !== undefined) {
    checkInteger('csrcs.length', csrcs.length, 0, 15)
    for (const csrc of csrcs) checkInteger('csrc', csrc, 0, 0xffff_ffff)
  }
  if (extension === undefined) return
  checkInteger('extension.profile', extension.profile, 0, 0xffff)
  checkInteger('words of extension.data', extension.data.length / 4, 0, 0xffff)
}

const HEADER_BYTES = 12
const VERSION = 0x80
const NO_CSRCS: readonly number[] = []
const NO_PAYLOAD: Uint8Array = new Uint8Array(0)
