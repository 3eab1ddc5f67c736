/** What fields mean: times, round trips, quality, run lengths, lost packets, bit rates, keys. RFC 3550 §6.4.1, RFC 3611, RFC 4585, RFC 4733. */
import { describe, expect, it } from 'vitest'
import {
  bitRate,
  CODECS,
  estimateQuality,
  eventOfKey,
  exponentAndMantissa,
  keyPressPackets,
  lostSequences,
  mosOf,
  nackEntries,
  ntpFromUnix,
  ntpMiddle,
  type RleBlock,
  readRtp,
  rleChunks,
  roundTripMs,
  TelephoneEventView,
  tracedPackets,
  tracedSequences,
  unixFromNtp,
  writeRtp,
  writeTelephoneEvent,
} from '../src/index.ts'
import { hex } from './plain.ts'

describe('NTP', () => {
  it('counts seconds since 1900 (RFC 3550 §4)', () => {
    expect(ntpFromUnix(0)).toEqual({ seconds: 2_208_988_800, fraction: 0 })
    expect(ntpFromUnix(500)).toEqual({ seconds: 2_208_988_800, fraction: 2 ** 31 })
    expect(unixFromNtp(ntpFromUnix(1_800_000_000_250))).toBe(1_800_000_000_250)
  })

  it('goes round in 2036, and is read as the moment that is near (RFC 3550 §4)', () => {
    const later = Date.UTC(2040, 0, 1)
    expect(ntpFromUnix(later).seconds).toBeLessThan(2 ** 28)
    expect(unixFromNtp(ntpFromUnix(later))).toBe(later)
  })

  it('the round trip is A - LSR - DLSR: the figures of the RFC are 6.125 s (RFC 3550 §6.4.1)', () => {
    const arrival = ntpMiddle({ seconds: 0xb710, fraction: 0x8000_0000 })
    expect(arrival).toBe(0xb710_8000)
    expect(roundTripMs({ lastSr: 0xb705_2000, delaySinceLastSr: 0x0005_4000 }, arrival)).toBe(6125)
  })

  it('is unknown without a sender report, never negative, and goes round midnight of its 16 bits (RFC 3550 §6.4.1)', () => {
    expect(roundTripMs({ lastSr: 0, delaySinceLastSr: 0 }, 1)).toBeUndefined()
    expect(roundTripMs({ lastSr: 100, delaySinceLastSr: 5 }, 104)).toBe(0)
    expect(roundTripMs({ lastSr: 0xffff_8000, delaySinceLastSr: 0 }, 0x8000)).toBe(1000)
  })
})

describe('quality (RFC 3611 §4.7.5)', () => {
  it('is toll quality on a perfect line, and 1 where nothing arrives', () => {
    const perfect = estimateQuality({ lossRatio: 0, jitterMs: 0, roundTripMs: 0 })
    expect(perfect.rFactor).toBeCloseTo(92.24, 2)
    expect(perfect.mos).toBeCloseTo(4.39, 2)
    expect(estimateQuality({ lossRatio: 1, jitterMs: 0, roundTripMs: 0, codec: CODECS['G.711 without concealment'] }).mos).toBeLessThan(1.1)
  })

  it('falls with loss, jitter, delay, bursts and the codec', () => {
    const mos = (change: object): number => estimateQuality({ lossRatio: 0.02, jitterMs: 5, roundTripMs: 50, ...change }).mos
    const usual = mos({})
    for (const worse of [{ lossRatio: 0.05 }, { jitterMs: 80 }, { roundTripMs: 500 }, { burstRatio: 2 }, { codec: CODECS['G.729A'] }])
      expect(mos(worse)).toBeLessThan(usual)
  })

  it('follows the formulas: 2 % loss of G.711 without concealment costs 30 points', () => {
    const codec = CODECS['G.711 without concealment']
    const clean = estimateQuality({ lossRatio: 0, jitterMs: 0, roundTripMs: 0, codec }).rFactor
    expect(clean - estimateQuality({ lossRatio: 0.02, jitterMs: 0, roundTripMs: 0, codec }).rFactor).toBeCloseTo((95 * 2) / (2 + 4.3), 9)
  })

  it('has the ends of the curve', () => {
    expect([mosOf(-1), mosOf(0), mosOf(100), mosOf(120)]).toEqual([1, 1, 4.5, 4.5])
    expect(mosOf(93.2)).toBeCloseTo(4.41, 2)
    for (let r = 0; r <= 100; r++) expect(mosOf(r)).toBeGreaterThanOrEqual(1)
  })

  it('refuses what cannot be', () => {
    expect(() => estimateQuality({ lossRatio: 2, jitterMs: 0, roundTripMs: 0 })).toThrow(RangeError)
    expect(() => estimateQuality({ lossRatio: 0, jitterMs: -1, roundTripMs: 0 })).toThrow(RangeError)
    expect(() => estimateQuality({ lossRatio: 0, jitterMs: 0, roundTripMs: 0, burstRatio: 0 })).toThrow(RangeError)
  })
})

describe('run lengths', () => {
  const block = (change: Partial<RleBlock>): RleBlock => ({
    kind: 'loss-rle',
    thinning: 0,
    ssrc: 1,
    begin: 0,
    end: 20,
    chunks: [],
    ...change,
  })

  it('a run says a bit and a length, a vector 15 bits, highest first (RFC 3611 §4.1)', () => {
    const packets = tracedPackets(block({ chunks: [0x4003, 0x8000 | 0b101_0000_0000_0000, 0x0001] }))
    expect(packets.map(({ bit }) => (bit ? 1 : 0)).join('')).toBe('1111010000000000000')
    expect(packets.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 19 }, (_, sequence) => sequence))
  })

  it('nothing is said beyond the end, however long a run claims to be (RFC 3611 §4.1)', () => {
    expect(tracedPackets(block({ chunks: [0x7fff, 0x7fff] }))).toHaveLength(20)
  })

  it('thinning speaks of every 2^T-th number, over the wrap too (RFC 3611 §4.1)', () => {
    expect(tracedSequences({ begin: 65_530, end: 9, thinning: 2 })).toEqual([65_532, 0, 4, 8])
  })

  it('long runs become one chunk, mixed ones vectors', () => {
    expect(rleChunks(Array.from({ length: 16_384 }, () => true))).toEqual([0x7fff, 0x4001])
    expect(rleChunks([true, false, true])).toEqual([0x8000 | 0b101_0000_0000_0000])
    expect(rleChunks([])).toEqual([])
  })
})

describe('feedback', () => {
  it('a NACK names a packet and 16 after it, over the wrap too (RFC 4585 §6.2.1)', () => {
    expect(lostSequences([{ packetId: 65_535, bitmask: 0x8001 }])).toEqual([65_535, 0, 15])
    expect(nackEntries([65_535, 0, 15, 16])).toEqual([
      { packetId: 65_535, bitmask: 0x8001 },
      { packetId: 16, bitmask: 0 },
    ])
    expect(() => nackEntries([65_536])).toThrow(RangeError)
  })

  it('a bit rate is a mantissa times a power of two, never more than asked (RFC 5104 §4.2.1.1)', () => {
    expect(exponentAndMantissa(131_071, 17)).toEqual({ exponent: 0, mantissa: 131_071 })
    expect(exponentAndMantissa(131_072, 17)).toEqual({ exponent: 1, mantissa: 65_536 })
    expect(bitRate(exponentAndMantissa(10_000_001, 18))).toBeLessThanOrEqual(10_000_001)
    expect(() => exponentAndMantissa(-1, 17)).toThrow(RangeError)
  })
})

describe('telephone events', () => {
  const read = (payload: Uint8Array): TelephoneEventView => {
    const view = new TelephoneEventView()
    expect(view.pointAt(readRtp(writeRtp({ payloadType: 101, sequence: 0, timestamp: 0, ssrc: 0, payload }))!)).toBe(true)
    return view
  }

  it('are an event, an end, a volume and a duration (RFC 4733 §2.3)', () => {
    const { event, key, end, volume, duration } = read(Uint8Array.of(11, 0x8a, 0x03, 0x20))
    expect({ event, key, end, volume, duration }).toEqual({ event: 11, key: '#', end: true, volume: 10, duration: 800 })
    expect(hex(writeTelephoneEvent({ event: 11, end: true, volume: 10, duration: 800 }))).toBe('0b8a0320')
  })

  it('the reserved bit is written as zero and ignored (RFC 4733 §2.3.3)', () => {
    expect(read(Uint8Array.of(1, 0x40, 0, 1))).toMatchObject({ event: 1, end: false, volume: 0, duration: 1 })
    expect(writeTelephoneEvent({ event: 1, end: false, volume: 63, duration: 1 })[1]).toBe(63)
  })

  it('three bytes are none', () => {
    const packet = readRtp(writeRtp({ payloadType: 101, sequence: 0, timestamp: 0, ssrc: 0, payload: new Uint8Array(3) }))!
    expect(new TelephoneEventView().pointAt(packet)).toBe(false)
  })

  it('the keys are events 0 to 15 (RFC 4733 §3.2)', () => {
    expect([...'0123456789*#ABCD'].map(eventOfKey)).toEqual(Array.from({ length: 16 }, (_, event) => event))
    expect(eventOfKey('d')).toBe(15)
    for (const wrong of ['E', '', '12']) expect(() => eventOfKey(wrong)).toThrow(RangeError)
  })

  it('a key press: marker first, one timestamp, growing durations, the end three times (RFC 4733 §2.5.1.2, §2.5.1.4)', () => {
    const packets = keyPressPackets({ key: '5', durationMs: 120 })
    expect(packets.map(({ afterMs, marker, timestampOffset, payload }) => [afterMs, marker, timestampOffset, hex(payload)])).toEqual([
      [50, true, 0, '050a0190'],
      [100, false, 0, '050a0320'],
      [120, false, 0, '058a03c0'],
      [120, false, 0, '058a03c0'],
      [120, false, 0, '058a03c0'],
    ])
  })

  it('longer than 65535 units is cut into segments whose timestamps go on, only the last with an end (RFC 4733 §2.5.1.3)', () => {
    const packets = keyPressPackets({ key: '1', durationMs: 20_000, intervalMs: 1000 })
    const events = packets.map(({ timestampOffset, payload }) => ({ timestampOffset, ...fieldsOf(read(payload)) }))
    expect(Math.max(...events.map(({ duration }) => duration))).toBe(0xffff)
    expect([...new Set(events.map(({ timestampOffset }) => timestampOffset))]).toEqual([0, 0xffff, 2 * 0xffff])
    expect(events.filter(({ end }) => end)).toEqual(Array(3).fill({ timestampOffset: 0x1fffe, duration: 160_000 - 0x1fffe, end: true }))
    expect(packets.filter(({ marker }) => marker)).toHaveLength(1)
  })

  it('refuses a press that cannot be', () => {
    expect(() => keyPressPackets({ key: '1', durationMs: 0 })).toThrow(RangeError)
    expect(() => keyPressPackets({ key: 'x', durationMs: 1 })).toThrow(RangeError)
    expect(() => keyPressPackets({ key: '1', durationMs: 1, volume: 64 })).toThrow(RangeError)
  })
})

function fieldsOf({ duration, end }: TelephoneEventView): { duration: number; end: boolean } {
  return { duration, end }
}
