/** A sine tone in A-law, 20 ms at a time, without a click between two packets. RFC 3551 §4.5.14. */
import { toALaw } from './a-law.ts'

/** Samples per second of G.711, and in one packet. RFC 3551 §4.5.14, §4.2. */
export const SAMPLE_RATE = 8000
export const PACKET_SAMPLES = 160

export class Tone {
  readonly #step: number
  #phase = 0

  constructor(hz: number) {
    this.#step = (2 * Math.PI * hz) / SAMPLE_RATE
  }

  next(): Uint8Array {
    const bytes = new Uint8Array(PACKET_SAMPLES)
    for (let i = 0; i < PACKET_SAMPLES; i++) {
      bytes[i] = toALaw(Math.round(AMPLITUDE * Math.sin(this.#phase)))
      this.#phase = (this.#phase + this.#step) % (2 * Math.PI)
    }
    return bytes
  }
}

/** 12 dB below full scale: comfortable in an ear. */
const AMPLITUDE = 8192
