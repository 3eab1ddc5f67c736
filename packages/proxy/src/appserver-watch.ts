/** Asks the application server whether it is still the one that took our calls: OPTIONS without a transaction, RFC 3261 §11. */
import { LOST_MEDIA_HEADER, PLACE_HEADER } from '@strowger/runtime'
import {
  CallId,
  CSeq,
  From,
  MaxForwards,
  newRequest,
  parseUri,
  type SipRequest,
  type SipResponse,
  To,
  type Uri,
} from '@strowger/sip-parser'
import type { Address, Hop, Millis, TransactionLayer } from '@strowger/sip-transaction'

/** How often it is asked, ms. A process takes longer than this to come back, so two lives never hide between two questions. */
export const PROBE_MS = 500
/** Questions without an answer after which it counts as dead. */
const MISSES = 4

export interface AppserverWatchOptions {
  readonly layer: TransactionLayer
  readonly appserver: Address
  /** Where we are now. */
  readonly local: () => Address
  /** Value of the header that says so, signed. */
  readonly place: (local: Address) => string
  /** The Call-ID of our next probe; nobody else uses it, and its answer comes to us. `undefined`: none can be sent now. */
  readonly token: () => string | undefined
  /** The calls it took before `before` (monotonic ms) are lost. */
  readonly onDied: (before: Millis) => void
  /** Values of the header that names calls without a relay: a probe goes out with each. Default: none. */
  readonly lostMedia?: (now: Millis) => readonly string[]
}

export class AppserverWatch {
  readonly #options: AppserverWatchOptions
  #epoch: string | undefined
  #token = ''
  #sequence = 0
  #missed = 0
  #draining = false
  #nextProbe: Millis = 0
  /** Where it is known to have heard of us. */
  #known: Address
  /** Where we probe from, and since which CSeq. */
  #at: Address
  #movedAt = 1

  constructor(options: AppserverWatchOptions) {
    this.#options = options
    this.#known = this.#at = options.local()
  }

  /** Where it expects our requests: where we are, from the moment on that it has answered there. */
  get known(): Address {
    return this.#known
  }

  /** We are somewhere else: it is told at once. */
  moved(now: Millis): void {
    this.#nextProbe = 0
    this.tick(now)
  }

  /** `unknown` before the first answer, or the first that could have come. */
  get state(): 'unknown' | 'alive' | 'dead' {
    if (this.#missed >= MISSES) return 'dead'
    return this.#epoch === undefined ? 'unknown' : 'alive'
  }

  /** It takes no new calls; those it has go on. */
  get draining(): boolean {
    return this.#draining
  }

  tick(now: Millis): void {
    const token = now < this.#nextProbe ? undefined : this.#options.token()
    if (token === undefined) return
    this.#token = token
    this.#nextProbe = now + PROBE_MS
    this.#missed++
    if (this.#missed === MISSES && this.#epoch !== undefined) this.#options.onDied(now)
    const { layer, appserver, place } = this.#options
    const hop: Hop = { transport: 'UDP', remote: appserver, local: this.#look() }
    layer.sendStateless(this.#probe().raw(PLACE_HEADER, place(this.#at)), hop)
    for (const lost of this.#options.lostMedia?.(now) ?? []) layer.sendStateless(this.#probe().raw(LOST_MEDIA_HEADER, lost), hop)
  }

  #look(): Address {
    const local = this.#options.local()
    if (local.address !== this.#at.address || local.port !== this.#at.port) {
      this.#at = local
      this.#movedAt = this.#sequence + 1
    }
    return local
  }

  /** True when the message was the answer to a question of ours. */
  take(message: SipRequest | SipResponse, now: Millis): boolean {
    if (message.kind !== 'response' || message.headers.get(CallId) !== this.#token) return false
    const epoch = message.headers.raw('Strowger-Epoch')[0]
    this.#missed = 0
    if ((message.headers.get(CSeq)?.sequence ?? 0) >= this.#movedAt) this.#known = this.#at
    this.#draining = message.status === 503
    if (epoch === undefined) return true
    if (this.#epoch !== undefined && this.#epoch !== epoch) this.#options.onDied(now - PROBE_MS - 100)
    this.#epoch = epoch
    return true
  }

  #probe(): ReturnType<typeof newRequest> {
    const { appserver } = this.#options
    const token = this.#token
    const us = uriOf(this.#at)
    return newRequest('OPTIONS', uriOf(appserver))
      .append(MaxForwards, 1)
      .append(From, { uri: us, params: new Map([['tag', token]]) })
      .append(To, { uri: uriOf(appserver), params: new Map() })
      .append(CallId, token)
      .append(CSeq, { sequence: ++this.#sequence, method: 'OPTIONS' })
  }
}

function uriOf({ address, port }: Address): Uri {
  return parseUri(`sip:${address.includes(':') ? `[${address}]` : address}:${port}`) as Uri
}
