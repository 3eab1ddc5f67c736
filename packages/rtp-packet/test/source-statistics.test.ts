/** A source is proven, its sequence numbers go round, losses and jitter are counted. RFC 3550 §6.4.1, §A.1, §A.3, §A.8. */
import { describe, expect, it } from 'vitest'
import {
  type Arrival,
  extendSequence,
  extendTimestamp,
  isAfter,
  RtpView,
  type SourceOptions,
  SourceStatistics,
  sequenceDistance,
  timestampDistance,
  writeRtp,
} from '../src/index.ts'

const CLOCK = 8000

/** 20 ms of G.711 for each number, on time. */
function hear(source: SourceStatistics, ...sequences: readonly number[]): Arrival[] {
  return sequences.map(sequence =>
    source.receive({ payloadType: 8, sequence: sequence & 0xffff, timestamp: (sequence * 160) % 2 ** 32 }, sequence * 20),
  )
}

function proven(options: Partial<SourceOptions> = {}): SourceStatistics {
  return new SourceStatistics({ clockRate: CLOCK, probation: 1, ...options })
}

const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index)

describe('probation', () => {
  it('a source is one after two packets in sequence (RFC 3550 §A.1)', () => {
    const source = new SourceStatistics({ clockRate: CLOCK })
    expect(hear(source, 10)).toEqual(['probation'])
    expect(source.isValid).toBe(false)
    expect(source.reportBlock(1, 0)).toBeUndefined()
    expect(hear(source, 11, 12)).toEqual(['ahead', 'ahead'])
    expect([source.isValid, source.received, source.expected, source.lost]).toEqual([true, 2, 2, 0])
  })

  it('a packet out of sequence begins it anew (RFC 3550 §A.1)', () => {
    const source = new SourceStatistics({ clockRate: CLOCK, probation: 3 })
    expect(hear(source, 10, 11, 20, 21, 22)).toEqual(['probation', 'probation', 'probation', 'probation', 'ahead'])
  })

  it('random bytes that look like RTP never become a source (RFC 3550 §A.1)', () => {
    const source = new SourceStatistics({ clockRate: CLOCK })
    expect(hear(source, 40_000, 3, 777, 12_345, 9)).toEqual(Array(5).fill('probation'))
    expect(source.received).toBe(0)
  })

  it('the first packet of a source that signalling vouches for counts', () => {
    const source = proven()
    expect(hear(source, 10)).toEqual(['ahead'])
    expect([source.received, source.expected]).toEqual([1, 1])
  })
})

describe('sequence numbers', () => {
  it('what is missing between the first and the highest is lost (RFC 3550 §A.3)', () => {
    const source = proven()
    hear(source, 10, 11, 14, 15)
    expect([source.expected, source.received, source.lost]).toEqual([6, 4, 2])
    expect(hear(source, 12)).toEqual(['late'])
    expect(source.lost).toBe(1)
  })

  it('duplicates make the loss smaller, below zero too (RFC 3550 §A.3)', () => {
    const source = proven()
    expect(hear(source, 1, 1, 1)).toEqual(['ahead', 'late', 'late'])
    expect(source.lost).toBe(-2)
    expect(source.reportBlock(1, 0)).toMatchObject({ cumulativeLost: -2, fractionLost: 0 })
  })

  it('wraps are counted in the highest sequence number (RFC 3550 §6.4.1)', () => {
    const source = proven()
    for (const sequence of upTo(140_000, 65_530)) hear(source, sequence)
    expect(source.highestSequence).toBe(65_530 + 139_999)
    expect([source.expected, source.lost]).toEqual([140_000, 0])
  })

  it('a packet from before the wrap that comes after it is late, and counts (RFC 3550 §A.1)', () => {
    const source = proven()
    expect(hear(source, 65_534, 65_536, 65_535, 65_537)).toEqual(['ahead', 'ahead', 'late', 'ahead'])
    expect(source.lost).toBe(0)
  })

  it('one far off is not counted; two in a row there are a new beginning (RFC 3550 §A.1)', () => {
    const source = proven()
    hear(source, ...upTo(100))
    expect(hear(source, 30_000)).toEqual(['stray'])
    expect(source.received).toBe(100)
    expect(hear(source, 101)).toEqual(['ahead'])
    expect(hear(source, 40_000, 40_001)).toEqual(['stray', 'restart'])
    expect([source.received, source.expected, source.highestSequence]).toEqual([1, 1, 40_001])
  })

  it('a gap of 2999 is loss, one of 3000 is another stream (RFC 3550 §A.1)', () => {
    const source = proven()
    hear(source, 0)
    expect(hear(source, 2999)).toEqual(['ahead'])
    expect(hear(source, 2999 + 3000)).toEqual(['stray'])
  })

  it('up to 99 behind is late, 100 is another stream (RFC 3550 §A.1)', () => {
    const source = proven()
    hear(source, 1000)
    expect(hear(source, 901, 900)).toEqual(['late', 'stray'])
  })
})

describe('a report block', () => {
  it('says the loss since the one before, of 256, and all of it (RFC 3550 §A.3)', () => {
    const source = proven()
    hear(source, 0, 1, 2, 4)
    expect(source.reportBlock(7, 0)).toMatchObject({ ssrc: 7, fractionLost: 51, cumulativeLost: 1, highestSequence: 4 })
    hear(source, 5, 6, 7, 8)
    expect(source.reportBlock(7, 0)).toMatchObject({ fractionLost: 0, cumulativeLost: 1 })
    expect(source.reportBlock(7, 0)).toMatchObject({ fractionLost: 0, cumulativeLost: 1 })
  })

  it('never says more than 255 of 256 (RFC 3550 §6.4.1)', () => {
    const source = proven()
    hear(source, 0)
    source.reportBlock(7, 0)
    hear(source, 2999)
    expect(source.reportBlock(7, 0)!.fractionLost).toBe(255)
  })

  it('clamps the loss to 24 bits (RFC 3550 §A.3)', () => {
    const source = proven()
    for (let sequence = 0; source.lost <= 0x7f_ffff; sequence += 2999) hear(source, sequence)
    expect(source.reportBlock(7, 0)!.cumulativeLost).toBe(0x7f_ffff)
  })

  it('names the last sender report and how long ago it came (RFC 3550 §6.4.1)', () => {
    const source = proven()
    hear(source, 0)
    expect(source.reportBlock(7, 500)).toMatchObject({ lastSr: 0, delaySinceLastSr: 0 })
    source.hearSenderReport({ ntpSeconds: 0x1234_5678, ntpFraction: 0x9abc_def0, rtpTimestamp: 0, packetCount: 0, octetCount: 0 }, 1000)
    expect(source.reportBlock(7, 1500)).toMatchObject({ lastSr: 0x5678_9abc, delaySinceLastSr: 32_768 })
  })
})

describe('jitter', () => {
  it('packets on time have none (RFC 3550 §A.8)', () => {
    const source = proven()
    hear(source, ...upTo(50))
    expect(source.jitter).toBe(0)
  })

  it('moves by a sixteenth of each change (RFC 3550 §A.8)', () => {
    const source = proven()
    const at = (sequence: number, ms: number) => source.receive({ payloadType: 8, sequence, timestamp: sequence * 160 }, ms)
    at(0, 0)
    at(1, 30)
    expect(source.jitter).toBe(80 / 16)
    at(2, 40)
    expect(source.jitter).toBe(5 + (80 - 5) / 16)
    expect(source.jitterMs).toBe((5 + 75 / 16) / 8)
  })

  it('does not see the timestamp go round (RFC 3550 §5.1)', () => {
    const source = proven()
    for (const step of upTo(4))
      source.receive({ payloadType: 8, sequence: step, timestamp: (2 ** 32 - 320 + step * 160) % 2 ** 32 }, step * 20)
    expect(source.jitter).toBe(0)
  })

  it('is not measured by telephone events, nor across a change of payload type (RFC 4733 §2.5.1.2)', () => {
    const source = proven({ events: [101] })
    hear(source, 0, 1)
    for (const sequence of [2, 3, 4]) source.receive({ payloadType: 101, sequence, timestamp: 320 }, sequence * 20)
    hear(source, 5)
    expect(source.jitter).toBe(0)
    source.receive({ payloadType: 9, sequence: 6, timestamp: 99 }, 120)
    expect(source.jitter).toBe(0)
  })

  it('does not grow by a timestamp that jumps a second and more, as after hold (RFC 3550 §A.8)', () => {
    const source = proven()
    hear(source, 0, 1)
    source.receive({ payloadType: 8, sequence: 2, timestamp: 320 + CLOCK }, 40)
    expect(source.jitter).toBe(0)
    source.receive({ payloadType: 8, sequence: 3, timestamp: 480 + CLOCK }, 62)
    expect(source.jitter).toBe(16 / 16)
  })

  it('takes a view as it is', () => {
    const source = proven()
    const view = new RtpView()
    view.pointAt(writeRtp({ payloadType: 8, sequence: 1, timestamp: 2, ssrc: 3 }))
    expect(source.receive(view, 0)).toBe('ahead')
  })

  it('refuses options that cannot be', () => {
    expect(() => new SourceStatistics({ clockRate: 0 })).toThrow(RangeError)
    expect(() => new SourceStatistics({ clockRate: 8000, probation: 0 })).toThrow(RangeError)
  })
})

describe('numbers that go round', () => {
  it('sequence numbers differ the short way (RFC 3550 §A.1)', () => {
    expect(sequenceDistance(65_535, 0)).toBe(1)
    expect(sequenceDistance(0, 65_535)).toBe(-1)
    expect(sequenceDistance(0, 0x8000)).toBe(-0x8000)
    expect([isAfter(0, 65_535), isAfter(65_535, 0), isAfter(5, 5)]).toEqual([true, false, false])
  })

  it('are extended to the nearest (RFC 3550 §A.1)', () => {
    expect(extendSequence(65_535, 0)).toBe(65_536)
    expect(extendSequence(65_536 * 3, 65_535)).toBe(65_536 * 3 - 1)
    expect(extendTimestamp(2 ** 32 - 1, 159)).toBe(2 ** 32 + 159)
    expect(extendTimestamp(5 * 2 ** 32, 2 ** 32 - 1)).toBe(5 * 2 ** 32 - 1)
    expect(timestampDistance(2 ** 32 - 1, 1)).toBe(2)
  })
})
