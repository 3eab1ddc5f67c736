/** Reading what was written gives what was written; writing what was read gives the same bytes. RFC 3550 §5.1, §6. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bitRate,
  exponentAndMantissa,
  lostSequences,
  nackEntries,
  oneByteExtension,
  type RleBlock,
  RtpView,
  readRtcp,
  readRtp,
  rleChunks,
  SourceStatistics,
  tracedPackets,
  tracedSequences,
  twoByteExtension,
  writeReducedSize,
  writeRtp,
} from '../src/index.ts'
import { extensionElements, rtcpPacket, rtpFields } from './arbitraries.ts'
import { elementsOf, hex, plain } from './plain.ts'

describe('RTP', () => {
  it('reads as it was written (RFC 3550 §5.1)', () => {
    fc.assert(
      fc.property(rtpFields, fields => {
        const view = readRtp(writeRtp(fields))!
        const { payloadType, marker, sequence, timestamp, ssrc, payload, paddingBytes } = view
        const csrcs = Array.from({ length: view.csrcCount }, (_, index) => view.csrc(index))
        const extension = view.hasExtension ? { extension: { profile: view.extensionProfile, data: view.extension } } : {}
        expect(plain({ payloadType, marker, sequence, timestamp, ssrc, csrcs, payload, paddingBytes, ...extension })).toEqual(plain(fields))
      }),
    )
  })

  it('is written as it was read, wherever it lies (RFC 3550 §5.1)', () => {
    const view = new RtpView()
    fc.assert(
      fc.property(rtpFields, fc.nat(9), fc.nat(9), (fields, before, after) => {
        const packet = writeRtp(fields)
        const buffer = new Uint8Array(before + packet.length + after).fill(0xff)
        buffer.set(packet, before)
        expect(view.pointAt(buffer, before, packet.length)).toBeUndefined()
        expect(view.byteLength).toBe(packet.length)
        expect(hex(view.payload)).toBe(hex(fields.payload ?? new Uint8Array(0)))
      }),
    )
  })

  it('header extensions read as they were written (RFC 8285 §4.2, §4.3)', () => {
    const packet = { payloadType: 0, sequence: 0, timestamp: 0, ssrc: 0 }
    fc.assert(
      fc.property(extensionElements.oneByte, extensionElements.twoByte, (one, two) => {
        const said = (elements: readonly { readonly id: number; readonly data: Uint8Array }[]) =>
          elements.map(({ id, data }) => [id, hex(data)])
        expect(elementsOf(readRtp(writeRtp({ ...packet, extension: oneByteExtension(one) }))!)).toEqual(said(one))
        expect(elementsOf(readRtp(writeRtp({ ...packet, extension: twoByteExtension(two) }))!)).toEqual(said(two))
      }),
    )
  })
})

describe('RTCP', () => {
  it('reads as it was written, and is written again the same (RFC 3550 §6.1)', () => {
    fc.assert(
      fc.property(fc.array(rtcpPacket, { minLength: 1, maxLength: 5 }), fc.nat(63), (packets, words) => {
        const bytes = writeReducedSize(packets, 4 * words)
        const read = readRtcp(bytes, 'reduced-size')
        expect(read.kind === 'rtcp' ? plain(read.packets) : read).toEqual(plain(packets))
        expect(hex(writeReducedSize(read.kind === 'rtcp' ? read.packets : [], 4 * words))).toBe(hex(bytes))
      }),
      { numRuns: 500 },
    )
  })

  it('a datagram that was cut short is never read (RFC 3550 §A.2)', () => {
    fc.assert(
      fc.property(rtcpPacket, fc.nat(), (packet, cut) => {
        const bytes = writeReducedSize([packet])
        expect(readRtcp(bytes.subarray(0, cut % bytes.length), 'reduced-size').kind).toBe('malformed')
      }),
    )
  })
})

describe('values', () => {
  it('run lengths say of each packet what they were told (RFC 3611 §4.1)', () => {
    const block = fc.record({
      begin: fc.nat(0xffff),
      length: fc.nat(2000),
      thinning: fc.nat(15),
      density: fc.constantFrom(2, 40, 1000),
      seed: fc.nat(999),
    })
    fc.assert(
      fc.property(block, ({ begin, length, thinning, density, seed }) => {
        const range = { ssrc: 1, begin, end: (begin + length) & 0xffff, thinning }
        const expected = tracedSequences(range).map(sequence => ({ sequence, bit: (sequence * 7919 + seed) % density !== 0 }))
        const traced: RleBlock = { kind: 'loss-rle', ...range, chunks: rleChunks(expected.map(({ bit }) => bit)) }
        expect(traced.chunks.every(chunk => chunk > 0 && chunk <= 0xffff)).toBe(true)
        expect(tracedPackets(traced)).toEqual(expected)
      }),
    )
  })

  it('NACK entries name the packets they were made of (RFC 4585 §6.2.1)', () => {
    fc.assert(
      fc.property(fc.nat(0xffff), fc.uniqueArray(fc.nat(500), { maxLength: 40 }), (first, steps) => {
        const lost = steps.sort((a, b) => a - b).map(step => (first + step) & 0xffff)
        expect(lostSequences(nackEntries(lost))).toEqual(lost)
      }),
    )
  })

  it('a bit rate loses less than one part in its mantissa (RFC 5104 §4.2.1.1)', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), rate => {
        const said = bitRate(exponentAndMantissa(rate, 17))
        expect(said).toBeLessThanOrEqual(rate)
        expect(rate - said).toBeLessThanOrEqual(rate / 2 ** 16)
      }),
    )
  })

  it('whatever comes in whatever order, expected is received and lost, and a report can be written (RFC 3550 §A.3)', () => {
    const arrivals = fc.array(
      fc.record({ sequence: fc.oneof(fc.nat(0xffff), fc.nat(50)), timestamp: fc.nat(2 ** 32 - 1), step: fc.nat(1000) }),
      { maxLength: 100 },
    )
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 3 }), (packets, probation) => {
        const source = new SourceStatistics({ clockRate: 8000, probation })
        let now = 0
        for (const { sequence, timestamp, step } of packets) {
          now += step
          source.receive({ payloadType: 0, sequence, timestamp }, now)
          expect(source.expected).toBe(source.received + source.lost)
          expect(source.jitter).toBeGreaterThanOrEqual(0)
          const block = source.reportBlock(1, now)
          expect(block === undefined).toBe(!source.isValid)
          if (block !== undefined) writeReducedSize([{ kind: 'receiver-report', ssrc: 1, reports: [block], extension: new Uint8Array(0) }])
        }
      }),
    )
  })
})
