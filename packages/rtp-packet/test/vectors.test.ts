/** Packets made by hand from the figures read as they should, and are written back to the same bytes. RFC 3550, 3611, 4585, 5104, 8285. */
import { readVectorFile } from '@strowger/testkit'
import { describe, expect, it } from 'vitest'
import { type RtcpPacket, RtpView, readRtcp, writeReducedSize, writeRtp } from '../src/index.ts'
import { hex, plain, plainRtp } from './plain.ts'

const vectorsOf = (name: string) => readVectorFile(new URL(`./vectors/${name}.md`, import.meta.url))

describe('RTP', () => {
  it.each(vectorsOf('rtp'))('$title', ({ bytes, json, error }) => {
    const view = new RtpView()
    const fault = view.pointAt(bytes)
    expect(fault).toBe(error)
    if (error === undefined) expect(plainRtp(view)).toEqual(json)
  })

  it.each(vectorsOf('rtp').filter(({ error }) => error === undefined))('writes again: $title', ({ bytes }) => {
    const view = new RtpView()
    view.pointAt(bytes)
    const csrcs = Array.from({ length: view.csrcCount }, (_, index) => view.csrc(index))
    const { payloadType, marker, sequence, timestamp, ssrc, payload, paddingBytes } = view
    const extension = view.hasExtension ? { extension: { profile: view.extensionProfile, data: view.extension } } : {}
    expect(hex(writeRtp({ payloadType, marker, sequence, timestamp, ssrc, csrcs, payload, paddingBytes, ...extension }))).toBe(hex(bytes))
  })
})

describe.each([
  ['rtcp', 'compound'],
  ['feedback', 'reduced-size'],
  ['extended', 'reduced-size'],
] as const)('RTCP, %s', (file, rules) => {
  it.each(vectorsOf(file))('$title', ({ bytes, json, error }) => {
    const read = readRtcp(bytes, rules)
    if (error === undefined) expect(read.kind === 'rtcp' ? plain(read.packets) : read).toEqual(json)
    else expect(read).toMatchObject({ kind: 'malformed', code: error })
  })

  it.each(vectorsOf(file).filter(({ error }) => error === undefined))('writes again: $title', ({ title, bytes }) => {
    const read = readRtcp(bytes, rules)
    const packets: readonly RtcpPacket[] = read.kind === 'rtcp' ? read.packets : []
    const paddingBytes = title.startsWith('Padding') ? 8 : 0
    expect(hex(writeReducedSize(packets, paddingBytes))).toBe(hex(bytes))
  })
})
