/** Any RTP packet, and any RTCP packet of each kind, for fast-check. RFC 3550, 3611, 4585, 5104. */
import fc from 'fast-check'
import type { RtcpPacket, RtpFields, XrBlock } from '../src/index.ts'
import { LAYOUTS, type Layout } from '../src/layout.ts'

const bits = (count: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** count - 1 })
const u8 = bits(8)
const u16 = bits(16)
const u32 = bits(32)
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength })
const words = (most: number): fc.Arbitrary<Uint8Array> =>
  fc.nat(most).chain(count => fc.uint8Array({ minLength: 4 * count, maxLength: 4 * count }))

/** Every field of a structure. */
function structure<T>(name: string): fc.Arbitrary<T> {
  const { fields } = LAYOUTS.find(layout => layout.name === name) as Layout<Readonly<Record<string, number>>>
  const values = fields.map(({ name: field, bits: count, signed }) => [
    field,
    signed ? fc.integer({ min: -(2 ** (count - 1)), max: 2 ** (count - 1) - 1 }) : bits(count),
  ])
  return fc.record(Object.fromEntries(values)) as unknown as fc.Arbitrary<T>
}

const report = structure<{ readonly ssrc: number }>('ReportBlock') as fc.Arbitrary<never>
const list = <T>(one: fc.Arbitrary<T>, minLength = 0, maxLength = 4): fc.Arbitrary<T[]> => fc.array(one, { minLength, maxLength })

export const rtpFields: fc.Arbitrary<RtpFields> = fc
  .record({
    payloadType: bits(7),
    marker: fc.boolean(),
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    csrcs: list(u32, 0, 15),
    extension: fc.option(fc.record({ profile: u16, data: words(5) }), { nil: undefined }),
    payload: bytes(40),
    paddingBytes: u8,
  })
  .filter(({ payloadType, marker }) => !(marker && (payloadType === 72 || payloadType === 73)))
  .map(({ extension, ...rest }) => (extension === undefined ? rest : { ...rest, extension }))

export const extensionElements = {
  oneByte: list(fc.record({ id: fc.integer({ min: 1, max: 14 }), data: fc.uint8Array({ minLength: 1, maxLength: 16 }) }), 0, 8),
  twoByte: list(fc.record({ id: fc.integer({ min: 1, max: 255 }), data: bytes(40) }), 0, 8),
}

const range = { ssrc: u32, begin: u16, end: u16 }
const xrBlock: fc.Arbitrary<XrBlock> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('loss-rle' as const, 'duplicate-rle' as const),
    thinning: bits(4),
    ...range,
    chunks: list(fc.integer({ min: 1, max: 0xffff }), 0, 7),
  }),
  fc.record({ kind: fc.constant('receipt-times' as const), thinning: bits(4), ...range, times: list(u32) }),
  structure<never>('XrReferenceTime').map((fields: object) => ({ kind: 'reference-time', ...fields }) as XrBlock),
  fc.record({ kind: fc.constant('dlrr' as const), entries: list(structure<never>('DlrrEntry')) }),
  fc
    .tuple(structure<object>('SummaryFlags'), structure<object>('StatisticsSummary'))
    .map(([flags, fields]) => ({ kind: 'statistics-summary', ...flags, ...fields }) as XrBlock),
  structure<never>('VoipMetrics').map((fields: object) => ({ kind: 'voip-metrics', ...fields }) as XrBlock),
  fc.record({ kind: fc.constant('block' as const), type: fc.integer({ min: 8, max: 255 }), specific: u8, data: words(3) }),
)

const sources = { ssrc: u32, mediaSsrc: u32 }
const entries = { ssrc: u32, mediaSsrc: fc.constant(0) }
const rpsi = fc
  .record({ kind: fc.constant('rpsi' as const), ...sources, payloadType: bits(7), bits: bytes(9), unusedBits: bits(3) })
  .map(packet => (packet.bits.length === 0 ? { ...packet, unusedBits: 0 } : packet))

export const rtcpPacket: fc.Arbitrary<RtcpPacket> = fc.oneof(
  fc.record({
    kind: fc.constant('sender-report' as const),
    ssrc: u32,
    sender: structure<never>('SenderInfo'),
    reports: list(report),
    extension: words(2),
  }),
  fc.record({ kind: fc.constant('receiver-report' as const), ssrc: u32, reports: list(report, 0, 31), extension: words(2) }),
  fc.record({
    kind: fc.constant('source-description' as const),
    chunks: list(fc.record({ ssrc: u32, items: list(fc.record({ type: fc.integer({ min: 1, max: 255 }), value: bytes(30) })) })),
  }),
  fc.record({ kind: fc.constant('bye' as const), ssrcs: list(u32, 0, 31), reason: fc.option(bytes(255), { nil: undefined }) }),
  fc.record({
    kind: fc.constant('app' as const),
    subtype: bits(5),
    ssrc: u32,
    name: fc.uint8Array({ minLength: 4, maxLength: 4, max: 127 }).map(letters => String.fromCharCode(...letters)),
    data: words(4),
  }),
  fc.record({ kind: fc.constant('nack' as const), ...sources, entries: list(structure<never>('NackEntry'), 1) }),
  fc.record({ kind: fc.constant('pli' as const), ...sources }),
  fc.record({ kind: fc.constant('sli' as const), ...sources, entries: list(structure<never>('SliEntry'), 1) }),
  rpsi,
  fc.record({ kind: fc.constant('fir' as const), ...entries, entries: list(structure<never>('FirEntry'), 1) }),
  fc.record({ kind: fc.constant('tmmbr' as const), ...entries, entries: list(structure<never>('TmmbEntry'), 1) }),
  fc.record({ kind: fc.constant('tmmbn' as const), ...entries, entries: list(structure<never>('TmmbEntry')) }),
  fc.record({ kind: fc.constant('remb' as const), ...entries, exponent: bits(6), mantissa: bits(18), ssrcs: list(u32) }),
  fc.record({
    kind: fc.constant('feedback' as const),
    ...sources,
    type: fc.constantFrom(205, 206),
    format: fc.integer({ min: 5, max: 14 }),
    information: words(4),
  }),
  fc.record({ kind: fc.constant('extended-report' as const), ssrc: u32, blocks: list(xrBlock) }),
  fc.record({ kind: fc.constant('unknown' as const), type: fc.constantFrom(192, 199, 208, 223), count: bits(5), body: words(3) }),
)
