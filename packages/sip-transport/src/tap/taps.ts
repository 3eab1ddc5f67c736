/** Who looks on at the messages of an endpoint: any number, none of whom can do it harm, and none of whom is the usual case. RFC 3261 §18. */
import type { Hop, Millis } from '@strowger/sip-transaction'
import { CallNames } from './call-names.ts'
import { TapEvent } from './tap-event.ts'
import { WallOffset } from './wall-offset.ts'

/** Looks at a message; returns soon, for the loop waits. */
export type Tap = (event: TapEvent) => void

/** Who hears of a tap that threw, and the clock on the wall. */
export interface TapsOptions {
  /** What a tap has thrown; it is not called again. */
  readonly onDrop?: ((error: unknown) => void) | undefined
  /** UTC, ms. Default `Date.now`. */
  readonly wall?: (() => Millis) | undefined
}

export class Taps {
  readonly #onDrop: ((error: unknown) => void) | undefined
  readonly #wall: WallOffset
  readonly #calls = new CallNames()
  #taps: readonly Tap[] = []
  #dropped = 0

  /** Shows a message to all; `undefined` while nobody looks on, so that asking is all it costs then: no object, no clock. */
  each: ((direction: 'in' | 'out', bytes: Uint8Array, hop: Hop, time: Millis) => void) | undefined

  constructor(options: TapsOptions = {}) {
    this.#onDrop = options.onDrop
    this.#wall = new WallOffset(options.wall ?? Date.now)
  }

  /** Returns how to stop. The same function may look on more than once. */
  add(tap: Tap): () => void {
    // A function of its own, so that each is taken off by itself.
    const mine: Tap = event => tap(event)
    this.#set([...this.#taps, mine])
    return () => this.#set(this.#taps.filter(other => other !== mine))
  }

  /** Taps that threw, since the start. */
  get dropped(): number {
    return this.#dropped
  }

  /** Says which call of the platform a SIP Call-ID belongs to; forgotten again after some ten thousand others. Does nothing while nobody looks on. */
  name(sipCallId: string, call: string): void {
    if (this.each !== undefined) this.#calls.name(sipCallId, call)
  }

  #set(taps: readonly Tap[]): void {
    this.#taps = taps
    this.each = taps.length === 0 ? undefined : (direction, bytes, hop, time) => this.#show(direction, bytes, hop, time)
  }

  #show(direction: 'in' | 'out', bytes: Uint8Array, hop: Hop, time: Millis): void {
    const event = new TapEvent(direction, bytes, hop, time, this.#wall.at(time), this.#calls)
    for (const tap of this.#taps) {
      try {
        tap(event)
      } catch (error) {
        this.#dropped++
        this.#set(this.#taps.filter(other => other !== tap))
        this.#onDrop?.(error)
      }
    }
  }
}
