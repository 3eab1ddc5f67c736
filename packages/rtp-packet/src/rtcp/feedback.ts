/** Feedback messages: of the transport (205) and of the payload (206). RFC 4585 §6, RFC 5104 §4.2, §4.3. */
import { checkInteger, concatenated } from '../bytes.ts'
import { FEEDBACK_SOURCES, FIR_ENTRY, NACK_ENTRY, SLI_ENTRY, TMMB_ENTRY } from '../layout/feedback.ts'
import { type Layout, readFields } from '../layout/fields.ts'
import { type Feedback, type FeedbackFrom, RTCP } from '../rtcp-packets.ts'
import { checkWords, type Encoded, type RtcpBody, readList, writeList } from './body.ts'
import { decodeRemb, decodeRpsi, encodeRemb, encodeRpsi } from './feedback-bits.ts'

export function decodeFeedback({ bytes, type, count, bodyOffset, bodyEnd }: RtcpBody): Feedback | undefined {
  const from = bodyOffset + FEEDBACK_SOURCES.bytes
  if (from > bodyEnd) return undefined
  const sources = readFields(FEEDBACK_SOURCES, bytes, bodyOffset)
  const information = bytes.subarray(from, bodyEnd)
  return type === RTCP.RTPFB ? ofTransport(sources, count, information) : ofPayload(sources, count, information)
}

function ofTransport(sources: FeedbackFrom, format: number, information: Uint8Array): Feedback | undefined {
  switch (format) {
    case FORMATS.nack:
      return listed(sources, 'nack', NACK_ENTRY, information)
    case FORMATS.tmmbr:
      return listed(sources, 'tmmbr', TMMB_ENTRY, information)
    case FORMATS.tmmbn:
      return listed(sources, 'tmmbn', TMMB_ENTRY, information)
    default:
      return { kind: 'feedback', ...sources, type: RTCP.RTPFB, format, information }
  }
}

function ofPayload(sources: FeedbackFrom, format: number, information: Uint8Array): Feedback | undefined {
  const other: Feedback = { kind: 'feedback', ...sources, type: RTCP.PSFB, format, information }
  switch (format) {
    case FORMATS.pli:
      return information.length === 0 ? { kind: 'pli', ...sources } : undefined
    case FORMATS.sli:
      return listed(sources, 'sli', SLI_ENTRY, information)
    case FORMATS.rpsi:
      return decodeRpsi(sources, information)
    case FORMATS.fir:
      return listed(sources, 'fir', FIR_ENTRY, information)
    case FORMATS.remb:
      return decodeRemb(sources, information) ?? other
    default:
      return other
  }
}

/** Whole entries, and at least one but in TMMBN. RFC 4585 §6.2.1, §6.3.2, RFC 5104 §4.2.1.1, §4.2.2.1, §4.3.1.1 */
function listed<K extends 'nack' | 'tmmbr' | 'tmmbn' | 'sli' | 'fir', T>(
  sources: FeedbackFrom,
  kind: K,
  layout: Layout<T>,
  information: Uint8Array,
): (FeedbackFrom & { readonly kind: K; readonly entries: T[] }) | undefined {
  if (information.length % layout.bytes !== 0 || (information.length === 0 && kind !== 'tmmbn')) return undefined
  return { kind, ...sources, entries: readList(layout, information, 0, information.length) }
}

export function encodeFeedback(packet: Feedback): Encoded {
  const { ssrc, mediaSsrc, kind } = packet
  if (MEDIA_IS_ZERO.has(kind) && mediaSsrc !== 0) throw new RangeError(`mediaSsrc of ${kind} is 0, not ${mediaSsrc}`)
  const format = kind === 'feedback' ? packet.format : FORMATS[kind]
  const type = kind === 'feedback' ? packet.type : OF_TRANSPORT.has(kind) ? RTCP.RTPFB : RTCP.PSFB
  checkInteger('format', format, 0, 31)
  checkInteger('type of feedback', type, RTCP.RTPFB, RTCP.PSFB)
  return { type, count: format, body: concatenated([writeList(FEEDBACK_SOURCES, [{ ssrc, mediaSsrc }]), informationOf(packet)]) }
}

function informationOf(packet: Feedback): Uint8Array {
  switch (packet.kind) {
    case 'nack':
      return writeList(NACK_ENTRY, some(packet.kind, packet.entries))
    case 'tmmbr':
      return writeList(TMMB_ENTRY, some(packet.kind, packet.entries))
    case 'tmmbn':
      return writeList(TMMB_ENTRY, packet.entries)
    case 'pli':
      return new Uint8Array(0)
    case 'sli':
      return writeList(SLI_ENTRY, some(packet.kind, packet.entries))
    case 'rpsi':
      return encodeRpsi(packet)
    case 'fir':
      return writeList(FIR_ENTRY, some(packet.kind, packet.entries))
    case 'remb':
      return encodeRemb(packet)
    case 'feedback':
      return checkWords('information', packet.information)
  }
}

function some<T>(kind: string, entries: readonly T[]): readonly T[] {
  if (entries.length === 0) throw new RangeError(`${kind} needs an entry`)
  return entries
}

/** RFC 4585 §6.2, §6.3, RFC 5104 §4.2, §4.3; REMB is an application layer message (RFC 4585 §6.4). */
const FORMATS = { nack: 1, tmmbr: 3, tmmbn: 4, pli: 1, sli: 2, rpsi: 3, fir: 4, remb: 15 } as const
const OF_TRANSPORT: ReadonlySet<string> = new Set(['nack', 'tmmbr', 'tmmbn'])
const MEDIA_IS_ZERO: ReadonlySet<string> = new Set(['tmmbr', 'tmmbn', 'fir', 'remb'])
