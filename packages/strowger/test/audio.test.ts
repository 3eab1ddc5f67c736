import { writeRtp } from '@strowger/rtp-packet'
import { describe, expect, test } from 'vitest'
import { fromALaw, toALaw } from '../src/audio/a-law.ts'
import { Ear } from '../src/audio/ear.ts'
import { pitchOf } from '../src/audio/pitch.ts'
import { Tone } from '../src/audio/tone.ts'

const packet = (sequence: number, payload: Uint8Array, ssrc = 7): Uint8Array =>
  writeRtp({ payloadType: 8, marker: false, sequence, timestamp: sequence * 160, ssrc, payload })

/** `count` packets of a tone, each 20 ms after the one before; `skip` never arrive. */
function play(
  ear: Ear,
  hz: number,
  count: number,
  { skip = [] as number[], from = 0, lateMs = (() => 0) as (i: number) => number } = {},
): void {
  const tone = new Tone(hz)
  for (let i = 0; i < count; i++) {
    const payload = tone.next()
    if (!skip.includes(i)) ear.hear(i * 20 + lateMs(i), packet((from + i) & 0xffff, payload))
  }
}

describe('A-law (ITU-T G.711)', () => {
  test('known values', () => {
    expect([0, -1, 8, 32_767, -32_768].map(toALaw)).toEqual([0xd5, 0x55, 0xd5, 0xaa, 0x2a])
    expect([0xd5, 0x55, 0xaa, 0x2a].map(fromALaw)).toEqual([8, -8, 32_256, -32_256])
  })

  test('every byte is the code of its own sample', () => {
    for (let byte = 0; byte < 256; byte++) expect(toALaw(fromALaw(byte))).toBe(byte)
  })
})

describe('the pitch of a sound', () => {
  const sine = (hz: number, amplitude = 8000): number[] =>
    Array.from({ length: 800 }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / 8000))

  test.each([100, 440, 660, 880, 3000])('%d Hz', hz => {
    expect(Math.abs((pitchOf(sine(hz)) ?? 0) - hz)).toBeLessThan(1)
  })

  test('silence, a whisper, two tones and noise have none', () => {
    expect(pitchOf(new Array(800).fill(0))).toBeUndefined()
    expect(pitchOf(sine(440, 100))).toBeUndefined()
    expect(pitchOf(sine(440).map((sample, i) => sample + sine(930)[i]!))).toBeUndefined()
    let seed = 1
    const noise = Array.from({ length: 800 }, () => {
      seed = (seed * 48_271) % 2_147_483_647
      return (seed / 2_147_483_647 - 0.5) * 16_000
    })
    expect(pitchOf(noise)).toBeUndefined()
  })
})

describe('an ear', () => {
  test('hears the tone of a stream without losses or jitter', () => {
    const ear = new Ear()
    play(ear, 440, 100)
    const { hz, ...rest } = ear.heard()
    expect(Math.abs((hz ?? 0) - 440)).toBeLessThan(1)
    expect(rest).toEqual({ packets: 100, lost: 0, jitterMs: 0 })
  })

  test('counts losses over the turn of the sequence number, and hears on (RFC 3550 §A.3)', () => {
    const ear = new Ear()
    play(ear, 880, 100, { from: 65_500, skip: [10, 35, 36] })
    expect(ear.heard()).toMatchObject({ packets: 97, lost: 3 })
    expect(Math.abs((ear.heard().hz ?? 0) - 880)).toBeLessThan(1)
  })

  test('measures jitter (RFC 3550 §6.4.1)', () => {
    const ear = new Ear()
    play(ear, 440, 400, { lateMs: i => (i % 2) * 5 })
    expect(ear.heard().jitterMs).toBeCloseTo(5, 0)
  })

  test('a new source is a new stream, whose number says nothing of losses', () => {
    const ear = new Ear()
    play(ear, 440, 10, { skip: [3] })
    ear.hear(1000, packet(40_000, new Tone(440).next(), 8))
    expect(ear.heard()).toMatchObject({ packets: 10, lost: 1 })
  })

  test('what is lost before the numbers jump stays lost, and the tone is heard on (RFC 3550 §A.1)', () => {
    const ear = new Ear()
    play(ear, 440, 100, { skip: [3, 4] })
    play(ear, 440, 100, { from: 30_000 })
    expect(ear.heard()).toMatchObject({ packets: 198, lost: 2 })
    expect(Math.abs((ear.heard().hz ?? 0) - 440)).toBeLessThan(1)
  })

  test('in silence, and from what is no RTP, there is no tone', () => {
    const ear = new Ear()
    ear.hear(0, Uint8Array.of(1, 2, 3))
    for (let i = 0; i < 50; i++) ear.hear(i * 20, packet(i, new Uint8Array(160).fill(0xd5)))
    expect(ear.heard()).toEqual({ hz: null, packets: 50, lost: 0, jitterMs: 0 })
  })
})
