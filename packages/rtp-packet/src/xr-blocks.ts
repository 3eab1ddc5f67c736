/** The blocks of an extended report as plain data, a union on `kind`. RFC 3611 §4. */
import type { DlrrEntry, StatisticsSummary, SummaryFlags, VoipMetrics, XrRange, XrReferenceTime } from './layout/extended.ts'

/** Any block of an extended report. */
export type XrBlock =
  | RleBlock
  | ReceiptTimes
  | ({ readonly kind: 'reference-time' } & XrReferenceTime)
  | { readonly kind: 'dlrr'; readonly entries: readonly DlrrEntry[] }
  | ({ readonly kind: 'statistics-summary' } & SummaryFlags & StatisticsSummary)
  | ({ readonly kind: 'voip-metrics' } & VoipMetrics)
  | UnknownBlock

/** Of each packet whether it came (loss) or came twice (duplicate): `rleRuns` and `rleChunks` read and write the chunks. RFC 3611 §4.1, §4.2 */
export interface RleBlock extends XrRange {
  /** What the bits say: that a packet came, or that it came twice. */
  readonly kind: 'loss-rle' | 'duplicate-rle'
  /** 0 to 15: only sequence numbers that are multiples of 2^thinning are spoken of. */
  readonly thinning: number
  /** 16 bits each, none zero. */
  readonly chunks: readonly number[]
}

/** When each packet came, in RTP timestamps. RFC 3611 §4.3 */
export interface ReceiptTimes extends XrRange {
  readonly kind: 'receipt-times'
  /** 0 to 15: only sequence numbers that are multiples of 2^thinning are spoken of. */
  readonly thinning: number
  /** In the order of the sequence numbers. */
  readonly times: readonly number[]
}

/** A block type that this package does not know: to be ignored. RFC 3611 §3 */
export interface UnknownBlock {
  readonly kind: 'block'
  /** 0 to 255. */
  readonly type: number
  /** 0 to 255. */
  readonly specific: number
  /** A multiple of four bytes. */
  readonly data: Uint8Array
}
