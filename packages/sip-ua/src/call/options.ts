/** What a user agent is told once, and what it needs of the machine. RFC 3261 §8.1.1, §8.2. */
import type { MessageEdit, Uri } from '@strowger/sip-parser'
import type { Hop, Millis, TransactionLayer } from '@strowger/sip-transaction'
import type { DigestAlgorithm, DigestHash } from '../digest/hash.ts'
import type { TimerPolicy } from '../session-timer.ts'

/** What a user agent is made of: its layer, its address, chance and hash as functions, and what it may do by itself. */
export interface UserAgentOptions {
  /** Calls live in its transactions. Give what it puts out to `take`. */
  readonly layer: TransactionLayer
  /** At least 64 random bits as a token, for tags and Call-IDs (RFC 3261 §19.3). */
  readonly token: () => string
  /** Uniform in [0, 1), for the back-off of RFC 3261 §14.1. */
  readonly random: () => number
  /** Where we are reached: `sip:alice@192.0.2.7:5060`; or a Contact of its own for each call, by the call's name. */
  readonly contact: string | ((call: string) => string)
  /**
   * The way to a URI: our own proxy, or what RFC 3263 found for it. `from`: the way by which the far end's last request came, for a
   * peer behind a NAT or on a connection of its own. `request`: what is to be sent, still without Via: a large one wants TCP (RFC 3261 §18.1.1).
   */
  readonly hop: (uri: Uri, from?: Hop, request?: MessageEdit) => Hop
  /**
   * Another way to the same URI, when those in `tried` have failed: no way there, no answer, or 503. The same request goes there as a new
   * transaction; in a dialog only where there was no way. Without it, or a way, the failure is the answer. RFC 3263 §4.3.
   */
  readonly elsewhere?: (uri: Uri, tried: readonly Hop[]) => Hop | undefined
  /** Both are needed to answer challenges; without them 401 and 407 are refusals. RFC 3261 §22. */
  readonly hash?: DigestHash
  /** Whom to be for a realm; `undefined` answers nobody of it. RFC 3261 §22.1. */
  readonly credentials?: (realm: string) => UserCredentials | undefined
  /** RFC 3261 Table 4, as the layer has them. Defaults 500 and 4000. */
  readonly timers?: { readonly t1?: Millis; readonly t2?: Millis }
  /** Methods inside a call that surface as `request`; others get 405. Default INFO, MESSAGE, NOTIFY, REFER. */
  readonly methods?: readonly string[]
  /** Event packages whose SUBSCRIBE and NOTIFY surface; others get 489. Default `refer`. RFC 6665 §7.2. */
  readonly events?: readonly string[]
  /** Session timers (RFC 4028): `off`, or what we want of them. Default half an hour, refreshed by us. */
  readonly sessionTimer?: TimerPolicy | 'off'
  /** Provisional responses that need a PRACK (RFC 3262): never, where the caller can, or no call without. Default: where the caller can. */
  readonly reliable?: 'never' | 'when supported' | 'always'
  /**
   * When a reliable 1xx with an answer gets its PRACK: at once, or by the verb `prack`, which may put another offer into it. Only 1xx to the
   * INVITE that makes the call wait. Default at once. RFC 3262 §5.
   */
  readonly pracks?: 'at once' | 'by verb'
  /**
   * Seconds a call may go unanswered, in either direction; then it is cancelled, or refused with 480. Default: no limit. The Expires
   * header of an INVITE is one whatever stands here. RFC 3261 §13.2.1, §13.3.1.
   */
  readonly unansweredSeconds?: number
  /** User-Agent and Server. RFC 3261 §20.41, §20.35. */
  readonly product?: string
}

/** Who we are for a realm: a name, and a password or what it hashes to. RFC 7616 §3.4. */
export interface UserCredentials {
  /** As the realm knows us. */
  readonly username: string
  /** In the clear; it never leaves the agent, nor is it saved. */
  readonly password?: string
  /** Instead of the password. */
  readonly ha1?: Readonly<Partial<Record<DigestAlgorithm, string>>>
}
