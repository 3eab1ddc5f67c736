/** Sender and receiver reports, the packets of every few seconds: read and written field by field, as their tables say. RFC 3550 §6.4. */
import { checkInteger, put32, u32 } from '../bytes.ts'
import { REPORT_BLOCK, type ReportBlock, SENDER_INFO, type SenderInfo } from '../layout/rtcp.ts'
import { type ReceiverReport, RTCP, type SenderReport } from '../rtcp-packets.ts'
import { checkCount, checkWords, type Encoded, type RtcpBody } from './body.ts'

export function decodeSenderReport(at: RtcpBody): SenderReport | undefined {
  const { bytes, bodyOffset } = at
  const read = decodeReports(at, bodyOffset + 4 + SENDER_INFO.bytes)
  return read && { kind: 'sender-report', ssrc: u32(bytes, bodyOffset), sender: senderInfoAt(bytes, bodyOffset + 4), ...read }
}

export function decodeReceiverReport(at: RtcpBody): ReceiverReport | undefined {
  const read = decodeReports(at, at.bodyOffset + 4)
  return read && { kind: 'receiver-report', ssrc: u32(at.bytes, at.bodyOffset), ...read }
}

export function encodeReport(packet: SenderReport | ReceiverReport): Encoded {
  const { kind, ssrc, reports, extension } = packet
  const count = checkCount('reports.length', reports.length)
  checkWords('extension', extension)
  const first = kind === 'sender-report' ? 4 + SENDER_INFO.bytes : 4
  const body = new Uint8Array(first + count * REPORT_BLOCK.bytes + extension.length)
  putWord(body, 0, 'ssrc', ssrc)
  if (kind === 'sender-report') putSenderInfo(body, 4, packet.sender)
  for (let index = 0; index < count; index++) putReportBlock(body, first + index * REPORT_BLOCK.bytes, reports[index]!)
  body.set(extension, first + count * REPORT_BLOCK.bytes)
  return { type: kind === 'sender-report' ? RTCP.SR : RTCP.RR, count, body }
}

function decodeReports({ bytes, count, bodyEnd }: RtcpBody, from: number): Pick<ReceiverReport, 'reports' | 'extension'> | undefined {
  const end = from + count * REPORT_BLOCK.bytes
  if (end > bodyEnd) return undefined
  const reports: ReportBlock[] = []
  for (let at = from; at < end; at += REPORT_BLOCK.bytes) reports.push(reportBlockAt(bytes, at))
  return { reports, extension: bytes.subarray(end, bodyEnd) }
}

function senderInfoAt(bytes: Uint8Array, at: number): SenderInfo {
  return {
    ntpSeconds: u32(bytes, at),
    ntpFraction: u32(bytes, at + 4),
    rtpTimestamp: u32(bytes, at + 8),
    packetCount: u32(bytes, at + 12),
    octetCount: u32(bytes, at + 16),
  }
}

function reportBlockAt(bytes: Uint8Array, at: number): ReportBlock {
  return {
    ssrc: u32(bytes, at),
    fractionLost: bytes[at + 4]!,
    cumulativeLost: (u32(bytes, at + 4) << 8) >> 8,
    highestSequence: u32(bytes, at + 8),
    jitter: u32(bytes, at + 12),
    lastSr: u32(bytes, at + 16),
    delaySinceLastSr: u32(bytes, at + 20),
  }
}

function putSenderInfo(bytes: Uint8Array, at: number, sender: SenderInfo): void {
  putWord(bytes, at, 'ntpSeconds', sender.ntpSeconds)
  putWord(bytes, at + 4, 'ntpFraction', sender.ntpFraction)
  putWord(bytes, at + 8, 'rtpTimestamp', sender.rtpTimestamp)
  putWord(bytes, at + 12, 'packetCount', sender.packetCount)
  putWord(bytes, at + 16, 'octetCount', sender.octetCount)
}

function putReportBlock(bytes: Uint8Array, at: number, block: ReportBlock): void {
  putWord(bytes, at, 'ssrc of a report block', block.ssrc)
  checkInteger('fractionLost', block.fractionLost, 0, 255)
  checkInteger('cumulativeLost', block.cumulativeLost, -0x80_0000, 0x7f_ffff)
  put32(bytes, at + 4, (block.fractionLost << 24) | (block.cumulativeLost & 0xff_ffff))
  putWord(bytes, at + 8, 'highestSequence', block.highestSequence)
  putWord(bytes, at + 12, 'jitter', block.jitter)
  putWord(bytes, at + 16, 'lastSr', block.lastSr)
  putWord(bytes, at + 20, 'delaySinceLastSr', block.delaySinceLastSr)
}

function putWord(bytes: Uint8Array, at: number, name: string, value: number): void {
  checkInteger(name, value, 0, 0xffff_ffff)
  put32(bytes, at, value)
}
