/** The structures of feedback messages. RFC 4585 §6, RFC 5104 §4, draft-alvestrand-rmcat-remb. */
import { type Layout, layout } from './fields.ts'

/** Of every feedback message, behind the common header. RFC 4585 §6.1 */
export interface FeedbackSources {
  /** Who says it. */
  readonly ssrc: number
  /** Of which stream. */
  readonly mediaSsrc: number
}

export const FEEDBACK_SOURCES: Layout<FeedbackSources> = layout('FeedbackSources', 'RFC 4585 §6.1', [
  ['ssrc', 32],
  ['mediaSsrc', 32],
])

/** Up to 17 lost packets. RFC 4585 §6.2.1 */
export interface NackEntry {
  /** The sequence number of one that is lost. */
  readonly packetId: number
  /** The lowest bit is the packet after it, and so on. */
  readonly bitmask: number
}

export const NACK_ENTRY: Layout<NackEntry> = layout('NackEntry', 'RFC 4585 §6.2.1', [
  ['packetId', 16],
  ['bitmask', 16],
])

/** Macroblocks that are lost. RFC 4585 §6.3.2 */
export interface SliEntry {
  /** The first of them. */
  readonly first: number
  /** How many. */
  readonly number: number
  /** The low 6 bits of the picture's number. */
  readonly pictureId: number
}

export const SLI_ENTRY: Layout<SliEntry> = layout('SliEntry', 'RFC 4585 §6.3.2', [
  ['first', 13],
  ['number', 13],
  ['pictureId', 6],
])

/** Before the bits of a reference picture selection. RFC 4585 §6.3.3 */
export interface RpsiHeader {
  /** Bits at the end that do not count. */
  readonly paddingBits: number
  /** Of the stream whose codec understands the bits. */
  readonly payloadType: number
}

export const RPSI_HEADER: Layout<RpsiHeader> = layout('RpsiHeader', 'RFC 4585 §6.3.3', [
  ['paddingBits', 8],
  ['', 1],
  ['payloadType', 7],
])

/** Asks one sender for a whole picture. RFC 5104 §4.3.1.1 */
export interface FirEntry {
  /** Whose picture. */
  readonly ssrc: number
  /** One more for each new request, the same in a repetition. */
  readonly sequence: number
}

export const FIR_ENTRY: Layout<FirEntry> = layout('FirEntry', 'RFC 5104 §4.3.1.1', [
  ['ssrc', 32],
  ['sequence', 8],
  ['', 24],
])

/** A greatest bit rate: `mantissa` × 2^`exponent` bit/s. RFC 5104 §4.2.1.1, §4.2.2.1 */
export interface TmmbEntry {
  /** Of whom it is asked, or who asked for it. */
  readonly ssrc: number
  /** 0 to 63. */
  readonly exponent: number
  /** 0 to 2^17 - 1. */
  readonly mantissa: number
  /** Measured bytes of headers per packet. */
  readonly overhead: number
}

export const TMMB_ENTRY: Layout<TmmbEntry> = layout('TmmbEntry', 'RFC 5104 §4.2.1.1', [
  ['ssrc', 32],
  ['exponent', 6],
  ['mantissa', 17],
  ['overhead', 9],
])

/** What `goog-remb` says before its list of sources: `mantissa` × 2^`exponent` bit/s. */
export interface RembHeader {
  /** The letters REMB: 0x52454D42. */
  readonly identifier: number
  /** Sources that follow. */
  readonly sources: number
  /** 0 to 63. */
  readonly exponent: number
  /** 0 to 2^18 - 1. */
  readonly mantissa: number
}

export const REMB_HEADER: Layout<RembHeader> = layout('RembHeader', 'draft-alvestrand-rmcat-remb-03 §2.2', [
  ['identifier', 32],
  ['sources', 8],
  ['exponent', 6],
  ['mantissa', 18],
])
