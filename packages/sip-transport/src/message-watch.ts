/** The last messages of an element, for somebody who looks on: nothing is kept while nobody does. RFC 3261 §7. */

import type { SipRequest } from '@strowger/sip-parser'
import { CallId, CSeq, parse } from '@strowger/sip-parser'
import type { TapEvent } from './transport.ts'

/** One message in words. RFC 3261 §7. */
export interface SeenMessage {
  /** Grows by one with each message of this element. */
  readonly number: number
  /** UTC, ms with a fraction: comparable between the processes of one machine. */
  readonly wall: number
  /** `out`: ours. */
  readonly direction: 'in' | 'out'
  /** `UDP`, `TCP`, as in Via. */
  readonly transport: string
  /** `ADDRESS:PORT`. */
  readonly local: string
  /** Likewise, of the far end. */
  readonly remote: string
  /** Of the request, or of CSeq in a response. */
  readonly method: string
  /** Of a response. */
  readonly status?: number
  /** Of a response. */
  readonly reason?: string
  /** User part of the Request-URI. */
  readonly to?: string
  /** Its number; 0 where it cannot be read. */
  readonly cseq: number
  /** Empty where there is none. */
  readonly callId: string
  /** What `callOf` says of a request. */
  readonly call?: string
  /** Whether anything follows the headers. */
  readonly hasBody: boolean
}

/** Clocks, and which call a message belongs to. RFC 3261 §7. */
export interface MessageWatchOptions {
  /** The id of the call a request belongs to, where it says so. */
  readonly callOf?: (request: SipRequest) => string | undefined
  /** UTC, ms. Default `Date.now`. */
  readonly wall?: (() => number) | undefined
  /** Monotonic, ms. Default `performance.now`. */
  readonly clock?: (() => number) | undefined
}

/** Give `tap` to an endpoint, and what `after` gives to whoever asks. */
export class MessageWatch {
  readonly #callOf: MessageWatchOptions['callOf']
  readonly #wall: () => number
  readonly #clock: () => number
  readonly #kept: Kept[] = []
  #number = 0
  #watchedUntil = Number.NEGATIVE_INFINITY
  /** What is added to the monotonic clock to get the wall's. */
  #offset = Number.NEGATIVE_INFINITY

  constructor(options: MessageWatchOptions = {}) {
    this.#callOf = options.callOf
    this.#wall = options.wall ?? Date.now
    this.#clock = options.clock ?? (() => performance.now())
  }

  /** For the option of the same name. */
  readonly tap = (event: TapEvent): void => {
    if (event.time > this.#watchedUntil) return
    const now = this.#compareClocks()
    this.#kept.push({ event: { ...event, bytes: event.bytes.slice() }, number: ++this.#number, wall: now + this.#offset })
    if (this.#kept.length > MOST_KEPT) this.#kept.splice(0, MOST_KEPT / 2)
  }

  /** Messages with a greater number, oldest first. From the first question on, until 10 s after the last, messages are kept. */
  after(number: number): { readonly last: number; readonly messages: readonly SeenMessage[] } {
    if (this.#clock() > this.#watchedUntil) this.#begin()
    const now = this.#compareClocks()
    this.#watchedUntil = now + WATCH_MS
    const messages = this.#kept.filter(kept => kept.number > number).flatMap(kept => this.#read(kept) ?? [])
    return { last: this.#number, messages }
  }

  #begin(): void {
    this.#kept.length = 0
    this.#offset = Number.NEGATIVE_INFINITY
  }

  /** The wall's clock is cut to whole milliseconds: the greatest difference seen is the nearest to the truth. */
  #compareClocks(): number {
    const wall = this.#wall()
    const now = this.#clock()
    this.#offset = Math.max(this.#offset, wall - now)
    return now
  }

  #read({ event: { bytes, direction, hop }, number, wall }: Kept): SeenMessage | undefined {
    const message = parse(bytes)
    if (message.kind === 'malformed') return undefined
    const cseq = message.headers.get(CSeq)
    const call = message.kind === 'request' ? this.#callOf?.(message) : undefined
    return {
      number,
      wall,
      direction,
      transport: hop.transport,
      local: `${hop.local.address}:${hop.local.port}`,
      remote: `${hop.remote.address}:${hop.remote.port}`,
      method: message.kind === 'request' ? message.method : (cseq?.method ?? ''),
      ...(message.kind === 'response' && { status: message.status, reason: message.reason }),
      ...(message.kind === 'request' && message.uri.user !== undefined && { to: message.uri.user }),
      cseq: cseq?.sequence ?? 0,
      callId: message.headers.get(CallId) ?? '',
      ...(call !== undefined && { call }),
      hasBody: message.body.length > 0,
    }
  }
}

interface Kept {
  readonly event: TapEvent
  readonly number: number
  readonly wall: number
}

const WATCH_MS = 10_000
const MOST_KEPT = 4096
