/** Every RTCP packet as plain data, a union on `kind`. RFC 3550 §6, RFC 4585 §6, RFC 5104 §4.2, §4.3, RFC 3611 §4. */
import type { FirEntry, NackEntry, SliEntry, TmmbEntry } from './layout/feedback.ts'
import type { ReportBlock, SenderInfo } from './layout/rtcp.ts'
import type { XrBlock } from './xr-blocks.ts'

/** Packet types. RFC 3550 §12.1, RFC 4585 §6.1, RFC 3611 §2 */
export const RTCP = { SR: 200, RR: 201, SDES: 202, BYE: 203, APP: 204, RTPFB: 205, PSFB: 206, XR: 207 } as const

/** Item types of a source description. RFC 3550 §6.5, §12.2 */
export const SDES = { CNAME: 1, NAME: 2, EMAIL: 3, PHONE: 4, LOC: 5, TOOL: 6, NOTE: 7, PRIV: 8 } as const

/** Any packet. `bytes` inside are views of the buffer that was read. */
export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Goodbye
  | ApplicationPacket
  | Feedback
  | ExtendedReport
  | UnknownPacket

/** From a participant that sends. RFC 3550 §6.4.1 */
export interface SenderReport {
  readonly kind: 'sender-report'
  /** Who sends and reports. */
  readonly ssrc: number
  /** What it sent. */
  readonly sender: SenderInfo
  /** At most 31. */
  readonly reports: readonly ReportBlock[]
  /** What a profile put behind the reports; a multiple of four bytes. RFC 3550 §6.4.3 */
  readonly extension: Uint8Array
}

/** From a participant that only listens. RFC 3550 §6.4.2 */
export interface ReceiverReport {
  readonly kind: 'receiver-report'
  /** Who reports. */
  readonly ssrc: number
  /** At most 31. */
  readonly reports: readonly ReportBlock[]
  /** What a profile put behind the reports; a multiple of four bytes. RFC 3550 §6.4.3 */
  readonly extension: Uint8Array
}

/** Names of sources. RFC 3550 §6.5 */
export interface SourceDescription {
  readonly kind: 'source-description'
  /** At most 31. */
  readonly chunks: readonly SdesChunk[]
}

/** What is said of one source. RFC 3550 §6.5 */
export interface SdesChunk {
  /** The source. */
  readonly ssrc: number
  /** In the order of the wire. */
  readonly items: readonly SdesItem[]
}

/** One thing said of a source. RFC 3550 §6.5 */
export interface SdesItem {
  /** One of `SDES`, or another from 9 to 255. */
  readonly type: number
  /** UTF-8, at most 255 bytes: see `utf8Text`. */
  readonly value: Uint8Array
}

/** Sources that leave. RFC 3550 §6.6 */
export interface Goodbye {
  readonly kind: 'bye'
  /** At most 31. */
  readonly ssrcs: readonly number[]
  /** UTF-8, at most 255 bytes; `undefined` when none is given. */
  readonly reason: Uint8Array | undefined
}

/** An application's own. RFC 3550 §6.7 */
export interface ApplicationPacket {
  readonly kind: 'app'
  /** 0 to 31. */
  readonly subtype: number
  /** Who speaks. */
  readonly ssrc: number
  /** Four ASCII characters. */
  readonly name: string
  /** A multiple of four bytes. */
  readonly data: Uint8Array
}

/** A feedback message. RFC 4585 §6.1 */
export type Feedback = FeedbackFrom &
  (
    | { readonly kind: 'nack'; readonly entries: readonly NackEntry[] }
    | { readonly kind: 'tmmbr' | 'tmmbn'; readonly entries: readonly TmmbEntry[] }
    | { readonly kind: 'pli' }
    | { readonly kind: 'sli'; readonly entries: readonly SliEntry[] }
    | Rpsi
    | { readonly kind: 'fir'; readonly entries: readonly FirEntry[] }
    | Remb
    | OtherFeedback
  )

/** Who says it, and of which stream; the stream is 0 in FIR, TMMBR, TMMBN and REMB, whose entries name it. RFC 4585 §6.1, RFC 5104 §4.2.1.2 */
export interface FeedbackFrom {
  /** Who says it. */
  readonly ssrc: number
  /** Of which stream, or 0. */
  readonly mediaSsrc: number
}

/** A reference picture that the receiver has. RFC 4585 §6.3.3 */
export interface Rpsi {
  readonly kind: 'rpsi'
  /** Of the stream whose codec understands the bits. */
  readonly payloadType: number
  /** As the codec defines them. */
  readonly bits: Uint8Array
  /** 0 to 7 bits of the last byte that do not count. */
  readonly unusedBits: number
}

/** The receiver's estimate of what the path bears: `mantissa` × 2^`exponent` bit/s. draft-alvestrand-rmcat-remb-03 */
export interface Remb {
  readonly kind: 'remb'
  /** 0 to 63. */
  readonly exponent: number
  /** 0 to 2^18 - 1. */
  readonly mantissa: number
  /** The streams that share it. */
  readonly ssrcs: readonly number[]
}

/** A format that this package does not know, transport-wide congestion control (205, 15) among them. */
export interface OtherFeedback {
  readonly kind: 'feedback'
  /** 205 or 206. */
  readonly type: number
  /** 0 to 31. */
  readonly format: number
  /** A multiple of four bytes. */
  readonly information: Uint8Array
}

/** What a receiver says beyond the report block. RFC 3611 §2 */
export interface ExtendedReport {
  readonly kind: 'extended-report'
  /** Who reports. */
  readonly ssrc: number
  /** In the order of the wire. */
  readonly blocks: readonly XrBlock[]
}

/** A packet type that this package does not know: to be ignored. RFC 3550 §6.1 */
export interface UnknownPacket {
  readonly kind: 'unknown'
  /** 192 to 223. */
  readonly type: number
  /** 0 to 31. */
  readonly count: number
  /** Behind the common header; a multiple of four bytes. */
  readonly body: Uint8Array
}
