/** How much load is too much. RFC 3261 §21.5.4, RFC 6357 §4. */

export interface OverloadLimits {
  /** The event loop comes so late, again and again for half a second, ms. Default 300: below T1, at which all is sent again. */
  readonly lagMs: number
  /** The kernel's queue of datagrams has not been empty for so long, ms. Default 300. */
  readonly queueMs: number
  /** SIP transactions alive. Default 500 000: as many as 5000 calls a second leave, which live 32 s after their end. */
  readonly transactions: number
  /** Of the memory this process may have, 0 to 1. Default 0.9. */
  readonly memory: number
  /** Least Retry-After, s; at most three times as much, so that not all come back at once. 0: none is sent. Default 10. RFC 3261 §20.33. */
  readonly retryAfterSeconds: number
}

/** The defaults. */
export const OVERLOAD_LIMITS: OverloadLimits = { lagMs: 300, queueMs: 300, transactions: 500_000, memory: 0.9, retryAfterSeconds: 10 }

/** Why new work is refused. */
export type OverloadReason = 'lag' | 'queue' | 'transactions' | 'memory'

/** What a process sees of its load. */
export interface LoadSample {
  /** Monotonic ms. */
  readonly now: number
  /** How late a timer was, ms. */
  readonly lagMs: number
  /** For how long the kernel's queue has not been empty, ms. */
  readonly queueMs: number
  /** Part of the time since the last sample in which the event loop was busy, 0 to 1. */
  readonly occupancy: number
  /** Alive. */
  readonly transactions: number
  /** Of what this process may have, 0 to 1. */
  readonly memory: number
}

/** What is worth a line in the log: once at the start of an overload, once at its end. */
export type OverloadNews =
  | { readonly kind: 'began'; readonly reason: OverloadReason }
  | { readonly kind: 'ended'; readonly lastedMs: number; readonly refused: number }
