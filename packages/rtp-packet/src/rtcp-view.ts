/** The packets of an RTCP datagram, one after another, in place. RFC 3550 §6.1, §A.2, RFC 5506 §3.4. */
import { u16, u32 } from './bytes.ts'
import type { Fault } from './faults.ts'

/**
 * What a datagram must be: `compound` begins with a report (RFC 3550 §6.1), `reduced-size` with any packet, which both sides must have
 * agreed to with `a=rtcp-rsize` (RFC 5506 §5).
 */
export type RtcpRules = 'compound' | 'reduced-size'

/**
 * A cursor over the packets of a datagram, which it checks first, all of them. Nothing is copied or allocated.
 *
 *     0                   1                   2                   3
 *    +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *    |V=2|P|  count  |   packet type |    length in words, minus one |
 */
export class RtcpView {
  #bytes: Uint8Array = NOTHING
  #end = 0
  #offset = 0
  #next = 0

  /**
   * Looks at the datagram of `length` bytes at `offset`: `undefined` when its packets are in order, and the view is at the first; else what
   * is wrong, and the view stays where it was. RFC 3550 §A.2
   */
  pointAt(bytes: Uint8Array, offset: number = 0, length: number = bytes.length - offset, rules: RtcpRules = 'compound'): Fault | undefined {
    const end = offset + length
    const fault = end > bytes.length ? 'short' : faultOf(bytes, offset, end, rules)
    if (fault !== undefined) return fault
    this.#bytes = bytes
    this.#end = end
    this.#begin(offset)
    return undefined
  }

  /** Goes to the next packet; false, and nothing moves, at the last. */
  next(): boolean {
    if (this.#next >= this.#end) return false
    this.#begin(this.#next)
    return true
  }

  /** The buffer. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Where this packet begins in it. */
  get offset(): number {
    return this.#offset
  }

  /** Of this packet, padding included. */
  get byteLength(): number {
    return this.#next - this.#offset
  }

  /** 192 to 223: `RTCP.SR` and others. */
  get type(): number {
    return this.#bytes[this.#offset + 1]!
  }

  /** How many reports or sources, or which subtype or format: 0 to 31. */
  get count(): number {
    return this.#bytes[this.#offset]! & 0x1f
  }

  /** The first word behind the header: in all packets but SDES who speaks. 0 where there is none. */
  get ssrc(): number {
    return this.bodyEnd - this.bodyOffset < 4 ? 0 : u32(this.#bytes, this.#offset + HEADER_BYTES)
  }

  /** Where what follows the common header begins. */
  get bodyOffset(): number {
    return this.#offset + HEADER_BYTES
  }

  /** Where it ends, padding left out. */
  get bodyEnd(): number {
    return this.#next - this.paddingBytes
  }

  /** 0 to 252, the byte that counts them included. */
  get paddingBytes(): number {
    return (this.#bytes[this.#offset]! & PADDING) === 0 ? 0 : this.#bytes[this.#next - 1]!
  }

  #begin(offset: number): void {
    this.#offset = offset
    this.#next = offset + lengthAt(this.#bytes, offset)
  }
}

/** RFC 3550 §A.2, packet by packet. */
function faultOf(bytes: Uint8Array, offset: number, end: number, rules: RtcpRules): Fault | undefined {
  if (end - offset < HEADER_BYTES) return 'short'
  for (let at = offset; at < end; at += lengthAt(bytes, at)) {
    const fault = faultAt(bytes, at, offset, end)
    if (fault !== undefined) return fault
  }
  const first = bytes[offset + 1]!
  return rules === 'compound' && first !== SR && first !== RR ? 'first-type' : undefined
}

function faultAt(bytes: Uint8Array, at: number, offset: number, end: number): Fault | undefined {
  if (end - at < HEADER_BYTES) return 'length'
  const head = bytes[at]!
  const next = at + lengthAt(bytes, at)
  if (head >> 6 !== 2) return 'version'
  if (bytes[at + 1]! < LEAST_TYPE || bytes[at + 1]! > MOST_TYPE) return 'type'
  if (next > end) return 'length'
  if ((head & PADDING) === 0) return undefined
  if (next < end) return at === offset ? 'first-padding' : 'padding'
  return isPadding(bytes[next - 1]!, next - at) ? undefined : 'padding'
}

/** A multiple of four, and not longer than what it pads. RFC 3550 §6.4.1 */
function isPadding(padding: number, packetBytes: number): boolean {
  return padding > 0 && padding % 4 === 0 && padding <= packetBytes - HEADER_BYTES
}

function lengthAt(bytes: Uint8Array, at: number): number {
  return 4 * (u16(bytes, at + 2) + 1)
}

const HEADER_BYTES = 4
const PADDING = 0x20
const SR = 200
const RR = 201
const LEAST_TYPE = 192
const MOST_TYPE = 223
const NOTHING: Uint8Array = new Uint8Array(HEADER_BYTES)
