/** An RTCP datagram as plain data. RFC 3550 §6.1, §A.2. */
import type { Fault } from './faults.ts'
import { decodeApplication, decodeUnknown } from './rtcp/application.ts'
import { decodeExtendedReport } from './rtcp/extended-report.ts'
import { decodeFeedback } from './rtcp/feedback.ts'
import { decodeGoodbye } from './rtcp/goodbye.ts'
import { decodeReceiverReport, decodeSenderReport } from './rtcp/reports.ts'
import { decodeSourceDescription } from './rtcp/source-description.ts'
import { RTCP, type RtcpPacket } from './rtcp-packets.ts'
import { type RtcpRules, RtcpView } from './rtcp-view.ts'

/** What a datagram says, or why it says nothing. */
export type RtcpRead =
  | { readonly kind: 'rtcp'; readonly packets: readonly RtcpPacket[] }
  | {
      readonly kind: 'malformed'
      readonly code: Fault
      /** Of the packet that is wrong, for `content`; else of the datagram. */
      readonly offset: number
    }

/** All packets of a datagram, or `malformed` when one of them is not sound. Never throws; data stays where it is in `bytes`. */
export function readRtcp(bytes: Uint8Array, rules: RtcpRules = 'compound'): RtcpRead {
  const view = new RtcpView()
  const code = view.pointAt(bytes, 0, bytes.length, rules)
  if (code !== undefined) return { kind: 'malformed', code, offset: 0 }
  const packets: RtcpPacket[] = []
  do {
    const packet = decodeRtcp(view)
    if (packet === undefined) return { kind: 'malformed', code: 'content', offset: view.offset }
    packets.push(packet)
  } while (view.next())
  return { kind: 'rtcp', packets }
}

/** The packet that the view is at; `undefined` when it is shorter than its counts say, or has what its type must not have. */
export function decodeRtcp(view: RtcpView): RtcpPacket | undefined {
  switch (view.type) {
    case RTCP.SR:
      return decodeSenderReport(view)
    case RTCP.RR:
      return decodeReceiverReport(view)
    case RTCP.SDES:
      return decodeSourceDescription(view)
    case RTCP.BYE:
      return decodeGoodbye(view)
    case RTCP.APP:
      return decodeApplication(view)
    case RTCP.RTPFB:
    case RTCP.PSFB:
      return decodeFeedback(view)
    case RTCP.XR:
      return decodeExtendedReport(view)
    default:
      return decodeUnknown(view)
  }
}
