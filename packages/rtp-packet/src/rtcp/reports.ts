/** Sender and receiver reports. RFC 3550 §6.4. */
import { concatenated, u32 } from '../bytes.ts'
import { readFields } from '../layout/fields.ts'
import { REPORT_BLOCK, SENDER_INFO } from '../layout/rtcp.ts'
import { type ReceiverReport, RTCP, type SenderReport } from '../rtcp-packets.ts'
import { checkCount, checkWords, type Encoded, type RtcpBody, readList, writeList, writeWords } from './body.ts'

export function decodeSenderReport(at: RtcpBody): SenderReport | undefined {
  const { bytes, bodyOffset } = at
  const read = decodeReports(at, bodyOffset + 4 + SENDER_INFO.bytes)
  return read && { kind: 'sender-report', ssrc: u32(bytes, bodyOffset), sender: readFields(SENDER_INFO, bytes, bodyOffset + 4), ...read }
}

export function decodeReceiverReport(at: RtcpBody): ReceiverReport | undefined {
  const read = decodeReports(at, at.bodyOffset + 4)
  return read && { kind: 'receiver-report', ssrc: u32(at.bytes, at.bodyOffset), ...read }
}

export function encodeReport(packet: SenderReport | ReceiverReport): Encoded {
  const { kind, ssrc, reports, extension } = packet
  const count = checkCount('reports.length', reports.length)
  const sender = kind === 'sender-report' ? [writeList(SENDER_INFO, [packet.sender])] : []
  const body = concatenated([writeWords('ssrc', [ssrc]), ...sender, writeList(REPORT_BLOCK, reports), checkWords('extension', extension)])
  return { type: kind === 'sender-report' ? RTCP.SR : RTCP.RR, count, body }
}

function decodeReports({ bytes, count, bodyEnd }: RtcpBody, from: number): Pick<ReceiverReport, 'reports' | 'extension'> | undefined {
  const end = from + count * REPORT_BLOCK.bytes
  return end > bodyEnd ? undefined : { reports: readList(REPORT_BLOCK, bytes, from, end), extension: bytes.subarray(end, bodyEnd) }
}
