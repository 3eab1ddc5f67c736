/** What one party hears: packets, losses, jitter, and the frequency of the tone. RFC 3550 §6.4.1, §A.1, §A.3, §A.8. */
import { RtpView, SourceStatistics } from '@strowger/rtp-packet'
import { fromALaw } from './a-law.ts'
import { pitchOf } from './pitch.ts'
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
  readonly #packet: RtpView = new RtpView()
  #packets = 0
  /** Lost in streams that have ended: a new SSRC begins a new one, and so does one that jumps. */
  #lostBefore = 0
  #source: SourceStatistics = newSource()
  #ssrc: number | undefined
  #window: number[] = []
  readonly #pitches: (number | undefined)[] = []

  /** A datagram that arrived at `now`, in ms. What is no RTP is ignored. */
  hear(now: number, datagram: Uint8Array): void {
    const packet = this.#packet
    if (packet.pointAt(datagram) !== undefined) return
    this.#packets += 1
    const isNew = packet.ssrc !== this.#ssrc
    const lost = this.#lost
    const next = this.#source.highestSequence + 1
    if (isNew) this.#source = newSource()
    this.#ssrc = packet.ssrc
    const arrival = this.#source.receive(packet, now)
    if (isNew || arrival === 'restart') this.#lostBefore += lost
    if (packet.payloadType === PCMA) this.#listen(packet.payload, !isNew && this.#source.highestSequence === next)
  }

  /** So far. */
  heard(): Heard {
    return {
      hz: this.#hz(),
      packets: this.#packets,
      lost: this.#lostBefore + this.#lost,
      jitterMs: Math.round(this.#source.jitterMs * 10) / 10,
    }
  }

  /** In this stream; duplicates do not make it negative. */
  get #lost(): number {
    return Math.max(0, this.#source.lost)
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

/** Signalling vouches for it, so its first packet counts. */
function newSource(): SourceStatistics {
  return new SourceStatistics({ clockRate: SAMPLE_RATE, probation: 1 })
}

const PCMA = 8
/** 100 ms. */
const WINDOW_SAMPLES = 5 * PACKET_SAMPLES
/** One hour: more is not kept. */
const MOST_WINDOWS = 36_000
