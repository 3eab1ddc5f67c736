/** The structures of extended reports. RFC 3611 §3, §4. */
import { type Layout, layout } from './fields.ts'

/** Before each block. RFC 3611 §3 */
export interface XrHeader {
  readonly type: number
  /** What it means depends on the type. */
  readonly specific: number
  /** Of what follows, in words of 32 bits. */
  readonly words: number
}

export const XR_HEADER: Layout<XrHeader> = layout('XrHeader', 'RFC 3611 §3', [
  ['type', 8],
  ['specific', 8],
  ['words', 16],
])

/** The packets that a block speaks of. RFC 3611 §4.1 */
export interface XrRange {
  /** Their source. */
  readonly ssrc: number
  /** The first sequence number. */
  readonly begin: number
  /** One after the last. */
  readonly end: number
}

export const XR_RANGE: Layout<XrRange> = layout('XrRange', 'RFC 3611 §4.1', [
  ['ssrc', 32],
  ['begin', 16],
  ['end', 16],
])

/** The time at a receiver that sends nothing. RFC 3611 §4.4 */
export interface XrReferenceTime {
  /** Since 1900. */
  readonly ntpSeconds: number
  /** Of 2^32. */
  readonly ntpFraction: number
}

export const XR_REFERENCE_TIME: Layout<XrReferenceTime> = layout('XrReferenceTime', 'RFC 3611 §4.4', [
  ['ntpSeconds', 32],
  ['ntpFraction', 32],
])

/** The answer to a reference time. RFC 3611 §4.5 */
export interface DlrrEntry {
  /** Whose reference time. */
  readonly ssrc: number
  /** Its middle 32 bits. */
  readonly lastRr: number
  /** Since it came, in 1/65536 s. */
  readonly delaySinceLastRr: number
}

export const DLRR_ENTRY: Layout<DlrrEntry> = layout('DlrrEntry', 'RFC 3611 §4.5', [
  ['ssrc', 32],
  ['lastRr', 32],
  ['delaySinceLastRr', 32],
])

/** In the header of a statistics summary: what of it holds. RFC 3611 §4.6 */
export interface SummaryFlags {
  /** 1: `lost` is known. */
  readonly hasLost: number
  /** 1: `duplicates` is known. */
  readonly hasDuplicates: number
  /** 1: the jitter fields are known. */
  readonly hasJitter: number
  /** 0: the ttl fields are unknown, 1: they are of IPv4, 2: hop limits of IPv6. */
  readonly ttlKind: number
}

export const SUMMARY_FLAGS: Layout<SummaryFlags> = layout('SummaryFlags', 'RFC 3611 §4.6', [
  ['hasLost', 1],
  ['hasDuplicates', 1],
  ['hasJitter', 1],
  ['ttlKind', 2],
  ['', 3],
])

/** Statistics of a range of packets. RFC 3611 §4.6 */
export interface StatisticsSummary {
  /** Their source. */
  readonly ssrc: number
  /** The first sequence number. */
  readonly begin: number
  /** One after the last. */
  readonly end: number
  /** Packets that did not come. */
  readonly lost: number
  /** Packets that came again. */
  readonly duplicates: number
  /** This and the next three in timestamp units. */
  readonly minJitter: number
  /** The greatest. */
  readonly maxJitter: number
  /** The mean. */
  readonly meanJitter: number
  /** The standard deviation. */
  readonly deviationJitter: number
  /** This and the next three: TTL or hop limit. */
  readonly minTtl: number
  /** The greatest. */
  readonly maxTtl: number
  /** The mean. */
  readonly meanTtl: number
  /** The standard deviation. */
  readonly deviationTtl: number
}

export const STATISTICS_SUMMARY: Layout<StatisticsSummary> = layout('StatisticsSummary', 'RFC 3611 §4.6', [
  ['ssrc', 32],
  ['begin', 16],
  ['end', 16],
  ['lost', 32],
  ['duplicates', 32],
  ['minJitter', 32],
  ['maxJitter', 32],
  ['meanJitter', 32],
  ['deviationJitter', 32],
  ['minTtl', 8],
  ['maxTtl', 8],
  ['meanTtl', 8],
  ['deviationTtl', 8],
])

/** Quality of a call as its receiver knows it. 127 is unknown where nothing else is said. RFC 3611 §4.7 */
export interface VoipMetrics {
  /** Of which stream. */
  readonly ssrc: number
  /** Lost packets, of 256. */
  readonly lossRate: number
  /** Packets that came too late to be played, of 256. */
  readonly discardRate: number
  /** Lost and discarded in bursts, of 256. */
  readonly burstDensity: number
  /** And between bursts. */
  readonly gapDensity: number
  /** Mean, ms. */
  readonly burstDuration: number
  /** Mean, ms. */
  readonly gapDuration: number
  /** The latest, ms; 0 is unknown. */
  readonly roundTripDelay: number
  /** In the receiver itself, ms; 0 is unknown. */
  readonly endSystemDelay: number
  /** dBm. */
  readonly signalLevel: number
  /** dBm. */
  readonly noiseLevel: number
  /** Residual echo return loss, dB. */
  readonly rerl: number
  /** Packets between losses of different bursts; 16 is recommended. */
  readonly gmin: number
  /** 0 to 100. */
  readonly rFactor: number
  /** Of the part of the call that is not IP, 0 to 100. */
  readonly externalRFactor: number
  /** Listening quality × 10: 10 to 50. */
  readonly mosLq: number
  /** Conversational quality × 10: 10 to 50. */
  readonly mosCq: number
  /** 3 standard, 2 enhanced, 1 disabled, 0 unspecified. */
  readonly lossConcealment: number
  /** 3 adaptive, 2 not, 1 reserved, 0 unknown. */
  readonly jitterBufferAdaptive: number
  /** 0 to 15. */
  readonly jitterBufferRate: number
  /** ms. */
  readonly jitterBufferNominal: number
  /** ms. */
  readonly jitterBufferMaximum: number
  /** ms. */
  readonly jitterBufferAbsoluteMaximum: number
}

export const VOIP_METRICS: Layout<VoipMetrics> = layout('VoipMetrics', 'RFC 3611 §4.7', [
  ['ssrc', 32],
  ['lossRate', 8],
  ['discardRate', 8],
  ['burstDensity', 8],
  ['gapDensity', 8],
  ['burstDuration', 16],
  ['gapDuration', 16],
  ['roundTripDelay', 16],
  ['endSystemDelay', 16],
  ['signalLevel', 8, 'signed'],
  ['noiseLevel', 8, 'signed'],
  ['rerl', 8],
  ['gmin', 8],
  ['rFactor', 8],
  ['externalRFactor', 8],
  ['mosLq', 8],
  ['mosCq', 8],
  ['lossConcealment', 2],
  ['jitterBufferAdaptive', 2],
  ['jitterBufferRate', 4],
  ['', 8],
  ['jitterBufferNominal', 16],
  ['jitterBufferMaximum', 16],
  ['jitterBufferAbsoluteMaximum', 16],
])
