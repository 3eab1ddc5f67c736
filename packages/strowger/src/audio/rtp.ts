/** The fixed header of an RTP packet, written and read. RFC 3550 §5.1. */

export interface RtpPacket {
  readonly payloadType: number
  readonly marker: boolean
  /** 16 bits. */
  readonly sequence: number
  /** 32 bits, in samples. */
  readonly timestamp: number
  readonly ssrc: number
  readonly payload: Uint8Array
}

/**
 *     0                   1                   2                   3
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *    |                           timestamp                           |
 *    |                             SSRC                              |
 */
export function writeRtp({ payloadType, marker, sequence, timestamp, ssrc, payload }: RtpPacket): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, 0x80)
  view.setUint8(1, (marker ? 0x80 : 0) | payloadType)
  view.setUint16(2, sequence & 0xffff)
  view.setUint32(4, timestamp >>> 0)
  view.setUint32(8, ssrc >>> 0)
  bytes.set(payload, HEADER_BYTES)
  return bytes
}

/** `undefined` for what is no RTP. CSRCs, an extension and padding are left out of the payload. */
export function readRtp(bytes: Uint8Array): RtpPacket | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const first = view.getUint8(0)
  const start = payloadStart(view, first)
  const padding = (first & 0x20) === 0 ? 0 : view.getUint8(bytes.length - 1)
  if (first >> 6 !== 2 || start + padding > bytes.length) return undefined
  const second = view.getUint8(1)
  return {
    payloadType: second & 0x7f,
    marker: second >= 0x80,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: bytes.subarray(start, bytes.length - padding),
  }
}

/** The same packet from another source. RFC 3550 §8: who sends a stream has an SSRC of its own. */
export function withSsrc(bytes: Uint8Array, ssrc: number): Uint8Array {
  const copy = bytes.slice()
  new DataView(copy.buffer).setUint32(8, ssrc >>> 0)
  return copy
}

function payloadStart(view: DataView, first: number): number {
  const start = HEADER_BYTES + 4 * (first & 0x0f)
  if ((first & 0x10) === 0) return start
  return start + 4 > view.byteLength ? Number.POSITIVE_INFINITY : start + 4 + 4 * view.getUint16(start + 2)
}

const HEADER_BYTES = 12
