/** Sender information and report blocks, read in place. RFC 3550 §6.4.1, §6.4.2. */
import { u32 } from './bytes.ts'
import type { ReportBlock, SenderInfo } from './layout/rtcp.ts'
import type { RtcpView } from './rtcp-view.ts'

/**
 * What a sender says of its stream; allocates nothing.
 *
 *    |              NTP timestamp, seconds since 1900                |
 *    |              NTP timestamp, fraction                          |
 *    |                         RTP timestamp                         |
 *    |                     sender's packet count                     |
 *    |                      sender's octet count                     |
 */
export class SenderInfoView implements SenderInfo {
  #bytes: Uint8Array = NOTHING
  #at = 0

  /** False, and the view stays where it was, when the packet is no sender report. */
  pointAt(packet: RtcpView): boolean {
    if (packet.type !== SR || packet.bodyEnd - packet.bodyOffset < SSRC_BYTES + INFO_BYTES) return false
    this.#bytes = packet.bytes
    this.#at = packet.bodyOffset + SSRC_BYTES
    return true
  }

  /** Since 1900. */
  get ntpSeconds(): number {
    return u32(this.#bytes, this.#at)
  }

  /** Of 2^32. */
  get ntpFraction(): number {
    return u32(this.#bytes, this.#at + 4)
  }

  /** The same moment on the clock of its RTP timestamps. */
  get rtpTimestamp(): number {
    return u32(this.#bytes, this.#at + 8)
  }

  /** Packets sent so far. */
  get packetCount(): number {
    return u32(this.#bytes, this.#at + 12)
  }

  /** Bytes of payload sent so far. */
  get octetCount(): number {
    return u32(this.#bytes, this.#at + 16)
  }
}

/**
 * What a receiver says of one source; allocates nothing.
 *
 *    |                      SSRC of the source                       |
 *    | fraction lost |       cumulative number of packets lost       |
 *    |           extended highest sequence number received           |
 *    |                      interarrival jitter                      |
 *    |                         last SR (LSR)                         |
 *    |                   delay since last SR (DLSR)                  |
 */
export class ReportBlockView implements ReportBlock {
  #bytes: Uint8Array = NOTHING
  #at = 0

  /** False, and the view stays where it was, when the packet is no report or has no such block; `index` is below `packet.count`. */
  pointAt(packet: RtcpView, index: number): boolean {
    const { type } = packet
    if ((type !== SR && type !== RR) || !(index >= 0 && index < packet.count)) return false
    const at = packet.bodyOffset + SSRC_BYTES + (type === SR ? INFO_BYTES : 0) + index * BLOCK_BYTES
    if (at + BLOCK_BYTES > packet.bodyEnd) return false
    this.#bytes = packet.bytes
    this.#at = at
    return true
  }

  /** The source. */
  get ssrc(): number {
    return u32(this.#bytes, this.#at)
  }

  /** Of the packets since the report before: 256 would be all. */
  get fractionLost(): number {
    return this.#bytes[this.#at + 4]!
  }

  /** Since the beginning; below zero when there were more duplicates. */
  get cumulativeLost(): number {
    return (u32(this.#bytes, this.#at + 4) << 8) >> 8
  }

  /** Extended: the high half counts wraps. */
  get highestSequence(): number {
    return u32(this.#bytes, this.#at + 8)
  }

  /** In timestamp units. */
  get jitter(): number {
    return u32(this.#bytes, this.#at + 12)
  }

  /** The middle 32 bits of the NTP time of the last sender report, 0 when there was none. */
  get lastSr(): number {
    return u32(this.#bytes, this.#at + 16)
  }

  /** Since that came, in 1/65536 s. */
  get delaySinceLastSr(): number {
    return u32(this.#bytes, this.#at + 20)
  }
}

const SR = 200
const RR = 201
const SSRC_BYTES = 4
const INFO_BYTES = 20
const BLOCK_BYTES = 24
const NOTHING: Uint8Array = new Uint8Array(BLOCK_BYTES)
