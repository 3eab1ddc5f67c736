/** The tables agree with the views, with the sizes of the figures, and with themselves. RFC 3550 §5.1, §6.4.1, RFC 4733 §2.3. */
import { describe, expect, it } from 'vitest'
import { ReportBlockView, RtcpView, readRtcp, readRtp, SenderInfoView, TelephoneEventView, writeReducedSize } from '../src/index.ts'
import { LAYOUTS, type Layout, readFields, writeFields } from '../src/layout.ts'

type Any = Layout<Readonly<Record<string, number>>>
const layoutOf = (name: string): Any => LAYOUTS.find(layout => layout.name === name)!

/** Each field alone with all its bits set, in otherwise zero bytes, but for `always`. */
function eachField(layout: Any, always: Readonly<Record<string, number>> = {}): { name: string; value: number; bytes: Uint8Array }[] {
  const zeros = Object.fromEntries(layout.fields.map(({ name }) => [name, 0]))
  return layout.fields
    .filter(({ name }) => always[name] === undefined)
    .map(({ name, bits, signed }) => {
      const value = signed ? -1 : 2 ** bits - 1
      const bytes = new Uint8Array(layout.bytes)
      writeFields(layout, bytes, 0, { ...zeros, ...always, [name]: value })
      return { name, value, bytes }
    })
}

const SIZES: Readonly<Record<string, number>> = {
  RtpHeader: 12,
  RtpExtension: 4,
  OneByteElement: 1,
  TwoByteElement: 2,
  TelephoneEvent: 4,
  RtcpHeader: 4,
  SenderInfo: 20,
  ReportBlock: 24,
  FeedbackSources: 8,
  NackEntry: 4,
  SliEntry: 4,
  RpsiHeader: 2,
  FirEntry: 8,
  TmmbEntry: 8,
  RembHeader: 8,
  XrHeader: 4,
  XrRange: 8,
  XrReferenceTime: 8,
  DlrrEntry: 12,
  SummaryFlags: 1,
  StatisticsSummary: 36,
  VoipMetrics: 32,
}

describe('every table', () => {
  it('has the size of its figure', () => {
    expect(Object.fromEntries(LAYOUTS.map(({ name, bytes }) => [name, bytes]))).toEqual(SIZES)
  })

  it.each(LAYOUTS.map(layout => [layout.name, layout] as const))(
    '%s: no two fields share a bit, and each reads what was written',
    (_, layout) => {
      for (const { name, value, bytes } of eachField(layout)) {
        const read = readFields(layout, bytes, 0)
        for (const field of layout.fields) expect([field.name, read[field.name]]).toEqual([field.name, field.name === name ? value : 0])
      }
    },
  )

  it('writing needs each field, as an integer that fits', () => {
    const layout = layoutOf('NackEntry')
    const bytes = new Uint8Array(4)
    expect(() => writeFields(layout, bytes, 0, { packetId: 1 })).toThrow(TypeError)
    expect(() => writeFields(layout, bytes, 0, { packetId: 1, bitmask: 65_536 })).toThrow('NackEntry.bitmask is 0 to 65535, not 65536')
  })
})

describe('the views read what the tables say', () => {
  it('RtpView (RFC 3550 §5.1)', () => {
    const length = 12 + 4 * 15
    for (const { name, value, bytes } of eachField(layoutOf('RtpHeader'), { version: 2, extension: 0, padding: 0 })) {
      const packet = new Uint8Array(length)
      packet.set(bytes)
      const { marker, csrcCount, payloadType, sequence, timestamp, ssrc } = readRtp(packet)!
      const expected = { marker: 0, csrcCount: 0, payloadType: 0, sequence: 0, timestamp: 0, ssrc: 0, [name]: value }
      expect({ marker: Number(marker), csrcCount, payloadType, sequence, timestamp, ssrc }).toEqual(expected)
    }
  })

  it('RtcpView (RFC 3550 §6.4.1)', () => {
    const packet = new Uint8Array(4 * 65_536)
    const header = layoutOf('RtcpHeader')
    writeFields(header, packet, 0, { version: 2, padding: 0, count: 31, type: 201, words: 65_535 })
    const view = new RtcpView()
    expect(view.pointAt(packet)).toBeUndefined()
    expect([view.count, view.type, view.byteLength]).toEqual([31, 201, packet.length])
  })

  it('SenderInfoView and ReportBlockView (RFC 3550 §6.4.1)', () => {
    const [info, block] = [layoutOf('SenderInfo'), layoutOf('ReportBlock')]
    const packet = new Uint8Array(4 + 4 + info.bytes + block.bytes)
    const bits = Uint8Array.from(packet, (_, index) => (index * 73 + 0xa5) & 0xff)
    packet.set(bits)
    writeFields(layoutOf('RtcpHeader'), packet, 0, { version: 2, padding: 0, count: 1, type: 200, words: packet.length / 4 - 1 })
    const [view, sender, report] = [new RtcpView(), new SenderInfoView(), new ReportBlockView()]
    expect([view.pointAt(packet), sender.pointAt(view), report.pointAt(view, 0)]).toEqual([undefined, true, true])
    const { ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount } = sender
    expect({ ntpSeconds, ntpFraction, rtpTimestamp, packetCount, octetCount }).toEqual(readFields(info, packet, 8))
    const { ssrc, fractionLost, cumulativeLost, highestSequence, jitter, lastSr, delaySinceLastSr } = report
    const read = { ssrc, fractionLost, cumulativeLost, highestSequence, jitter, lastSr, delaySinceLastSr }
    expect(read).toEqual(readFields(block, packet, 8 + info.bytes))
    const [decoded] = [readRtcp(packet)].flatMap(one => (one.kind === 'rtcp' ? one.packets : []))
    expect(decoded).toMatchObject({ sender: readFields(info, packet, 8), reports: [read] })
    expect(writeReducedSize([decoded!])).toEqual(packet)
  })

  it('TelephoneEventView (RFC 4733 §2.3)', () => {
    for (const { name, value, bytes } of eachField(layoutOf('TelephoneEvent'))) {
      const packet = new Uint8Array(16)
      packet[0] = 0x80
      packet.set(bytes, 12)
      const view = new TelephoneEventView()
      view.pointAt(readRtp(packet)!)
      const { event, end, volume, duration } = view
      expect({ event, end: Number(end), volume, duration }).toEqual({ event: 0, end: 0, volume: 0, duration: 0, [name]: value })
    }
  })
})
