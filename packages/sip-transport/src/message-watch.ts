/** The last messages of an element, for somebody who looks on: nothing is kept while nobody does. RFC 3261 §7. */

import type { SipRequest } from '@strowger/sip-parser'
import { CallId, CSeq, parse } from '@strowger/sip-parser'
import type { TapEvent } from './tap/tap-event.ts'
import type { Taps } from './tap/taps.ts'

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
  /** Where to look on while somebody asks, and not otherwise; without it, give `tap` to an endpoint. */
  readonly taps?: Taps | undefined
  /** Monotonic, ms. Default `performance.now`. */
  readonly clock?: (() => number) | undefined
}

/** What `after` gives is for whoever asks. */
export class MessageWatch {
  readonly #callOf: MessageWatchOptions['callOf']
  readonly #taps: Taps | undefined
  readonly #clock: () => number
  readonly #kept: Kept[] = []
  #number = 0
  #watchedUntil = Number.NEGATIVE_INFINITY
  #leave: (() => void) | undefined

  constructor(options: MessageWatchOptions = {}) {
    this.#callOf = options.callOf
    this.#taps = options.taps
    this.#clock = options.clock ?? (() => performance.now())
  }

  /** For the option of the same name. */
  readonly tap = ({ time, wall, direction, hop, bytes }: TapEvent): void => {
    if (time > this.#watchedUntil) return this.#end()
    this.#kept.push({ direction, hop, wall, bytes: bytes.slice(), number: ++this.#number })
    if (this.#kept.length > MOST_KEPT) this.#kept.splice(0, MOST_KEPT / 2)
  }

  /** Messages with a greater number, oldest first. From the first question on, until 10 s after the last, messages are kept. */
  after(number: number): { readonly last: number; readonly messages: readonly SeenMessage[] } {
    const now = this.#clock()
    if (now > this.#watchedUntil) this.#kept.length = 0
    this.#leave ??= this.#taps?.add(this.tap)
    this.#watchedUntil = now + WATCH_MS
    const messages = this.#kept.filter(kept => kept.number > number).flatMap(kept => this.#read(kept) ?? [])
    return { last: this.#number, messages }
  }

  /** Nobody asks any more. */
  #end(): void {
    this.#leave?.()
    this.#leave = undefined
  }

  #read({ bytes, direction, hop, number, wall }: Kept): SeenMessage | undefined {
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

interface Kept extends Pick<TapEvent, 'direction' | 'hop' | 'wall' | 'bytes'> {
  readonly number: number
}

const WATCH_MS = 10_000
const MOST_KEPT = 4096
