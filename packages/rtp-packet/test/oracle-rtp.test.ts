/** RTP as npm's rtp-packet and werift-rtp read and write it: the same as ours, but for the differences listed here with their reasons. RFC 3550 §5.1. */
import fc from 'fast-check'
import * as npm from 'rtp-packet'
import { describe, expect, it } from 'vitest'
import { ExtensionProfiles, RtpHeader, RtpPacket } from 'werift-rtp'
import { oneByteExtension, type RtpFields, readRtp, twoByteExtension, writeRtp } from '../src/index.ts'
import { extensionElements, rtpFields } from './arbitraries.ts'
import { elementsOf, fromHex, hex } from './plain.ts'

/** What all three can say: no extension of an unknown profile. */
const common = rtpFields.map(({ extension: _, ...fields }): RtpFields => fields)

function ours(bytes: Uint8Array) {
  const view = readRtp(bytes)
  if (view === undefined) return undefined
  const { marker, payloadType, sequence, timestamp, ssrc, payload } = view
  const csrcs = Array.from({ length: view.csrcCount }, (_, index) => view.csrc(index))
  return { marker, payloadType, sequence, timestamp, ssrc, csrcs, payload: hex(payload), elements: elementsOf(view) }
}

function byNpm(bytes: Uint8Array) {
  const read = npm.parse(Buffer.from(bytes))
  if (read === null) return undefined
  const { marker, payloadType, sequenceNumber: sequence, timestamp, ssrc, csrc: csrcs, payload, extensions } = read
  const elements = Object.entries(extensions ?? {}).map(([id, data]) => [Number(id), hex(data)])
  return { marker, payloadType, sequence, timestamp, ssrc, csrcs, payload: hex(payload), elements }
}

function byWerift(bytes: Uint8Array) {
  const { header, payload } = RtpPacket.deSerialize(Buffer.from(bytes))
  const { marker, payloadType, sequenceNumber: sequence, timestamp, ssrc, csrc: csrcs, extensions } = header
  const elements = extensions.map(({ id, payload: data }) => [id, hex(data)])
  return { marker, payloadType, sequence, timestamp, ssrc, csrcs, payload: hex(payload), elements }
}

describe('what we write', () => {
  it('both read as we do: header, sources, padding (RFC 3550 §5.1)', () => {
    fc.assert(
      fc.property(common, fields => {
        const bytes = writeRtp(fields)
        expect(byNpm(bytes)).toEqual(ours(bytes))
        expect(byWerift(bytes)).toEqual(ours(bytes))
      }),
    )
  })

  it('both read elements of one byte, werift-rtp those of two (RFC 8285 §4.2, §4.3)', () => {
    const ascending = (elements: readonly { readonly id: number; readonly data: Uint8Array }[]) =>
      [...new Map(elements.map(element => [element.id, element])).values()].sort((a, b) => a.id - b.id)
    fc.assert(
      fc.property(common, extensionElements.oneByte, extensionElements.twoByte, (fields, one, two) => {
        const short = writeRtp({ ...fields, extension: oneByteExtension(ascending(one)) })
        expect(byNpm(short)).toEqual(ours(short))
        expect(byWerift(short)).toEqual(ours(short))
        const long = writeRtp({ ...fields, extension: twoByteExtension(ascending(two)) })
        expect(byWerift(long)).toEqual(ours(long))
      }),
    )
  })
})

describe('what they write', () => {
  it('we read as it was meant (RFC 3550 §5.1)', () => {
    fc.assert(
      fc.property(
        common,
        ({ payloadType, marker = false, sequence, timestamp, ssrc, csrcs = [], payload = new Uint8Array(0), paddingBytes = 0 }) => {
          const expected = { payloadType, marker, sequence, timestamp, ssrc, csrcs, payload: hex(payload), elements: [] }
          const fields = { payloadType, marker, sequenceNumber: sequence, timestamp, ssrc, csrc: [...csrcs] }
          expect(ours(npm.serialize({ ...fields, payload }))).toEqual(expected)
          const header = new RtpHeader({ ...fields, padding: paddingBytes > 0, paddingSize: paddingBytes })
          expect(ours(new RtpPacket(header, Buffer.from(payload)).serialize())).toEqual(expected)
        },
      ),
    )
  })

  it('elements too (RFC 8285 §4.2, §4.3)', () => {
    const data = Buffer.from('abc')
    const fields = { payloadType: 8, sequenceNumber: 1, timestamp: 2, ssrc: 3 }
    expect(elementsOf(readRtp(npm.serialize({ ...fields, extensions: { 3: data } }))!)).toEqual([[3, hex(data)]])
    for (const extensionProfile of [ExtensionProfiles.OneByte, ExtensionProfiles.TwoByte]) {
      const header = new RtpHeader({ ...fields, extension: true, extensionProfile, extensions: [{ id: 3, payload: data }] })
      expect(elementsOf(readRtp(new RtpPacket(header, Buffer.alloc(0)).serialize())!)).toEqual([[3, hex(data)]])
    }
  })
})

const HEADER = '0001 00000000 00000001'

describe('where they differ, they are less strict', () => {
  it.each([
    [
      'padding of no bytes is a fault (RFC 3550 §5.1); rtp-packet keeps it as payload, so does werift-rtp',
      `a008 ${HEADER} d500`,
      'd500',
      'd500',
    ],
    [
      'padding longer than the payload is a fault (RFC 3550 §5.1); rtp-packet keeps it as payload, werift-rtp reads backwards',
      `a008 ${HEADER} d507`,
      'd507',
      '',
    ],
    [
      'an extension longer than the packet is a fault (RFC 3550 §5.3.1); both give a packet without payload',
      `9008 ${HEADER} abcd 0009 d5d5d5d5`,
      '',
      '',
    ],
    [
      'a sender report is no RTP (RFC 3550 §A.1); both read one with payload type 72',
      '80c8 0006 00000001 00000000 00000000',
      '00000000',
      '00000000',
    ],
  ])('%s', (_, bytes, npmPayload, weriftPayload) => {
    expect(ours(fromHex(bytes))).toBeUndefined()
    expect(byNpm(fromHex(bytes))?.payload).toBe(npmPayload)
    expect(byWerift(fromHex(bytes)).payload).toBe(weriftPayload)
  })

  it.each([
    ['a version that is not 2 (RFC 3550 §A.1)', `4008 ${HEADER}`],
    ['too few contributing sources (RFC 3550 §5.1)', `8208 ${HEADER} 00000001`],
  ])('rtp-packet refuses %s, too', (_, bytes) => {
    expect(ours(fromHex(bytes))).toBeUndefined()
    expect(byNpm(fromHex(bytes))).toBeUndefined()
  })

  it('werift-rtp throws on what is too short and takes any version; we never throw (RFC 3550 §A.1)', () => {
    expect(() => byWerift(fromHex('8008 0001'))).toThrow(RangeError)
    expect(ours(fromHex('8008 0001'))).toBeUndefined()
    expect(byWerift(fromHex(`4008 ${HEADER}`)).payloadType).toBe(8)
  })

  it('rtp-packet passes elements of two bytes over; werift-rtp those with application bits (RFC 8285 §4.3)', () => {
    const bytes = writeRtp({
      payloadType: 8,
      sequence: 1,
      timestamp: 0,
      ssrc: 1,
      extension: twoByteExtension([{ id: 1, data: fromHex('aa') }], 5),
    })
    expect(ours(bytes)?.elements).toEqual([[1, 'aa']])
    expect(byNpm(bytes)?.elements).toEqual([])
    expect(byWerift(bytes).elements).not.toEqual([[1, 'aa']])
  })

  it('id 0 with a length ends the elements (RFC 8285 §4.1.2); werift-rtp calls it an element', () => {
    const bytes = fromHex(`9008 ${HEADER} bede 0002 10aa 01bbbb 20cc00`)
    expect(ours(bytes)?.elements).toEqual([[1, 'aa']])
    expect(byWerift(bytes).elements).toEqual([
      [1, 'aa'],
      [0, 'bbbb'],
      [2, 'cc'],
    ])
  })
})
