/** RTCP as npm's rtp-packet and werift-rtp read and write it: the same as ours, but for the differences listed here with their reasons. RFC 3550 §6. */
import fc from 'fast-check'
import * as npm from 'rtp-packet'
import { describe, expect, it } from 'vitest'
import {
  GenericNack,
  PictureLossIndication,
  ReceiverEstimatedMaxBitrate,
  RtcpPacketConverter,
  RtcpPayloadSpecificFeedback,
  RtcpReceiverInfo,
  RtcpRrPacket,
  RtcpSenderInfo,
  RtcpSourceDescriptionPacket,
  RtcpSrPacket,
  RtcpTransportLayerFeedback,
  SourceDescriptionChunk,
  SourceDescriptionItem,
} from 'werift-rtp'
import { lostSequences, type RtcpPacket, readRtcp, utf8Bytes, writeReducedSize } from '../src/index.ts'
import { fromHex, plain } from './plain.ts'

const NOTHING = new Uint8Array(0)
const u32 = fc.nat(2 ** 32 - 1)
const block = fc.record({
  ssrc: u32,
  fractionLost: fc.nat(255),
  cumulativeLost: fc.nat(0x7f_ffff),
  highestSequence: u32,
  jitter: u32,
  lastSr: u32,
  delaySinceLastSr: u32,
})
const sender = fc.record({ ntpSeconds: u32, ntpFraction: u32, rtpTimestamp: u32, packetCount: u32, octetCount: u32 })
const blocks = fc.array(block, { minLength: 1, maxLength: 4 })

const byNpm = (bytes: Uint8Array) => npm.parseRTCPCompound(Buffer.from(bytes))
const byWerift = (bytes: Uint8Array) => RtcpPacketConverter.deSerialize(Buffer.from(bytes))
const ours = (bytes: Uint8Array): readonly RtcpPacket[] => {
  const read = readRtcp(bytes, 'reduced-size')
  expect(read).toMatchObject({ kind: 'rtcp' })
  return read.kind === 'rtcp' ? read.packets : []
}
type Block = ReturnType<typeof block.generate>['value']
const asNpm = ({ ssrc, fractionLost, cumulativeLost, highestSequence, jitter, lastSr, delaySinceLastSr }: Block) => ({
  mediaSsrc: ssrc,
  fractionLost,
  totalLost: cumulativeLost,
  highestSeq: highestSequence,
  jitter,
  lastSR: lastSr,
  delaySinceLastSR: delaySinceLastSr,
})
const asWerift = ({ ssrc, fractionLost, cumulativeLost, highestSequence, jitter, lastSr, delaySinceLastSr }: Block) => ({
  ssrc,
  fractionLost,
  packetsLost: cumulativeLost,
  highestSequence,
  jitter,
  lsr: lastSr,
  dlsr: delaySinceLastSr,
})

describe('reports', () => {
  it('of ours both read as we do (RFC 3550 §6.4.1, §6.4.2)', () => {
    fc.assert(
      fc.property(u32, sender, blocks, (ssrc, info, reports) => {
        const bytes = writeReducedSize([
          { kind: 'sender-report', ssrc, sender: info, reports, extension: NOTHING },
          { kind: 'receiver-report', ssrc, reports, extension: NOTHING },
        ])
        const { ntpSeconds: ntpTimestampMsw, ntpFraction: ntpTimestampLsw, ...counts } = info
        const npmReports = reports.map(asNpm)
        expect(byNpm(bytes)).toMatchObject([
          { name: 'SR', ssrc, ntpTimestampMsw, ntpTimestampLsw, ...counts, reports: npmReports },
          { name: 'RR', ssrc, reports: npmReports },
        ])
        const ntpTimestamp = (BigInt(info.ntpSeconds) << 32n) | BigInt(info.ntpFraction)
        expect(byWerift(bytes)).toMatchObject([
          { ssrc, senderInfo: { ntpTimestamp, ...counts }, reports: reports.map(asWerift) },
          { ssrc, reports: reports.map(asWerift) },
        ])
      }),
    )
  })

  it('of theirs we read as they were meant (RFC 3550 §6.4.1, §6.4.2)', () => {
    fc.assert(
      fc.property(u32, sender, blocks, (ssrc, info, reports) => {
        const { ntpSeconds, ntpFraction, ...counts } = info
        const expectedSr = { kind: 'sender-report', ssrc, sender: info }
        expect(ours(npm.buildSR({ ssrc, ntpTimestamp: [ntpSeconds, ntpFraction], ...counts }))).toMatchObject([
          { ...expectedSr, reports: [] },
        ])
        expect(ours(npm.buildRR({ ssrc, ...asNpm(reports[0]!) }))).toMatchObject([{ kind: 'receiver-report', ssrc, reports: [reports[0]] }])
        const ntpTimestamp = (BigInt(ntpSeconds) << 32n) | BigInt(ntpFraction)
        const theirs = reports.map(report => new RtcpReceiverInfo(asWerift(report)))
        const sr = new RtcpSrPacket({ ssrc, senderInfo: new RtcpSenderInfo({ ntpTimestamp, ...counts }), reports: theirs })
        expect(ours(sr.serialize())).toMatchObject([{ ...expectedSr, reports }])
        expect(ours(new RtcpRrPacket({ ssrc, reports: theirs }).serialize())).toMatchObject([{ kind: 'receiver-report', ssrc, reports }])
      }),
    )
  })
})

describe('names and goodbyes', () => {
  const text = fc.string({ minLength: 1, maxLength: 40 }).filter(value => !value.includes('\0'))

  it('of ours are read as we do, the name by both (RFC 3550 §6.5, §6.6)', () => {
    fc.assert(
      fc.property(u32, text, (ssrc, name) => {
        const sdes: RtcpPacket = { kind: 'source-description', chunks: [{ ssrc, items: [{ type: 1, value: utf8Bytes(name) }] }] }
        const alone = writeReducedSize([sdes])
        expect(byWerift(alone)).toMatchObject([{ chunks: [{ source: ssrc, items: [{ type: 1, text: name }] }] }])
        const bytes = writeReducedSize([sdes, { kind: 'bye', ssrcs: [ssrc, 7], reason: utf8Bytes(name) }])
        expect(byNpm(bytes)).toMatchObject([
          { name: 'SDES', ssrc, cname: name },
          { name: 'BYE', ssrcs: [ssrc, 7], reason: name },
        ])
      }),
    )
  })

  it('of rtp-packet we read as they were meant (RFC 3550 §6.5, §6.6)', () => {
    fc.assert(
      fc.property(u32, text, (ssrc, name) => {
        const bytes = npm.buildCompound([npm.buildSDES(ssrc, name), npm.buildBYE([ssrc], name)])
        expect(plain(ours(bytes))).toEqual(
          plain([
            { kind: 'source-description', chunks: [{ ssrc, items: [{ type: 1, value: utf8Bytes(name) }] }] },
            { kind: 'bye', ssrcs: [ssrc], reason: utf8Bytes(name) },
          ]),
        )
      }),
    )
  })
})

describe('feedback', () => {
  const lost = [65_500, 65_501, 65_516, 65_530]

  it('of ours both read as we do (RFC 4585 §6.2.1, §6.3.1)', () => {
    const nack = writeReducedSize([{ kind: 'nack', ssrc: 1, mediaSsrc: 2, entries: [{ packetId: 65_500, bitmask: 0x8001 }] }])
    expect(byNpm(nack)).toMatchObject([{ name: 'NACK', senderSsrc: 1, mediaSsrc: 2, lostSequenceNumbers: [65_500, 65_501, 65_516] }])
    expect(byWerift(nack)).toMatchObject([{ feedback: { senderSsrc: 1, mediaSourceSsrc: 2, lost: [65_500, 65_501, 65_516] } }])
    const pli = writeReducedSize([{ kind: 'pli', ssrc: 1, mediaSsrc: 2 }])
    expect(byNpm(pli)).toMatchObject([{ name: 'PLI', senderSsrc: 1, mediaSsrc: 2 }])
    expect(byWerift(pli)).toMatchObject([{ feedback: { senderSsrc: 1, mediaSsrc: 2 } }])
  })

  it('of ours: FIR and REMB (RFC 5104 §4.3.1.1)', () => {
    const fir = writeReducedSize([{ kind: 'fir', ssrc: 1, mediaSsrc: 0, entries: [{ ssrc: 9, sequence: 5 }] }])
    expect(byNpm(fir)).toMatchObject([{ name: 'FIR', senderSsrc: 1, mediaSsrc: 9, seqNr: 5 }])
    expect(byWerift(fir)).toMatchObject([{ feedback: { senderSsrc: 1, mediaSsrc: 0, fir: [{ ssrc: 9, sequenceNumber: 5 }] } }])
    const remb = writeReducedSize([{ kind: 'remb', ssrc: 1, mediaSsrc: 0, exponent: 3, mantissa: 200_000, ssrcs: [9, 10] }])
    expect(byNpm(remb)).toMatchObject([{ name: 'REMB', senderSsrc: 1 }])
    expect(byWerift(remb)).toMatchObject([{ feedback: { brExp: 3, brMantissa: 200_000, ssrcNum: 2, ssrcFeedbacks: [9, 10] } }])
  })

  it('of theirs we read as it was meant (RFC 4585 §6.2.1, §6.3.1)', () => {
    const nack = new GenericNack({ senderSsrc: 1, mediaSourceSsrc: 2, lost })
    for (const bytes of [npm.buildNACK(1, 2, lost), new RtcpTransportLayerFeedback({ feedback: nack }).serialize()]) {
      const [packet] = ours(bytes)
      expect(packet).toMatchObject({ kind: 'nack', ssrc: 1, mediaSsrc: 2 })
      expect(packet?.kind === 'nack' && lostSequences(packet.entries)).toEqual(lost)
    }
    const pli = new RtcpPayloadSpecificFeedback({ feedback: new PictureLossIndication({ senderSsrc: 1, mediaSsrc: 2 }) })
    for (const bytes of [npm.buildPLI(1, 2), pli.serialize()]) expect(ours(bytes)).toEqual([{ kind: 'pli', ssrc: 1, mediaSsrc: 2 }])
    expect(ours(npm.buildFIR(1, 9, 5))).toEqual([{ kind: 'fir', ssrc: 1, mediaSsrc: 0, entries: [{ ssrc: 9, sequence: 5 }] }])
    const estimate = { senderSsrc: 1, mediaSsrc: 0, ssrcNum: 1, brExp: 3, brMantissa: 200_000, ssrcFeedbacks: [9] }
    const remb = new RtcpPayloadSpecificFeedback({ feedback: new ReceiverEstimatedMaxBitrate(estimate) })
    const expected = [{ kind: 'remb', ssrc: 1, mediaSsrc: 0, exponent: 3, mantissa: 200_000, ssrcs: [9] }]
    expect(ours(remb.serialize())).toEqual(expected)
  })
})

describe('where they differ', () => {
  it('the cumulative loss has a sign (RFC 3550 §6.4.1): both read 2^24 less the duplicates', () => {
    const bytes = fromHex('81c9000711111111 22222222 00fffffe 00000001 00000000 00000000 00000000')
    expect(ours(bytes)).toMatchObject([{ reports: [{ cumulativeLost: -2 }] }])
    expect(byNpm(bytes)).toMatchObject([{ totalLost: 0xff_fffe }])
    expect(byWerift(bytes)).toMatchObject([{ reports: [{ packetsLost: 0xff_fffe }] }])
  })

  it('an empty receiver report is one (RFC 3550 §6.4.2): rtp-packet gives it no name', () => {
    expect(ours(fromHex('80c9000111111111'))).toMatchObject([{ kind: 'receiver-report', ssrc: 0x1111_1111 }])
    expect(byNpm(fromHex('80c9000111111111'))[0]).not.toHaveProperty('name')
  })

  it('a list of items ends with a zero byte, on a word too (RFC 3550 §6.5): werift-rtp leaves it out, so we refuse what it writes', () => {
    const chunk = new SourceDescriptionChunk({ source: 1, items: [new SourceDescriptionItem({ type: 1, text: 'ab' })] })
    const bytes = new RtcpSourceDescriptionPacket({ chunks: [chunk] }).serialize()
    expect(readRtcp(bytes, 'reduced-size')).toMatchObject({ kind: 'malformed', code: 'content' })
  })

  it('the length counts all words but one (RFC 3550 §6.4.1): in a REMB of rtp-packet it is one too small, so we refuse it', () => {
    const bytes = npm.buildREMB(1, [9], 1_600_000)
    expect(readRtcp(bytes, 'reduced-size').kind).toBe('malformed')
    bytes[3]! += 1
    expect(ours(bytes)).toEqual([{ kind: 'remb', ssrc: 1, mediaSsrc: 0, exponent: 3, mantissa: 200_000, ssrcs: [9] }])
  })

  it('a packet ends where its length says (RFC 3550 §6.1): werift-rtp reads the NACK on into the packet behind it', () => {
    const bytes = writeReducedSize([
      { kind: 'nack', ssrc: 1, mediaSsrc: 2, entries: [{ packetId: 5, bitmask: 0 }] },
      { kind: 'pli', ssrc: 1, mediaSsrc: 2 },
    ])
    expect(ours(bytes)).toMatchObject([{ entries: [{ packetId: 5 }] }, { kind: 'pli' }])
    expect((byWerift(bytes)[0] as unknown as { feedback: { lost: number[] } }).feedback.lost.length).toBeGreaterThan(1)
  })

  it('a sequence number goes round (RFC 4585 §6.2.1): both name 65536 as lost', () => {
    const bytes = writeReducedSize([{ kind: 'nack', ssrc: 1, mediaSsrc: 2, entries: [{ packetId: 65_535, bitmask: 1 }] }])
    expect(lostSequences([{ packetId: 65_535, bitmask: 1 }])).toEqual([65_535, 0])
    expect(byNpm(bytes)).toMatchObject([{ lostSequenceNumbers: [65_535, 65_536] }])
    expect(byWerift(bytes)).toMatchObject([{ feedback: { lost: [65_535, 65_536] } }])
  })

  it('what does not add up is refused whole (RFC 3550 §A.2): both give what they could read', () => {
    const bytes = fromHex('80c8000611111111 00000000 00000000 00000000 00000000 00000000 81cb0009')
    expect(readRtcp(bytes)).toEqual({ kind: 'malformed', code: 'length', offset: 0 })
    expect(byNpm(bytes)).toHaveLength(1)
    expect(byWerift(bytes)).toHaveLength(1)
  })

  it('goodbyes, applications and extended reports: rtp-packet reads the first only, werift-rtp none (RFC 3550 §6.6, §6.7)', () => {
    const bytes = writeReducedSize([
      { kind: 'bye', ssrcs: [1], reason: undefined },
      { kind: 'app', subtype: 1, ssrc: 1, name: 'test', data: NOTHING },
      { kind: 'extended-report', ssrc: 1, blocks: [] },
    ])
    expect(ours(bytes).map(({ kind }) => kind)).toEqual(['bye', 'app', 'extended-report'])
    expect(byNpm(bytes).map(({ name }) => name)).toEqual(['BYE', undefined, undefined])
    expect(byWerift(bytes)).toEqual([])
  })
})
