/** Asks the application server whether it is still the one that took our calls: OPTIONS without a transaction, RFC 3261 §11. */
import { LOST_MEDIA_HEADER } from '@strowger/runtime'
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
  readonly local: Address
  /** The Call-ID of our next probe; nobody else uses it, and its answer comes to us. `undefined`: none can be sent now. */
  readonly token: () => string | undefined
  /** The calls it took before `before` (monotonic ms) are lost. */
  readonly onDied: (before: Millis) => void
  /** Values of the header that names calls without a relay: a probe goes out with each. Default: none. */
  readonly lostMedia?: (now: Millis) => readonly string[]
}

export class AppserverWatch {
  readonly #options: AppserverWatchOptions
  readonly #hop: Hop
  #epoch: string | undefined
  #token = ''
  #sequence = 0
  #missed = 0
  #draining = false
  #nextProbe: Millis = 0

  constructor(options: AppserverWatchOptions) {
    this.#options = options
    this.#hop = { transport: 'UDP', remote: options.appserver, local: options.local }
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
    this.#options.layer.sendStateless(this.#probe(), this.#hop)
    for (const lost of this.#options.lostMedia?.(now) ?? []) {
      this.#options.layer.sendStateless(this.#probe().raw(LOST_MEDIA_HEADER, lost), this.#hop)
    }
  }

  /** True when the message was the answer to a question of ours. */
  take(message: SipRequest | SipResponse, now: Millis): boolean {
    if (message.kind !== 'response' || message.headers.get(CallId) !== this.#token) return false
    const epoch = message.headers.raw('Strowger-Epoch')[0]
    this.#missed = 0
    this.#draining = message.status === 503
    if (epoch === undefined) return true
    if (this.#epoch !== undefined && this.#epoch !== epoch) this.#options.onDied(now - PROBE_MS - 100)
    this.#epoch = epoch
    return true
  }

  #probe(): ReturnType<typeof newRequest> {
    const { appserver, local } = this.#options
    const token = this.#token
    const us = uriOf(local)
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
