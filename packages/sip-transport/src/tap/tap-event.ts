/** One message as it is on the wire, shown to whoever looks on, with the way it took and both clocks. RFC 3261 §7, §18. */
import { CallId, parse } from '@strowger/sip-parser'
import type { Hop, Millis } from '@strowger/sip-transaction'

/** Which call of the platform a SIP Call-ID belongs to, where somebody has said so. */
export interface CallOf {
  of(sipCallId: string): string | undefined
}

/** `bytes` is the endpoint's own memory, not a copy: valid only during the call, and not to be written. */
export class TapEvent {
  /** `out`: ours. */
  readonly direction: 'in' | 'out'
  /** The whole message; what cannot be read as well, of a stream no more than a message may have. */
  readonly bytes: Uint8Array
  /** Its flow: transport, our address (`local`) and theirs (`remote`). A response over UDP may go to `reply` instead (RFC 3581 §4). */
  readonly hop: Hop
  /** On the endpoint's monotonic clock, ms. */
  readonly time: Millis
  /** UTC, ms with a fraction. */
  readonly wall: Millis
  readonly #calls: CallOf
  #callId: string | undefined

  constructor(direction: 'in' | 'out', bytes: Uint8Array, hop: Hop, time: Millis, wall: Millis, calls: CallOf) {
    this.direction = direction
    this.bytes = bytes
    this.hop = hop
    this.time = time
    this.wall = wall
    this.#calls = calls
  }

  /** Its SIP Call-ID, read when asked for; empty where there is none. */
  get callId(): string {
    if (this.#callId === undefined) {
      const message = parse(this.bytes)
      this.#callId = message.kind === 'malformed' ? '' : (message.headers.get(CallId) ?? '')
    }
    return this.#callId
  }

  /** The platform's own id of the call, the same on every leg, once it is known: not yet with the very first request of a call. */
  get call(): string | undefined {
    return this.#calls.of(this.callId)
  }
}
