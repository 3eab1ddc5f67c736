/** What a layer, and one `send`, can be told. RFC 3261 §17, §19.3, Table 4. */
import type { SipRequest } from '@strowger/sip-parser'
import type { Millis } from './hop.ts'
import type { TimerBase } from './timers.ts'

export interface TransactionOptions {
  /** RFC 3261 Table 4 base values, milliseconds. Defaults 500, 4000, 5000. */
  readonly timers?: Partial<TimerBase>
  /** At least 64 random bits as a token, for branches and keys (RFC 3261 §19.3). */
  readonly token: () => string
  /** Keyed hash of the request, for the To tag of a stateless reply (RFC 3261 §8.2.7). The same for a CANCEL as for its INVITE. */
  readonly tagOf: (request: SipRequest) => string
  /**
   * Send 100 by itself: to an INVITE nobody has answered for 200 ms (RFC 3261 §17.2.1), to another request when its sender's timer E
   * reaches T2 (RFC 4320 §4.1). Default true.
   */
  readonly autoTrying?: boolean
  /** Answer CANCEL by itself: 200, or 481 when nothing matches. False: it surfaces as a `request`; see `find`. Default true. */
  readonly matchCancel?: boolean
  /** Mark a request that came twice on different ways (RFC 3261 §8.2.2.2). For user agents, not for proxies. Default false. */
  readonly findMerged?: boolean
}

/** How one request is sent. RFC 3261 §8.1.1.7, §8.1.2. */
export interface SendOptions {
  /** Ends the try early, for fail-over. A 2xx to an INVITE that arrives later still comes out as `response`. */
  readonly giveUpMs?: Millis
  /** What follows the magic cookie in the branch. Default `token()`; must hold as many random bits. */
  readonly branch?: string
  /** Of the Via we write. */
  readonly via?: { readonly params?: ReadonlyMap<string, string> }
}
