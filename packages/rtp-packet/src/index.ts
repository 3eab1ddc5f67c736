/**
 * RTP and RTCP packets as views of the bytes that came, builders, and the statistics of a stream. Nothing here throws on what came from the
 * network, nothing is copied, and reading an RTP packet allocates nothing. No sockets, no clock: time is an argument. RFC 3550, 3611, 4585, 4733, 8285.
 *
 * ```ts
 * import { RtpView, SourceStatistics, writeRtp } from '@strowger/rtp-packet'
 *
 * const view = new RtpView() // one for all packets
 * const source = new SourceStatistics({ clockRate: 8000 })
 *
 * for (const sequence of [1, 2, 3, 5]) {
 *   const datagram = writeRtp({ payloadType: 8, sequence, timestamp: sequence * 160, ssrc: 0xa11ce, payload: new Uint8Array(160) })
 *   if (view.pointAt(datagram) !== undefined) continue // not RTP; it says why
 *   source.receive(view, sequence * 20)
 * }
 * console.log(view.ssrc.toString(16), view.payloadBytes, `${source.received} received, ${source.lost} lost, jitter ${source.jitterMs} ms`)
 * ```
 *
 * @packageDocumentation
 */
export { type Protocol, protocolOf } from './demultiplex.ts'
export { FAULTS, type Fault } from './faults.ts'
export { bitRate, exponentAndMantissa, lostSequences, nackEntries } from './feedback-values.ts'
export {
  ExtensionCursor,
  type ExtensionElement,
  type HeaderExtension,
  ONE_BYTE,
  oneByteExtension,
  TWO_BYTE,
  twoByteExtension,
} from './header-extension.ts'
export type { DlrrEntry, StatisticsSummary, SummaryFlags, VoipMetrics, XrRange, XrReferenceTime } from './layout/extended.ts'
export type { FirEntry, NackEntry, SliEntry, TmmbEntry } from './layout/feedback.ts'
export type { ReportBlock, SenderInfo } from './layout/rtcp.ts'
export { type NtpTime, ntpFromUnix, ntpMiddle, roundTripMs, unixFromNtp } from './ntp.ts'
export { type CallConditions, CODECS, type CodecImpairment, estimateQuality, mosOf, type Quality } from './quality.ts'
export { decodeRtcp, type RtcpRead, readRtcp } from './read-rtcp.ts'
export { ReportBlockView, SenderInfoView } from './report-views.ts'
export {
  type ApplicationPacket,
  type ExtendedReport,
  type Feedback,
  type FeedbackFrom,
  type Goodbye,
  type OtherFeedback,
  type ReceiverReport,
  type Remb,
  type Rpsi,
  RTCP,
  type RtcpPacket,
  SDES,
  type SdesChunk,
  type SdesItem,
  type SenderReport,
  type SourceDescription,
  type UnknownPacket,
} from './rtcp-packets.ts'
export { type RtcpRules, RtcpView } from './rtcp-view.ts'
export { RtpView, readRtp } from './rtp-view.ts'
export { rleChunks, type TracedPacket, tracedPackets, tracedSequences } from './run-lengths.ts'
export { extendSequence, extendTimestamp, isAfter, sequenceDistance, timestampDistance } from './sequence.ts'
export { type Arrival, type ArrivedPacket, type SourceOptions, SourceStatistics } from './source-statistics.ts'
export {
  eventOfKey,
  type KeyPress,
  type KeyPressPacket,
  keyPressPackets,
  type TelephoneEvent,
  TelephoneEventView,
  writeTelephoneEvent,
} from './telephone-event.ts'
export { utf8Bytes, utf8Text } from './utf8.ts'
export { writeCompound, writeReducedSize } from './write-rtcp.ts'
export { type RtpFields, rtpBytes, writeRtp, writeRtpInto } from './write-rtp.ts'
export type { ReceiptTimes, RleBlock, UnknownBlock, XrBlock } from './xr-blocks.ts'
