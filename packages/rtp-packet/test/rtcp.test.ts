/** RTCP cursors, what makes a compound packet, what builders refuse, what shared ports carry. RFC 3550 §6, §A.2, RFC 5506, RFC 5761, RFC 7983. */
import { describe, expect, it } from 'vitest'
import {
  decodeRtcp,
  protocolOf,
  type ReceiverReport,
  ReportBlockView,
  type RtcpPacket,
  RtcpView,
  readRtcp,
  SDES,
  SenderInfoView,
  type SourceDescription,
  utf8Bytes,
  utf8Text,
  writeCompound,
  writeReducedSize,
} from '../src/index.ts'
import { fromHex } from './plain.ts'

const NO_BYTES = new Uint8Array(0)
const RR: ReceiverReport = { kind: 'receiver-report', ssrc: 1, reports: [], extension: NO_BYTES }
const NAMED: SourceDescription = {
  kind: 'source-description',
  chunks: [{ ssrc: 1, items: [{ type: SDES.CNAME, value: utf8Bytes('a@b') }] }],
}
const BLOCK = { ssrc: 9, fractionLost: 1, cumulativeLost: -3, highestSequence: 70_000, jitter: 4, lastSr: 5, delaySinceLastSr: 6 }
const INFO = { ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 3, packetCount: 4, octetCount: 5 }
const SR: RtcpPacket = { kind: 'sender-report', ssrc: 1, sender: INFO, reports: [BLOCK, { ...BLOCK, ssrc: 10 }], extension: NO_BYTES }

describe('a cursor', () => {
  it('goes through the packets of a datagram in the middle of a buffer (RFC 3550 §6.1)', () => {
    const datagram = writeCompound([SR, NAMED, { kind: 'bye', ssrcs: [1], reason: undefined }], 4)
    const buffer = new Uint8Array(datagram.length + 10).fill(0xff)
    buffer.set(datagram, 5)
    const view = new RtcpView()
    expect(view.pointAt(buffer, 5, datagram.length)).toBeUndefined()
    const types = [view.type]
    while (view.next()) types.push(view.type)
    expect(types).toEqual([200, 202, 203])
    expect([view.paddingBytes, view.byteLength, view.ssrc]).toEqual([4, 12, 1])
    expect(view.next()).toBe(false)
    expect(view.type).toBe(203)
    expect(view.pointAt(buffer, 5, datagram.length + 10)).toBe('short')
  })

  it('reads sender information and report blocks in place (RFC 3550 §6.4.1)', () => {
    const view = new RtcpView()
    view.pointAt(writeCompound([SR, NAMED]))
    const info = new SenderInfoView()
    const block = new ReportBlockView()
    expect(info.pointAt(view)).toBe(true)
    const { ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount } = info
    expect({ ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount }).toEqual(INFO)
    expect(block.pointAt(view, 1)).toBe(true)
    const { ssrc, fractionLost, cumulativeLost, highestSequence, jitter, lastSr, delaySinceLastSr } = block
    expect({ ssrc, fractionLost, cumulativeLost, highestSequence, jitter, lastSr, delaySinceLastSr }).toEqual({ ...BLOCK, ssrc: 10 })
    expect([block.pointAt(view, 2), block.pointAt(view, -1)]).toEqual([false, false])
    view.next()
    expect([info.pointAt(view), block.pointAt(view, 0), block.ssrc]).toEqual([false, false, 10])
  })

  it('a report that says more blocks than it has gives none (RFC 3550 §6.4.2)', () => {
    const view = new RtcpView()
    view.pointAt(fromHex('81c9000111111111'))
    expect(new ReportBlockView().pointAt(view, 0)).toBe(false)
    view.pointAt(fromHex('80c8000111111111'))
    expect(new SenderInfoView().pointAt(view)).toBe(false)
    expect(decodeRtcp(view)).toBeUndefined()
  })

  it('a packet of four bytes has no SSRC', () => {
    const view = new RtcpView()
    expect(view.pointAt(fromHex('80cb0000'), 0, 4, 'reduced-size')).toBeUndefined()
    expect(view.ssrc).toBe(0)
  })
})

describe('compound and reduced-size', () => {
  it('a compound packet begins with a report (RFC 3550 §6.1)', () => {
    expect(() => writeCompound([NAMED, RR])).toThrow('begins with a report')
    expect(() => writeCompound([])).toThrow('begins with a report')
    expect(readRtcp(writeReducedSize([NAMED, RR]))).toEqual({ kind: 'malformed', code: 'first-type', offset: 0 })
  })

  it('a compound packet has a CNAME (RFC 3550 §6.1)', () => {
    expect(() => writeCompound([RR])).toThrow('CNAME')
    expect(() =>
      writeCompound([RR, { kind: 'source-description', chunks: [{ ssrc: 1, items: [{ type: SDES.TOOL, value: NO_BYTES }] }] }]),
    ).toThrow('CNAME')
    expect(readRtcp(writeCompound([RR, NAMED])).kind).toBe('rtcp')
  })

  it('a single packet needs both sides to want it (RFC 5506 §3.4.1)', () => {
    const alone = writeReducedSize([{ kind: 'pli', ssrc: 1, mediaSsrc: 2 }])
    expect(readRtcp(alone)).toMatchObject({ kind: 'malformed', code: 'first-type' })
    expect(readRtcp(alone, 'reduced-size')).toMatchObject({ kind: 'rtcp', packets: [{ kind: 'pli' }] })
  })

  it('only the last packet is padded, and never the first of a compound (RFC 3550 §6.4.1)', () => {
    expect(readRtcp(writeCompound([RR, NAMED], 252))).toMatchObject({ kind: 'rtcp', packets: [RR, NAMED] })
    expect(() => writeCompound([SR], 4)).toThrow(TypeError)
    expect(() => writeCompound([RR, NAMED], 3)).toThrow(TypeError)
    expect(() => writeCompound([RR, NAMED], 256)).toThrow(RangeError)
  })

  it('says where the packet is that its counts belie', () => {
    expect(readRtcp(fromHex('80c9000111111111 82cb000111111111'))).toEqual({ kind: 'malformed', code: 'content', offset: 8 })
  })
})

describe('a builder refuses', () => {
  const many = (count: number): number[] => Array.from({ length: count }, () => 1)
  const FEEDBACK = { ssrc: 1, mediaSsrc: 2 }
  const RANGE = { ssrc: 1, begin: 0, end: 9, thinning: 0 }
  it.each<[string, RtcpPacket, typeof RangeError | typeof TypeError]>([
    ['32 report blocks (RFC 3550 §6.4.1)', { ...RR, reports: many(32).map(() => BLOCK) }, RangeError],
    ['more loss than 24 bits (RFC 3550 §6.4.1)', { ...RR, reports: [{ ...BLOCK, cumulativeLost: 0x80_0000 }] }, RangeError],
    ['a fraction that is none', { ...RR, reports: [{ ...BLOCK, fractionLost: 0.5 }] }, TypeError],
    ['half a word behind a report (RFC 3550 §6.4.3)', { ...RR, extension: new Uint8Array(2) }, RangeError],
    [
      'an item of 256 bytes (RFC 3550 §6.5)',
      { ...NAMED, chunks: [{ ssrc: 1, items: [{ type: 1, value: new Uint8Array(256) }] }] },
      RangeError,
    ],
    [
      'an item of type 0, which ends the list (RFC 3550 §6.5)',
      { ...NAMED, chunks: [{ ssrc: 1, items: [{ type: 0, value: NO_BYTES }] }] },
      RangeError,
    ],
    ['32 goodbyes (RFC 3550 §6.6)', { kind: 'bye', ssrcs: many(32), reason: undefined }, RangeError],
    ['a reason of 256 bytes (RFC 3550 §6.6)', { kind: 'bye', ssrcs: [1], reason: new Uint8Array(256) }, RangeError],
    ['a name of five letters (RFC 3550 §6.7)', { kind: 'app', subtype: 0, ssrc: 1, name: 'abcde', data: NO_BYTES }, RangeError],
    ['a name that is not ASCII (RFC 3550 §6.7)', { kind: 'app', subtype: 0, ssrc: 1, name: 'abcé', data: NO_BYTES }, RangeError],
    ['half a word of data (RFC 3550 §6.7)', { kind: 'app', subtype: 0, ssrc: 1, name: 'abcd', data: new Uint8Array(3) }, RangeError],
    ['a NACK of nothing (RFC 4585 §6.2.1)', { kind: 'nack', ...FEEDBACK, entries: [] }, RangeError],
    ['a slice loss of nothing (RFC 4585 §6.3.2)', { kind: 'sli', ...FEEDBACK, entries: [] }, RangeError],
    [
      'eight unused bits (RFC 4585 §6.3.3)',
      { kind: 'rpsi', ...FEEDBACK, payloadType: 1, bits: Uint8Array.of(1), unusedBits: 8 },
      RangeError,
    ],
    ['a FIR that names a media source (RFC 5104 §4.3.1.2)', { kind: 'fir', ...FEEDBACK, entries: [{ ssrc: 1, sequence: 0 }] }, RangeError],
    [
      'a TMMBR that names a media source (RFC 5104 §4.2.1.2)',
      { kind: 'tmmbr', ...FEEDBACK, entries: [{ ssrc: 1, exponent: 0, mantissa: 0, overhead: 0 }] },
      RangeError,
    ],
    ['a TMMBR of nothing (RFC 5104 §4.2.1.1)', { kind: 'tmmbr', ssrc: 1, mediaSsrc: 0, entries: [] }, RangeError],
    [
      'a null chunk (RFC 3611 §4.1)',
      { kind: 'extended-report', ssrc: 1, blocks: [{ kind: 'loss-rle', ...RANGE, chunks: [0] }] },
      RangeError,
    ],
    [
      'thinning above 15 (RFC 3611 §4.1)',
      { kind: 'extended-report', ssrc: 1, blocks: [{ kind: 'receipt-times', ...RANGE, thinning: 16, times: [] }] },
      RangeError,
    ],
    [
      'a known block as unknown',
      { kind: 'extended-report', ssrc: 1, blocks: [{ kind: 'block', type: 7, specific: 0, data: NO_BYTES }] },
      RangeError,
    ],
    ['a known packet as unknown', { kind: 'unknown', type: 200, count: 0, body: NO_BYTES }, RangeError],
    ['a packet type of RTP (RFC 5761 §4)', { kind: 'unknown', type: 191, count: 0, body: NO_BYTES }, RangeError],
    [
      'more words than the length can say',
      { kind: 'app', subtype: 0, ssrc: 1, name: 'abcd', data: new Uint8Array(4 * 65_536) },
      RangeError,
    ],
  ])('%s', (_, packet, error) => {
    expect(() => writeReducedSize([packet])).toThrow(error)
  })

  it('an empty datagram', () => {
    expect(() => writeReducedSize([])).toThrow(TypeError)
  })
})

describe('a shared port', () => {
  const EXPECTED: readonly [from: number, to: number, protocol: string][] = [
    [0, 3, 'stun'],
    [4, 15, 'unknown'],
    [16, 19, 'zrtp'],
    [20, 63, 'dtls'],
    [64, 79, 'turn'],
    [80, 127, 'unknown'],
    [128, 191, 'rtp'],
    [192, 255, 'unknown'],
  ]
  it.each(EXPECTED)('first bytes %i to %i are %s (RFC 7983 §7)', (from, to, protocol) => {
    for (let first = from; first <= to; first++) expect(protocolOf(Uint8Array.of(first, 0))).toBe(protocol)
  })

  it('RTCP is told from RTP by its packet type, 192 to 223 (RFC 5761 §4)', () => {
    for (let second = 0; second < 256; second++)
      expect(protocolOf(Uint8Array.of(0x80, second))).toBe(second >= 192 && second <= 223 ? 'rtcp' : 'rtp')
  })

  it('what is not there is unknown', () => {
    expect(protocolOf(NO_BYTES)).toBe('unknown')
    expect(protocolOf(Uint8Array.of(0x80))).toBe('unknown')
    expect(protocolOf(Uint8Array.of(0x80, 0), 0, 3)).toBe('unknown')
    expect(protocolOf(Uint8Array.of(9, 9, 0x80, 200), 2)).toBe('rtcp')
  })
})

describe('text', () => {
  it.each(['', 'a@b', 'é', '€', '😀 x', '\ud800'])('%j is UTF-8 as the platform writes it (RFC 3550 §6.5)', text => {
    expect(utf8Bytes(text)).toEqual(new TextEncoder().encode(text))
    expect(utf8Text(utf8Bytes(text))).toBe(new TextDecoder().decode(utf8Bytes(text)))
  })

  it.each(['c080', 'eda080', 'f4908080', 'ff', '80', 'e282', 'c3', 'f0808080'])('%s is none and reads as U+FFFD (RFC 3629 §3)', bytes => {
    expect(utf8Text(fromHex(bytes))).toMatch(/^\ufffd+$/)
  })
})
