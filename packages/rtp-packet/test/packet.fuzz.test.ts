/** Nothing that comes from the network throws, nor does any view of it, nor is anything read outside. Searches for STROWGER_FUZZ_MS milliseconds, 2000 by default. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ExtensionCursor,
  FAULTS,
  lostSequences,
  protocolOf,
  ReportBlockView,
  type RtcpPacket,
  RtcpView,
  RtpView,
  readRtcp,
  SenderInfoView,
  TelephoneEventView,
  tracedPackets,
  utf8Text,
  writeReducedSize,
  writeRtp,
} from '../src/index.ts'
import { rtcpPacket, rtpFields } from './arbitraries.ts'
import { hex } from './plain.ts'

const BUDGET_MS = Number(process.env.STROWGER_FUZZ_MS ?? 2000)
const options = { interruptAfterTimeLimit: BUDGET_MS / 2, numRuns: 100_000_000, endOnFailure: true } as const
const patience = BUDGET_MS + 20_000

type Change = readonly [place: number, kind: number, value: number]
const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3), fc.nat(255)), { maxLength: 6 })

/** A byte replaced, put in, taken out, or everything behind cut off. */
function changed(bytes: Uint8Array, made: readonly Change[]): Uint8Array {
  return made.reduce((before, [place, kind, value]) => {
    const at = Math.floor(place * before.length)
    const [head, tail] = [before.subarray(0, at), before.subarray(at)]
    if (kind === 0) return Uint8Array.from([...head, value, ...tail.subarray(1)])
    if (kind === 1) return Uint8Array.from([...head, value, ...tail])
    return kind === 2 ? Uint8Array.from([...head, ...tail.subarray(1 + (value & 3))]) : Uint8Array.from(head)
  }, bytes)
}

const written = fc.oneof(
  rtpFields.map(writeRtp),
  fc.array(rtcpPacket, { minLength: 1, maxLength: 3 }).map(packets => writeReducedSize(packets)),
  fc.uint8Array({ maxLength: 60 }),
)
const mutant = fc.tuple(written, changes).map(([bytes, made]) => changed(bytes, made))

/** In the middle of a larger buffer, so that what is read outside shows. */
const placed = (bytes: Uint8Array): Uint8Array => Uint8Array.from([0xde, 0xad, ...bytes, 0xbe, 0xef])

const [rtp, cursor, event] = [new RtpView(), new ExtensionCursor(), new TelephoneEventView()]
const [rtcp, info, block] = [new RtcpView(), new SenderInfoView(), new ReportBlockView()]

function exerciseRtp(bytes: Uint8Array): void {
  const fault = rtp.pointAt(placed(bytes), 2, bytes.length)
  if (fault !== undefined) return void expect(FAULTS[fault]).toBeDefined()
  const { payloadOffset, payloadBytes, paddingBytes, csrcCount, extensionOffset, extensionBytes } = rtp
  expect(payloadOffset - 2 + payloadBytes + paddingBytes).toBe(bytes.length)
  expect(extensionOffset + extensionBytes).toBe(payloadOffset)
  for (let index = 0; index < csrcCount; index++) expect(rtp.csrc(index)).toBeLessThan(2 ** 32)
  if (cursor.pointAt(rtp)) while (cursor.next()) expect(cursor.dataOffset + cursor.dataBytes).toBeLessThanOrEqual(payloadOffset)
  if (event.pointAt(rtp)) expect(event.duration + event.volume + event.event).toBeGreaterThanOrEqual(0)
}

function exerciseRtcp(bytes: Uint8Array): void {
  if (rtcp.pointAt(placed(bytes), 2, bytes.length, 'reduced-size') === undefined) {
    let total = 0
    do {
      total += rtcp.byteLength
      expect(rtcp.bodyEnd).toBeGreaterThanOrEqual(rtcp.bodyOffset)
      if (info.pointAt(rtcp)) expect(info.octetCount).toBeLessThan(2 ** 32)
      for (let index = 0; index <= rtcp.count; index++) if (block.pointAt(rtcp, index)) expect(block.delaySinceLastSr).toBeLessThan(2 ** 32)
    } while (rtcp.next())
    expect(total).toBe(bytes.length)
  }
  const read = readRtcp(bytes, 'reduced-size')
  if (read.kind === 'rtcp') for (const packet of read.packets) exercisePacket(packet)
}

function exercisePacket(packet: RtcpPacket): void {
  if (packet.kind === 'source-description') for (const { items } of packet.chunks) for (const { value } of items) utf8Text(value)
  if (packet.kind === 'nack') lostSequences(packet.entries)
  if (packet.kind === 'extended-report')
    for (const one of packet.blocks) if (one.kind === 'loss-rle' || one.kind === 'duplicate-rle') tracedPackets(one)
}

describe('rubbish never throws', () => {
  it(
    'as RTP, RTCP or anything else, and nothing outside of it is read (RFC 3550 §A.1, §A.2)',
    () => {
      fc.assert(
        fc.property(mutant, bytes => {
          protocolOf(bytes)
          exerciseRtp(bytes)
          exerciseRtcp(bytes)
        }),
        options,
      )
    },
    patience,
  )

  it(
    'what is read as RTP is written again to the same bytes, but for its padding (RFC 3550 §5.1)',
    () => {
      fc.assert(
        fc.property(mutant, bytes => {
          if (rtp.pointAt(bytes) !== undefined) return
          const { payloadType, marker, sequence, timestamp, ssrc, payload, paddingBytes } = rtp
          const csrcs = Array.from({ length: rtp.csrcCount }, (_, index) => rtp.csrc(index))
          const extension = rtp.hasExtension ? { extension: { profile: rtp.extensionProfile, data: rtp.extension } } : {}
          const again = writeRtp({ payloadType, marker, sequence, timestamp, ssrc, csrcs, payload, paddingBytes, ...extension })
          const sound = bytes.length - paddingBytes
          expect(hex(again.subarray(0, sound))).toBe(hex(bytes.subarray(0, sound)))
          expect(again.length).toBe(bytes.length)
        }),
        options,
      )
    },
    patience,
  )
})
