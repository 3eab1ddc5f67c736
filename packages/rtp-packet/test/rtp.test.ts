/** RTP views that move and write, builders that refuse, header extensions. RFC 3550 §5.1, §5.3.1, RFC 8285. */
import { describe, expect, it } from 'vitest'
import { FAULTS, ONE_BYTE, oneByteExtension, RtpView, readRtp, TWO_BYTE, twoByteExtension, writeRtp, writeRtpInto } from '../src/index.ts'
import { elementsOf, fromHex, hex, plainRtp } from './plain.ts'

const FIELDS = { payloadType: 8, sequence: 7, timestamp: 160, ssrc: 0xa11ce, payload: Uint8Array.of(0xd5, 0xd5) }

describe('a view', () => {
  it('reads a packet in the middle of a buffer, and nothing outside of it', () => {
    const packet = writeRtp({ ...FIELDS, csrcs: [1, 2], extension: { profile: 0xabcd, data: fromHex('01020304') }, paddingBytes: 4 })
    const buffer = new Uint8Array(packet.length + 20).fill(0xff)
    buffer.set(packet, 9)
    const view = new RtpView()
    expect(view.pointAt(buffer, 9, packet.length)).toBeUndefined()
    expect(plainRtp(view)).toEqual(plainRtp(readRtp(packet)!))
    expect([view.offset, view.byteLength, view.payloadOffset]).toEqual([9, packet.length, 9 + 12 + 8 + 8])
    expect(view.payload.buffer).toBe(buffer.buffer)
  })

  it('stays where it was when the next bytes are no packet', () => {
    const view = new RtpView()
    view.pointAt(writeRtp(FIELDS))
    expect(view.pointAt(Uint8Array.of(1, 2, 3))).toBe('short')
    expect(view.sequence).toBe(7)
  })

  it('never reads beyond the buffer, whatever length it is told', () => {
    const packet = writeRtp(FIELDS)
    const view = new RtpView()
    expect(view.pointAt(packet, 0, packet.length + 1)).toBe('short')
    expect(view.pointAt(packet, packet.length)).toBe('short')
    expect(view.pointAt(packet, packet.length + 5)).toBe('short')
  })

  it('reads zeros before it points anywhere', () => {
    const { sequence, ssrc, payloadBytes, byteLength, csrcCount, hasExtension, paddingBytes } = new RtpView()
    expect([sequence, ssrc, payloadBytes, byteLength, csrcCount, hasExtension, paddingBytes]).toEqual([0, 0, 0, 0, 0, false, 0])
  })

  it('writes a field into the packet and leaves the others (RFC 3550 §5.1)', () => {
    const packet = writeRtp({ ...FIELDS, marker: true })
    const view = readRtp(packet)!
    view.ssrc = 0xffff_ffff
    view.sequence = 0xfffe
    view.timestamp = 0x8000_0001
    view.payloadType = 127
    expect(hex(packet)).toBe('80fffffe80000001ffffffffd5d5')
    view.marker = false
    expect(view.payloadType).toBe(127)
    view.marker = true
    view.payloadType = 0
    expect(hex(packet)).toBe('8080fffe80000001ffffffffd5d5')
  })

  it.each([
    ['sequence', 65536],
    ['timestamp', -1],
    ['ssrc', 2 ** 32],
    ['payloadType', 128],
  ] as const)('does not write what %s cannot hold', (field, value) => {
    const view = readRtp(writeRtp(FIELDS))!
    expect(() => {
      view[field] = value
    }).toThrow(RangeError)
  })

  it('accepts every version but 2 never, every payload type with it (RFC 3550 §A.1)', () => {
    const packet = writeRtp(FIELDS)
    for (let first = 0; first < 256; first++) {
      packet[0] = first
      const fault = readRtp(packet) === undefined ? new RtpView().pointAt(packet) : undefined
      if (first >> 6 !== 2) expect(fault).toBe('version')
      else expect(fault).not.toBe('version')
    }
  })

  it('every fault has a clause and a sentence', () => {
    for (const { clause, means } of Object.values(FAULTS)) {
      expect(clause).toMatch(/^RFC \d+ §/)
      expect(means).toMatch(/\.$/)
    }
  })
})

describe('a builder', () => {
  it.each([
    ['payloadType', { payloadType: 128 }, RangeError],
    ['a report in disguise (RFC 3550 §A.1)', { payloadType: 72, marker: true }, RangeError],
    ['sequence', { sequence: -1 }, RangeError],
    ['half a sequence', { sequence: 0.5 }, TypeError],
    ['timestamp', { timestamp: 2 ** 32 }, RangeError],
    ['no timestamp', { timestamp: Number.NaN }, TypeError],
    ['ssrc', { ssrc: 2 ** 32 }, RangeError],
    ['sixteen sources (RFC 3550 §5.1)', { csrcs: Array.from({ length: 16 }, () => 1) }, RangeError],
    ['a source', { csrcs: [-1] }, RangeError],
    ['padding', { paddingBytes: 256 }, RangeError],
    ['a profile', { extension: { profile: 65536, data: new Uint8Array(4) } }, RangeError],
    ['half a word (RFC 3550 §5.3.1)', { extension: { profile: 1, data: new Uint8Array(2) } }, TypeError],
    ['too long an extension', { extension: { profile: 1, data: new Uint8Array(4 * 65536) } }, RangeError],
  ])('refuses %s', (_, change, error) => {
    expect(() => writeRtp({ ...FIELDS, ...change })).toThrow(error)
  })

  it('writes into a buffer that is there and says how much', () => {
    const buffer = new Uint8Array(40).fill(0xff)
    const length = writeRtpInto(buffer, 3, { ...FIELDS, paddingBytes: 3 })
    expect(hex(buffer.subarray(3, 3 + length))).toBe(hex(writeRtp({ ...FIELDS, paddingBytes: 3 })))
    expect(buffer[3 + length]).toBe(0xff)
    expect(() => writeRtpInto(buffer, 30, FIELDS)).toThrow(RangeError)
    expect(() => writeRtpInto(buffer, -1, FIELDS)).toThrow(RangeError)
  })
})

describe('header extensions', () => {
  it('with headers of one byte are filled to a word (RFC 8285 §4.2)', () => {
    const extension = oneByteExtension([
      { id: 1, data: Uint8Array.of(0xaa) },
      { id: 14, data: new Uint8Array(16).fill(0xbb) },
    ])
    expect(extension.profile).toBe(ONE_BYTE)
    expect(hex(extension.data)).toBe(`10aaef${'bb'.repeat(16)}00`)
    expect(elementsOf(readRtp(writeRtp({ ...FIELDS, extension }))!)).toEqual([
      [1, 'aa'],
      [14, 'bb'.repeat(16)],
    ])
  })

  it('with headers of two bytes may be empty or long, and carry application bits (RFC 8285 §4.3)', () => {
    const extension = twoByteExtension(
      [
        { id: 15, data: new Uint8Array(0) },
        { id: 255, data: new Uint8Array(255).fill(1) },
      ],
      15,
    )
    expect(extension.profile).toBe(TWO_BYTE | 15)
    expect(elementsOf(readRtp(writeRtp({ ...FIELDS, extension }))!)).toEqual([
      [15, ''],
      [255, '01'.repeat(255)],
    ])
  })

  it.each([0, 15, 256])('id %i is not for a header of one byte (RFC 8285 §4.2)', id => {
    expect(() => oneByteExtension([{ id, data: Uint8Array.of(1) }])).toThrow(RangeError)
  })

  it.each([0, 17])('%i bytes of data are not for a header of one byte (RFC 8285 §4.2)', length => {
    expect(() => oneByteExtension([{ id: 1, data: new Uint8Array(length) }])).toThrow(RangeError)
  })

  it('id 0 is padding, never an element (RFC 8285 §4.1.2)', () => {
    expect(() => twoByteExtension([{ id: 0, data: Uint8Array.of(1) }])).toThrow(RangeError)
    expect(() => twoByteExtension([{ id: 1, data: new Uint8Array(256) }])).toThrow(RangeError)
    expect(() => twoByteExtension([], 16)).toThrow(RangeError)
  })

  it('a packet without one has no elements, nor has one of another profile (RFC 8285 §4)', () => {
    expect(elementsOf(readRtp(writeRtp(FIELDS))!)).toEqual([])
    expect(elementsOf(readRtp(writeRtp({ ...FIELDS, extension: { profile: 0x2000, data: fromHex('10aa0000') } }))!)).toEqual([])
  })
})
