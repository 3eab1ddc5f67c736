/** All structures in one list: what the C++ header is made from. RFC 3550 §5, §6. */
import { DLRR_ENTRY, STATISTICS_SUMMARY, SUMMARY_FLAGS, VOIP_METRICS, XR_HEADER, XR_RANGE, XR_REFERENCE_TIME } from './extended.ts'
import { FEEDBACK_SOURCES, FIR_ENTRY, NACK_ENTRY, REMB_HEADER, RPSI_HEADER, SLI_ENTRY, TMMB_ENTRY } from './feedback.ts'
import type { Layout } from './fields.ts'
import { REPORT_BLOCK, RTCP_HEADER, SENDER_INFO } from './rtcp.ts'
import { ONE_BYTE_ELEMENT, RTP_EXTENSION, RTP_HEADER, TELEPHONE_EVENT, TWO_BYTE_ELEMENT } from './rtp.ts'

/** Every structure of this package. */
export const LAYOUTS: readonly Layout<Readonly<Record<string, number>>>[] = [
  RTP_HEADER,
  RTP_EXTENSION,
  ONE_BYTE_ELEMENT,
  TWO_BYTE_ELEMENT,
  TELEPHONE_EVENT,
  RTCP_HEADER,
  SENDER_INFO,
  REPORT_BLOCK,
  FEEDBACK_SOURCES,
  NACK_ENTRY,
  SLI_ENTRY,
  RPSI_HEADER,
  FIR_ENTRY,
  TMMB_ENTRY,
  REMB_HEADER,
  XR_HEADER,
  XR_RANGE,
  XR_REFERENCE_TIME,
  DLRR_ENTRY,
  SUMMARY_FLAGS,
  STATISTICS_SUMMARY,
  VOIP_METRICS,
] as unknown as readonly Layout<Readonly<Record<string, number>>>[]
