/** What is read: G.711 packets of 20 ms as a phone sends them and as a browser does, and sender reports; each in many copies that differ. */
import { Buffer } from 'node:buffer'
import { oneByteExtension, type RtcpPacket, writeReducedSize, writeRtp } from '@strowger/rtp-packet'

export interface Samples {
  readonly rtp: readonly Buffer[]
  readonly extended: readonly Buffer[]
  readonly sr: readonly Buffer[]
  readonly payload: Buffer
}

/** A power of two, so that the next one is found with a mask. */
export const COPIES = 64

export function samples(): Samples {
  const payload = Buffer.alloc(160, 0xd5)
  const extension = oneByteExtension([
    { id: 1, data: Uint8Array.of(0x7f) },
    { id: 2, data: Uint8Array.of(1, 2, 3) },
    { id: 3, data: Uint8Array.of(0, 9) },
  ])
  const packet = (sequence: number) => ({ payloadType: 8, sequence, timestamp: sequence * 160, ssrc: 0xa11ce, payload })
  return {
    rtp: copies(i => writeRtp(packet(i * 997))),
    extended: copies(i => writeRtp({ ...packet(i * 997), extension })),
    sr: copies(i => writeReducedSize([senderReport(i)])),
    payload,
  }
}

function senderReport(i: number): RtcpPacket {
  const sender = { ntpSeconds: 0xe000_0000 + i, ntpFraction: i * 7919, rtpTimestamp: i * 8000, packetCount: i * 50, octetCount: i * 8000 }
  const block = {
    ssrc: i,
    fractionLost: i,
    cumulativeLost: i * 3,
    highestSequence: 70_000 + i,
    jitter: i * 11,
    lastSr: i * 65_537,
    delaySinceLastSr: i * 1000,
  }
  return { kind: 'sender-report', ssrc: 0xa11ce + i, sender, reports: [block], extension: new Uint8Array(0) }
}

function copies(make: (index: number) => Uint8Array): Buffer[] {
  return Array.from({ length: COPIES }, (_, index) => Buffer.from(make(index)))
}
