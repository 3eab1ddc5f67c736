/** The same work on the same packets: by us, by npm's rtp-packet and by werift-rtp. What each read is summed up, so that nothing is left out. */
import type { Buffer } from 'node:buffer'
import { ExtensionCursor, RtpView, readRtcp, writeReducedSize, writeRtp, writeRtpInto } from '@strowger/rtp-packet'
import * as npm from 'rtp-packet'
import { RtcpPacketConverter, RtcpReceiverInfo, RtcpRrPacket, RtpHeader, RtpPacket } from 'werift-rtp'
import type { Samples } from './packets.ts'

export const PEERS = ['rtp-packet', 'werift-rtp'] as const
export type Name = 'ours' | (typeof PEERS)[number]

/** Does the work on one sample and gives a number that depends on all that was read or written. */
export type Contestant = (samples: Samples, index: number) => number

/** Each piece of work by each contestant. */
export const WORKS: ReadonlyMap<string, Readonly<Record<Name, Contestant>>> = new Map([
  [
    'read RTP',
    {
      ours: ({ rtp }, i) => readOurs(rtp[i]!),
      'rtp-packet': ({ rtp }, i) => readNpm(rtp[i]!),
      'werift-rtp': ({ rtp }, i) => readWerift(rtp[i]!),
    },
  ],
  [
    'read RTP, 3 extension elements',
    {
      ours: ({ extended }, i) => readOurs(extended[i]!) + elementsOurs(),
      'rtp-packet': ({ extended }, i) => readNpm(extended[i]!),
      'werift-rtp': ({ extended }, i) => readWerift(extended[i]!),
    },
  ],
  ['write RTP, one buffer for all', { ours: writeIntoOurs, 'rtp-packet': writeNpm, 'werift-rtp': writeWerift }],
  ['write RTP, a new buffer', { ours: writeOurs, 'rtp-packet': writeNpm, 'werift-rtp': writeWerift }],
  [
    'read SR',
    { ours: ({ sr }, i) => srOurs(sr[i]!), 'rtp-packet': ({ sr }, i) => srNpm(sr[i]!), 'werift-rtp': ({ sr }, i) => srWerift(sr[i]!) },
  ],
  ['write RR', { ours: rrOurs, 'rtp-packet': rrNpm, 'werift-rtp': rrWerift }],
])

const view = new RtpView()
const cursor = new ExtensionCursor()

function readOurs(bytes: Buffer): number {
  if (view.pointAt(bytes) !== undefined) throw new Error('no RTP')
  return view.payloadType + view.sequence + view.timestamp + view.ssrc + Number(view.marker) + view.payloadBytes
}

function elementsOurs(): number {
  let sum = 0
  cursor.pointAt(view)
  while (cursor.next()) sum += cursor.id * cursor.dataBytes
  return sum
}

function readNpm(bytes: Buffer): number {
  const { payloadType, sequenceNumber, timestamp, ssrc, marker, payload, extensions } = npm.parse(bytes)!
  let sum = payloadType + sequenceNumber + timestamp + ssrc + Number(marker) + payload.length
  for (const id in extensions) sum += Number(id) * extensions[id]!.length
  return sum
}

function readWerift(bytes: Buffer): number {
  const { header, payload } = RtpPacket.deSerialize(bytes)
  let sum = header.payloadType + header.sequenceNumber + header.timestamp + header.ssrc + Number(header.marker) + payload.length
  for (const { id, payload: data } of header.extensions) sum += id * data.length
  return sum
}

function writeOurs({ payload }: Samples, sequence: number): number {
  return sumOf(writeRtp({ payloadType: 8, sequence, timestamp: sequence * 160, ssrc: 0xa11ce, payload }))
}

const reused = new Uint8Array(172)

function writeIntoOurs({ payload }: Samples, sequence: number): number {
  writeRtpInto(reused, 0, { payloadType: 8, sequence, timestamp: sequence * 160, ssrc: 0xa11ce, payload })
  return sumOf(reused)
}

function writeNpm({ payload }: Samples, sequence: number): number {
  return sumOf(npm.serialize({ payloadType: 8, sequenceNumber: sequence, timestamp: sequence * 160, ssrc: 0xa11ce, payload }))
}

function writeWerift({ payload }: Samples, sequence: number): number {
  const header = new RtpHeader({ payloadType: 8, sequenceNumber: sequence, timestamp: sequence * 160, ssrc: 0xa11ce })
  return sumOf(new RtpPacket(header, payload).serialize())
}

function srOurs(bytes: Buffer): number {
  const read = readRtcp(bytes, 'reduced-size')
  const packet = read.kind === 'rtcp' ? read.packets[0] : undefined
  if (packet?.kind !== 'sender-report') throw new Error('no sender report')
  return packet.ssrc + packet.sender.rtpTimestamp + packet.sender.octetCount + packet.reports[0]!.jitter + packet.reports[0]!.cumulativeLost
}

function srNpm(bytes: Buffer): number {
  const [sr] = npm.parseRTCPCompound(bytes) as unknown as [NpmReport]
  return sr.ssrc + sr.rtpTimestamp + sr.octetCount + sr.reports[0]!.jitter + sr.reports[0]!.totalLost
}

interface NpmReport {
  readonly ssrc: number
  readonly rtpTimestamp: number
  readonly octetCount: number
  readonly reports: readonly { readonly jitter: number; readonly totalLost: number }[]
}

function srWerift(bytes: Buffer): number {
  const [sr] = RtcpPacketConverter.deSerialize(bytes) as unknown as [WeriftReport]
  return sr.ssrc + sr.senderInfo.rtpTimestamp + sr.senderInfo.octetCount + sr.reports[0]!.jitter + sr.reports[0]!.packetsLost
}

interface WeriftReport {
  readonly ssrc: number
  readonly senderInfo: { readonly rtpTimestamp: number; readonly octetCount: number }
  readonly reports: readonly { readonly jitter: number; readonly packetsLost: number }[]
}

const extension = new Uint8Array(0)

function rrOurs(_: Samples, jitter: number): number {
  const block = { ssrc: 9, fractionLost: 1, cumulativeLost: 2, highestSequence: 70_000, jitter, lastSr: 5, delaySinceLastSr: 6 }
  return sumOf(writeReducedSize([{ kind: 'receiver-report', ssrc: 1, reports: [block], extension }]))
}

function rrNpm(_: Samples, jitter: number): number {
  const block = { mediaSsrc: 9, fractionLost: 1, totalLost: 2, highestSeq: 70_000, jitter, lastSR: 5, delaySinceLastSR: 6 }
  return sumOf(npm.buildRR({ ssrc: 1, ...block }))
}

function rrWerift(_: Samples, jitter: number): number {
  const block = new RtcpReceiverInfo({ ssrc: 9, fractionLost: 1, packetsLost: 2, highestSequence: 70_000, jitter, lsr: 5, dlsr: 6 })
  return sumOf(new RtcpRrPacket({ ssrc: 1, reports: [block] }).serialize())
}

/** Of the header, enough to see that the same was written. */
function sumOf(bytes: Uint8Array): number {
  let sum = bytes.length
  for (let i = 0; i < 24; i++) sum = (sum * 31 + bytes[i]!) | 0
  return sum
}
