/** Reads the counters that packet threads write (native/relay/counters.h has the same order). No native call. RFC 3550 §6.4.1. */

/** What was received from one party on one stream. */
export interface StreamStats {
  /** RTP packets received from the party. */
  readonly packets: number
  /** Payload bytes of RTP received from the party. */
  readonly bytes: number
  /** From sequence numbers (RFC 3550 §6.4.1, §A.3). */
  readonly lost: number
  /** Milliseconds (RFC 3550 §A.8, divided by the clock rate). */
  readonly jitterMs: number
  /** UTC ms of the last RTP packet; 0 before the first. */
  readonly lastPacket: number
  /** RTCP packets received. */
  readonly rtcpPackets: number
  /** Payload bytes of RTCP received. */
  readonly rtcpBytes: number
  /** From somebody else: dropped. */
  readonly foreign: number
  /** Neither RTP nor RTCP, or too large: dropped. */
  readonly malformed: number
  /** Could not be sent on: nowhere to send to, or refused by the kernel. */
  readonly unsent: number
  /** Of the last source heard (RFC 3550 §5.1). */
  readonly ssrc: number
  /** What was sent to the party. */
  readonly sentPackets: number
  /** RTP payload bytes sent to the party. */
  readonly sentBytes: number
  /** Milliseconds to the party and back, by its last answer to a sender report (RFC 3550 §6.4.1); 0 before the first. */
  readonly roundTripMs: number
  /** Telephone events that ended (RFC 4733). */
  readonly events: number
}

/** What was counted in an earlier life of a stream, and since. */
export function added(before: StreamStats, since: StreamStats): StreamStats {
  const now = since.packets > 0 ? since : before
  return {
    packets: before.packets + since.packets,
    bytes: before.bytes + since.bytes,
    lost: before.lost + since.lost,
    // Not measured while the kernel forwards.
    jitterMs: since.jitterMs > 0 ? since.jitterMs : before.jitterMs,
    lastPacket: now.lastPacket,
    rtcpPackets: before.rtcpPackets + since.rtcpPackets,
    rtcpBytes: before.rtcpBytes + since.rtcpBytes,
    foreign: before.foreign + since.foreign,
    malformed: before.malformed + since.malformed,
    unsent: before.unsent + since.unsent,
    ssrc: now.ssrc,
    sentPackets: before.sentPackets + since.sentPackets,
    sentBytes: before.sentBytes + since.sentBytes,
    roundTripMs: since.roundTripMs > 0 ? since.roundTripMs : before.roundTripMs,
    events: before.events + since.events,
  }
}

export interface ThreadTotals {
  readonly packets: number
  readonly bytes: number
  readonly foreign: number
}

export class Counters {
  readonly #block: Float64Array
  readonly #threads: number

  constructor(block: ArrayBuffer, threads: number) {
    this.#block = new Float64Array(block)
    this.#threads = threads
  }

  ofStream(stream: number): StreamStats {
    const at = (this.#threads + stream) * FIELDS
    const read = (field: number): number => this.#block[at + field]!
    return {
      packets: read(FIELD.packets),
      bytes: read(FIELD.bytes),
      lost: read(FIELD.lost),
      jitterMs: read(FIELD.jitterMs),
      lastPacket: read(FIELD.lastPacket),
      rtcpPackets: read(FIELD.rtcpPackets),
      rtcpBytes: read(FIELD.rtcpBytes),
      foreign: read(FIELD.foreign),
      malformed: read(FIELD.malformed),
      unsent: read(FIELD.unsent),
      ssrc: read(FIELD.ssrc),
      sentPackets: read(FIELD.sentPackets),
      sentBytes: read(FIELD.sentBytes),
      roundTripMs: read(FIELD.roundTripMs),
      events: read(FIELD.events),
    }
  }

  /** Nothing was counted yet. */
  isZero(stream: number): boolean {
    const at = (this.#threads + stream) * FIELDS
    for (let field = 0; field < FIELDS; field++) if (this.#block[at + field] !== 0) return false
    return true
  }

  /** Since the start, of all threads. */
  totals(): ThreadTotals {
    const sum = { packets: 0, bytes: 0, foreign: 0 }
    for (let thread = 0; thread < this.#threads; thread++) {
      sum.packets += this.#block[thread * FIELDS + FIELD.packets]!
      sum.bytes += this.#block[thread * FIELDS + FIELD.bytes]!
      sum.foreign += this.#block[thread * FIELDS + FIELD.foreign]!
    }
    return sum
  }
}

const FIELDS = 16
const FIELD = {
  packets: 0,
  bytes: 1,
  lost: 2,
  jitterMs: 3,
  lastPacket: 4,
  rtcpPackets: 5,
  rtcpBytes: 6,
  foreign: 7,
  malformed: 8,
  unsent: 9,
  ssrc: 10,
  sentPackets: 11,
  sentBytes: 12,
  roundTripMs: 13,
  events: 14,
} as const
