/** Writes RTCP datagrams. RFC 3550 §6.1, RFC 5506 §3. */
import { checkInteger, put16 } from './bytes.ts'
import { encodeApplication, encodeUnknown } from './rtcp/application.ts'
import type { Encoded } from './rtcp/body.ts'
import { encodeExtendedReport } from './rtcp/extended-report.ts'
import { encodeFeedback } from './rtcp/feedback.ts'
import { encodeGoodbye } from './rtcp/goodbye.ts'
import { encodeReport } from './rtcp/reports.ts'
import { encodeSourceDescription } from './rtcp/source-description.ts'
import { type RtcpPacket, SDES } from './rtcp-packets.ts'

/**
 * A compound packet: a report first, a source description with CNAME in it. RFC 3550 §6.1
 * @param paddingBytes at the end, the byte that counts them included: 0, or a multiple of four
 * @throws TypeError when it would be none, TypeError or RangeError for a value that has no place in it
 */
export function writeCompound(packets: readonly RtcpPacket[], paddingBytes: number = 0): Uint8Array {
  const first = packets[0]?.kind
  if (first !== 'sender-report' && first !== 'receiver-report') throw new TypeError('a compound packet begins with a report')
  if (!packets.some(hasCname)) throw new TypeError('a compound packet has a source description with a CNAME')
  if (paddingBytes > 0 && packets.length === 1) throw new TypeError('the first packet of a compound has no padding')
  return writeReducedSize(packets, paddingBytes)
}

/**
 * Any packets, as `a=rtcp-rsize` allows. RFC 5506 §3.4.1
 * @param paddingBytes at the end, the byte that counts them included: 0, or a multiple of four
 * @throws TypeError or RangeError for a value that has no place in it
 */
export function writeReducedSize(packets: readonly RtcpPacket[], paddingBytes: number = 0): Uint8Array {
  if (packets.length === 0) throw new TypeError('an RTCP datagram has a packet')
  checkInteger('words of padding', paddingBytes / 4, 0, 63)
  const encoded = packets.map(encodeRtcp)
  const bytes = new Uint8Array(encoded.reduce((sum, { body }) => sum + HEADER_BYTES + body.length, paddingBytes))
  let at = 0
  for (const [index, { type, count, body }] of encoded.entries()) {
    const isPadded = paddingBytes > 0 && index === encoded.length - 1
    const words = (body.length + (isPadded ? paddingBytes : 0)) / 4
    checkInteger('words of a packet', words, 0, 0xffff)
    bytes[at] = VERSION | (isPadded ? PADDING : 0) | count
    bytes[at + 1] = type
    put16(bytes, at + 2, words)
    bytes.set(body, at + HEADER_BYTES)
    at += HEADER_BYTES + body.length
  }
  if (paddingBytes > 0) bytes[bytes.length - 1] = paddingBytes
  return bytes
}

function hasCname(packet: RtcpPacket): boolean {
  return packet.kind === 'source-description' && packet.chunks.some(({ items }) => items.some(({ type }) => type === SDES.CNAME))
}

function encodeRtcp(packet: RtcpPacket): Encoded {
  switch (packet.kind) {
    case 'sender-report':
    case 'receiver-report':
      return encodeReport(packet)
    case 'source-description':
      return encodeSourceDescription(packet)
    case 'bye':
      return encodeGoodbye(packet)
    case 'app':
      return encodeApplication(packet)
    case 'extended-report':
      return encodeExtendedReport(packet)
    case 'unknown':
      return encodeUnknown(packet)
    default:
      return encodeFeedback(packet)
  }
}

const HEADER_BYTES = 4
const VERSION = 0x80
const PADDING = 0x20
