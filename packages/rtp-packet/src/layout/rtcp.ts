/** The structures of RTCP: common header, sender information, report block. RFC 3550 §6.4. */
import { type Layout, layout } from './fields.ts'

/** The first four bytes of every RTCP packet. RFC 3550 §6.4.1 */
export interface RtcpHeaderFields {
  readonly version: number
  readonly padding: number
  /** Reports, sources, or the subtype or format of the packet. */
  readonly count: number
  readonly type: number
  /** Of the whole packet in words of 32 bits, minus one. */
  readonly words: number
}

export const RTCP_HEADER: Layout<RtcpHeaderFields> = layout('RtcpHeader', 'RFC 3550 §6.4.1', [
  ['version', 2],
  ['padding', 1],
  ['count', 5],
  ['type', 8],
  ['words', 16],
])

/** What a sender says of its stream. RFC 3550 §6.4.1 */
export interface SenderInfo {
  /** Since 1900. */
  readonly ntpSeconds: number
  /** Of 2^32. */
  readonly ntpFraction: number
  /** The same moment on the clock of its RTP timestamps. */
  readonly rtpTimestamp: number
  /** Packets sent so far. */
  readonly packetCount: number
  /** Bytes of payload sent so far. */
  readonly octetCount: number
}

export const SENDER_INFO: Layout<SenderInfo> = layout('SenderInfo', 'RFC 3550 §6.4.1', [
  ['ntpSeconds', 32],
  ['ntpFraction', 32],
  ['rtpTimestamp', 32],
  ['packetCount', 32],
  ['octetCount', 32],
])

/** What a receiver says of one source. RFC 3550 §6.4.1 */
export interface ReportBlock {
  /** The source. */
  readonly ssrc: number
  /** Of the packets since the report before: 256 would be all. */
  readonly fractionLost: number
  /** Since the beginning; below zero when there were more duplicates. */
  readonly cumulativeLost: number
  /** Extended: the high half counts wraps. */
  readonly highestSequence: number
  /** In timestamp units. */
  readonly jitter: number
  /** The middle 32 bits of the NTP time of the last sender report, 0 when there was none. */
  readonly lastSr: number
  /** Since that came, in 1/65536 s. */
  readonly delaySinceLastSr: number
}

export const REPORT_BLOCK: Layout<ReportBlock> = layout('ReportBlock', 'RFC 3550 §6.4.1', [
  ['ssrc', 32],
  ['fractionLost', 8],
  ['cumulativeLost', 24, 'signed'],
  ['highestSequence', 32],
  ['jitter', 32],
  ['lastSr', 32],
  ['delaySinceLastSr', 32],
])
