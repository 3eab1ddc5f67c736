/** What a receiver knows of one source: is it one, what is lost, how steadily it comes. RFC 3550 §6.4.1, §A.1, §A.3, §A.8. */
import type { ReportBlock, SenderInfo } from './layout/rtcp.ts'
import { ntpMiddle } from './ntp.ts'
import { timestampDistance } from './sequence.ts'

/** What the statistics need of a packet: an `RtpView` has it. */
export interface ArrivedPacket {
  /** 0 to 127. */
  readonly payloadType: number
  /** 16 bits. */
  readonly sequence: number
  /** 32 bits. */
  readonly timestamp: number
}

/** How a source is counted. */
export interface SourceOptions {
  /** Hz of the timestamps. */
  readonly clockRate: number
  /** Packets in sequence before a source is one: 2 as in RFC 3550 §A.1; 1 for a source that signalling vouches for. */
  readonly probation?: number
  /** Payload types whose timestamps stand still, as those of telephone events do: they say nothing of jitter. */
  readonly events?: readonly number[]
}

/**
 * What a packet was: not counted yet (`probation`), newer than all before (`ahead`), a duplicate or overtaken (`late`), so far off that
 * another must follow it before it counts (`stray`, not counted), or that other: the source began anew, and so do the figures (`restart`).
 */
export type Arrival = 'probation' | 'ahead' | 'late' | 'stray' | 'restart'

/** One SSRC. Time is an argument, in ms of any steady clock; nothing is allocated per packet. */
export class SourceStatistics {
  /** Hz of the timestamps. */
  readonly clockRate: number
  readonly #leastInRow: number
  readonly #events: readonly number[]
  #probation: number
  #begun = false
  #base = 0
  #highest = 0
  #cycles = 0
  #suspect = NO_SUSPECT
  #received = 0
  #expectedPrior = 0
  #receivedPrior = 0
  #jitter = 0
  #measuredType = NOT_MEASURED
  #measuredMs = 0
  #measuredTimestamp = 0
  #lastSr = 0
  #lastSrMs = 0

  constructor({ clockRate, probation = 2, events = [] }: SourceOptions) {
    if (!(clockRate > 0)) throw new RangeError(`clockRate is a number of Hz, not ${clockRate}`)
    if (!(Number.isInteger(probation) && probation > 0)) throw new RangeError(`probation is a number of packets, not ${probation}`)
    this.clockRate = clockRate
    this.#leastInRow = probation
    this.#probation = probation
    this.#events = events
  }

  /** A packet that came at `nowMs`. */
  receive(packet: ArrivedPacket, nowMs: number): Arrival {
    const arrival = this.#count(packet.sequence)
    if (arrival === 'restart') this.#measuredType = NOT_MEASURED
    if (arrival !== 'probation' && arrival !== 'stray') this.#measure(packet, nowMs)
    return arrival
  }

  /** Whether enough packets came in sequence: what comes before may be no RTP at all. RFC 3550 §A.1 */
  get isValid(): boolean {
    return this.#begun && this.#probation === 0
  }

  /** Packets that came since the source was valid, or began anew; duplicates and late ones count. */
  get received(): number {
    return this.#received
  }

  /** Packets that should have come: from the first to the highest sequence number. RFC 3550 §A.3 */
  get expected(): number {
    return this.isValid ? this.highestSequence - this.#base + 1 : 0
  }

  /** `expected` - `received`: below zero where there were more duplicates than losses. RFC 3550 §A.3 */
  get lost(): number {
    return this.expected - this.#received
  }

  /** Without wrap: 65536 more for each time around. RFC 3550 §6.4.1 */
  get highestSequence(): number {
    return this.#cycles + this.#highest
  }

  /** In timestamp units. RFC 3550 §A.8 */
  get jitter(): number {
    return this.#jitter
  }

  /** `jitter` by the clock rate. */
  get jitterMs(): number {
    return (this.#jitter * 1000) / this.clockRate
  }

  /** A sender report of this source came at `nowMs`: the next report blocks answer it. RFC 3550 §6.4.1 */
  hearSenderReport({ ntpSeconds, ntpFraction }: SenderInfo, nowMs: number): void {
    this.#lastSr = ntpMiddle({ seconds: ntpSeconds, fraction: ntpFraction })
    this.#lastSrMs = nowMs
  }

  /** What to tell the source `ssrc` about itself; `fractionLost` is since the call before. `undefined` while the source is not valid. */
  reportBlock(ssrc: number, nowMs: number): ReportBlock | undefined {
    if (!this.isValid) return undefined
    return {
      ssrc,
      fractionLost: this.#fractionLost(),
      cumulativeLost: Math.min(Math.max(this.lost, -0x80_0000), 0x7f_ffff),
      highestSequence: this.highestSequence % 2 ** 32,
      jitter: Math.floor(this.#jitter) % 2 ** 32,
      lastSr: this.#lastSr,
      delaySinceLastSr: this.#lastSr === 0 ? 0 : Math.min(Math.max(0, Math.round((nowMs - this.#lastSrMs) * 65.536)), 2 ** 32 - 1),
    }
  }

  /** RFC 3550 §A.1, `update_seq`. */
  #count(sequence: number): Arrival {
    if (!this.#begun) {
      this.#begun = true
      this.#highest = (sequence - 1) & 0xffff
    }
    if (this.#probation > 0) return this.#prove(sequence)
    const ahead = (sequence - this.#highest) & 0xffff
    if (ahead !== 0 && ahead < MAX_DROPOUT) {
      if (sequence < this.#highest) this.#cycles += SEQUENCES
      this.#highest = sequence
      this.#received += 1
      return 'ahead'
    }
    if (ahead !== 0 && ahead <= SEQUENCES - MAX_MISORDER) {
      if (sequence === this.#suspect) return this.#begin(sequence, 'restart')
      this.#suspect = (sequence + 1) & 0xffff
      return 'stray'
    }
    this.#received += 1
    return 'late'
  }

  #prove(sequence: number): Arrival {
    const isNext = sequence === ((this.#highest + 1) & 0xffff)
    this.#highest = sequence
    this.#probation = isNext ? this.#probation - 1 : Math.max(1, this.#leastInRow - 1)
    return this.#probation === 0 ? this.#begin(sequence, 'ahead') : 'probation'
  }

  /** RFC 3550 §A.1, `init_seq`. */
  #begin(sequence: number, arrival: Arrival): Arrival {
    this.#base = sequence
    this.#highest = sequence
    this.#cycles = 0
    this.#suspect = NO_SUSPECT
    this.#received = 1
    this.#expectedPrior = 0
    this.#receivedPrior = 0
    return arrival
  }

  /**
   * RFC 3550 §A.8, between packets of one payload type only: another may have another clock (RFC 3551 §4.1).
   * Deviation: a change of a second and more is a timestamp that jumped, as after hold, and not counted as jitter (RFC 3550 §A.8 counts it).
   */
  #measure({ payloadType, timestamp }: ArrivedPacket, nowMs: number): void {
    if (this.#events.includes(payloadType)) return
    if (payloadType === this.#measuredType) {
      const elapsed = ((nowMs - this.#measuredMs) * this.clockRate) / 1000
      const change = Math.abs(elapsed - timestampDistance(this.#measuredTimestamp, timestamp))
      if (change < this.clockRate) this.#jitter += (change - this.#jitter) / 16
    }
    this.#measuredType = payloadType
    this.#measuredMs = nowMs
    this.#measuredTimestamp = timestamp
  }

  /** RFC 3550 §A.3 */
  #fractionLost(): number {
    const expected = this.expected - this.#expectedPrior
    const lost = expected - (this.#received - this.#receivedPrior)
    this.#expectedPrior = this.expected
    this.#receivedPrior = this.#received
    return expected <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expected))
  }
}

const SEQUENCES = 1 << 16
/** A jump of up to a minute at 50 packets/s is loss; more is another stream. RFC 3550 §A.1 */
const MAX_DROPOUT = 3000
const MAX_MISORDER = 100
const NO_SUSPECT: number = SEQUENCES + 1
const NOT_MEASURED = -1
