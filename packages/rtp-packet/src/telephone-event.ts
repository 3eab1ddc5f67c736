/** Telephone events, DTMF among them: their payload in place, and the packets of one key press. RFC 4733 §2.3, §2.5.1. */
import { checkInteger, u16 } from './bytes.ts'
import { writeFields } from './layout/fields.ts'
import { TELEPHONE_EVENT } from './layout/rtp.ts'
import type { RtpView } from './rtp-view.ts'

/**
 * The payload of an event in somebody's buffer; allocates nothing.
 *
 *     0                   1                   2                   3
 *    |     event     |E|R| volume    |          duration             |
 */
export class TelephoneEventView {
  #bytes: Uint8Array = NOTHING
  #at = 0

  /** False, and the view stays where it was, when the payload is too short. That its payload type is that of events is yours to see. */
  pointAt(packet: RtpView): boolean {
    if (packet.payloadBytes < EVENT_BYTES) return false
    this.#bytes = packet.bytes
    this.#at = packet.payloadOffset
    return true
  }

  /** 0 to 15 are keys, 16 is a flash hook. */
  get event(): number {
    return this.#bytes[this.#at]!
  }

  /** The key, `0123456789*#ABCD`, or `undefined` for an event that is none. RFC 4733 §3.2 */
  get key(): string | undefined {
    return KEYS[this.event]
  }

  /** The event is over, after `duration`. */
  get end(): boolean {
    return this.#bytes[this.#at + 1]! > 0x7f
  }

  /** dBm0 without its sign: 0 to 63. */
  get volume(): number {
    return this.#bytes[this.#at + 1]! & 0x3f
  }

  /** In timestamp units since the packet's timestamp; 0 is an event that is known to last and has no length (RFC 4733 §2.3.5). */
  get duration(): number {
    return u16(this.#bytes, this.#at + 2)
  }
}

/** An event to be written. */
export interface TelephoneEvent {
  /** 0 to 255. */
  readonly event: number
  /** The event is over. */
  readonly end: boolean
  /** dBm0 without its sign: 0 to 63. */
  readonly volume: number
  /** In timestamp units: 0 to 65535. */
  readonly duration: number
}

/** The payload of one packet: four bytes. @throws TypeError or RangeError for a value that a field cannot hold */
export function writeTelephoneEvent({ event, end, volume, duration }: TelephoneEvent): Uint8Array {
  const bytes = new Uint8Array(EVENT_BYTES)
  writeFields(TELEPHONE_EVENT, bytes, 0, { event, end: end ? 1 : 0, volume, duration })
  return bytes
}

/** @throws RangeError for what is no key of `0123456789*#ABCD` */
export function eventOfKey(key: string): number {
  const event = key.length === 1 ? KEYS.indexOf(key.toUpperCase()) : -1
  if (event < 0) throw new RangeError(`a key is one of ${KEYS}, not ${JSON.stringify(key)}`)
  return event
}

/** A key that is held. */
export interface KeyPress {
  /** One of `0123456789*#ABCD`. */
  readonly key: string
  /** How long it is held. */
  readonly durationMs: number
  /** Hz; default 8000. */
  readonly clockRate?: number
  /** Between updates; default 50 ms. */
  readonly intervalMs?: number
  /** dBm0 without its sign; default 10. */
  readonly volume?: number
}

/** One packet of a key press, to be sent with the next sequence number. */
export interface KeyPressPacket {
  /** When to send it, after the key went down. */
  readonly afterMs: number
  /** True in the first. */
  readonly marker: boolean
  /** To be added to the timestamp of the moment when the key went down. */
  readonly timestampOffset: number
  /** Four bytes. */
  readonly payload: Uint8Array
}

/**
 * The packets of a key press: the first with the marker, updates with the same timestamp and a growing duration, and the last three times;
 * longer than 65535 units is cut into segments, whose timestamps go on. RFC 4733 §2.5.1.2, §2.5.1.3, §2.5.1.4
 * @throws RangeError for what is no key and lengths that are not above 0
 */
export function keyPressPackets({ key, durationMs, clockRate = 8000, intervalMs = 50, volume = 10 }: KeyPress): KeyPressPacket[] {
  if (!(durationMs > 0 && intervalMs > 0 && clockRate > 0)) throw new RangeError('durationMs, intervalMs and clockRate are above 0')
  const event = eventOfKey(key)
  checkInteger('volume', volume, 0, 63)
  const total = Math.max(1, Math.round((durationMs * clockRate) / 1000))
  const step = Math.max(1, Math.round((intervalMs * clockRate) / 1000))
  const packets: KeyPressPacket[] = []
  const send = (at: number, from: number, end: boolean): void => {
    const payload = writeTelephoneEvent({ event, end, volume, duration: at - from })
    packets.push({ afterMs: (at * 1000) / clockRate, marker: packets.length === 0, timestampOffset: from, payload })
  }
  let segment = 0
  for (let at = Math.min(step, total); at < total; at += step) {
    for (; at - segment > MOST_DURATION; segment += MOST_DURATION) send(segment + MOST_DURATION, segment, false)
    send(at, segment, false)
  }
  for (; total - segment > MOST_DURATION; segment += MOST_DURATION) send(segment + MOST_DURATION, segment, false)
  for (let times = 0; times < END_PACKETS; times++) send(total, segment, true)
  return packets
}

const EVENT_BYTES = 4
const KEYS = '0123456789*#ABCD'
const MOST_DURATION = 0xffff
const END_PACKETS = 3
const NOTHING: Uint8Array = new Uint8Array(EVENT_BYTES)
