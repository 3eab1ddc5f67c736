/** What one party hears: packets, losses, jitter, and the frequency of the tone. RFC 3550 §6.4.1, §A.1, §A.3, §A.8. */
import { fromALaw } from './a-law.ts'
import { pitchOf } from './pitch.ts'
import { type RtpPacket, readRtp } from './rtp.ts'
import { PACKET_SAMPLES, SAMPLE_RATE } from './tone.ts'

export interface Heard {
  /** Frequency of most of what was heard; null where there was no pure tone. */
  readonly hz: number | null
  readonly packets: number
  /** By sequence number; what is lost after the last packet nobody can know. */
  readonly lost: number
  readonly jitterMs: number
}

export class Ear {
  #packets = 0
  /** Lost in streams that have ended: a new SSRC begins a new one. */
  #lostBefore = 0
  #stream: Stream | undefined
  #window: number[] = []
  readonly #pitches: (number | undefined)[] = []

  /** A datagram that arrived at `now`, in ms. What is no RTP is ignored. */
  hear(now: number, datagram: Uint8Array): void {
    const packet = readRtp(datagram)
    if (packet === undefined) return
    this.#packets += 1
    if (this.#stream?.ssrc !== packet.ssrc) {
      this.#lostBefore += this.#stream?.lost ?? 0
      this.#stream = new Stream(packet)
      this.#window = []
    }
    const inOrder = this.#stream.take(now, packet)
    if (packet.payloadType === PCMA) this.#listen(packet.payload, inOrder)
  }

  /** So far. */
  heard(): Heard {
    return {
      hz: this.#hz(),
      packets: this.#packets,
      lost: this.#lostBefore + (this.#stream?.lost ?? 0),
      jitterMs: this.#stream?.jitterMs ?? 0,
    }
  }

  #listen(payload: Uint8Array, inOrder: boolean): void {
    if (!inOrder) this.#window = []
    for (const byte of payload) this.#window.push(fromALaw(byte))
    if (this.#window.length < WINDOW_SAMPLES || this.#pitches.length >= MOST_WINDOWS) return
    this.#pitches.push(pitchOf(this.#window))
    this.#window = []
  }

  /** The median of the windows with a tone, when these are the most. */
  #hz(): number | null {
    const tones = this.#pitches.filter(pitch => pitch !== undefined).sort((a, b) => a - b)
    if (tones.length === 0 || tones.length * 2 < this.#pitches.length) return null
    return Math.round(tones[tones.length >> 1]! * 10) / 10
  }
}

/** One SSRC. */
class Stream {
  readonly ssrc: number
  readonly #base: number
  #highest: number
  #received = 0
  /** Of the packet before, in samples. */
  #transit: number | undefined
  #jitter = 0

  constructor({ ssrc, sequence }: RtpPacket) {
    this.ssrc = ssrc
    this.#base = sequence
    this.#highest = sequence - 1
  }

  get lost(): number {
    return Math.max(0, this.#highest - this.#base + 1 - this.#received)
  }

  get jitterMs(): number {
    return Math.round((this.#jitter * 10_000) / SAMPLE_RATE) / 10
  }

  /** Whether it is the next one. */
  take(now: number, { sequence, timestamp }: RtpPacket): boolean {
    this.#received += 1
    const ahead = ((sequence - this.#highest + 0x8000) & 0xffff) - 0x8000
    if (ahead > 0) this.#highest += ahead
    const transit = (now * SAMPLE_RATE) / 1000 - timestamp
    const change = Math.abs(transit - (this.#transit ?? transit))
    // A clock that went round, or a timestamp that jumped, says nothing about the network.
    if (change < SAMPLE_RATE) this.#jitter += (change - this.#jitter) / 16
    this.#transit = transit
    return ahead === 1
  }
}

const PCMA = 8
/** 100 ms. */
const WINDOW_SAMPLES = 5 * PACKET_SAMPLES
/** One hour: more is not kept. */
const MOST_WINDOWS = 36_000
