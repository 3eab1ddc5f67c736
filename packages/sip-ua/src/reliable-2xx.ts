/** Repeats a 2xx to INVITE until its ACK comes, as plain data. RFC 3261 §13.3.1.4. */

/** Milliseconds of the caller's clock. For a snapshot, subtract `now` from the three times; add it back afterwards. */
export interface Reliable2xx {
  /** When to call {@link wakeReliable2xx}. */
  readonly nextWake: number
  /** When to give up: 64*T1 after the first 2xx. */
  readonly endsAt: number
  /** When the 2xx goes out again. */
  readonly resendAt: number
  /** Between the last time it was sent and the next; it doubles up to `maxIntervalMs`. */
  readonly intervalMs: number
  /** T2. RFC 3261 §13.3.1.4. */
  readonly maxIntervalMs: number
}

/**
 * Started as the first 2xx goes out, over any transport: a hop further on may be UDP. Drop it when the ACK comes. Timers as in
 * RFC 3261 Table 4, defaults 500 and 4000.
 */
export function startReliable2xx(now: number, { t1 = 500, t2 = 4000 }: { readonly t1?: number; readonly t2?: number } = {}): Reliable2xx {
  const resendAt = now + t1
  return { nextWake: resendAt, endsAt: now + 64 * t1, resendAt, intervalMs: t1, maxIntervalMs: t2 }
}

/** What is due: nothing, the 2xx once more, or the end. RFC 3261 §13.3.1.4. */
export type Wake2xx =
  | { readonly effect: 'none' | 'resend'; readonly next: Reliable2xx }
  /** No ACK: the dialog stands, and is ended with BYE. */
  | { readonly effect: 'give up' }

/** What is due at `now`. However late the call, the 2xx goes out once. */
export function wakeReliable2xx(machine: Reliable2xx, now: number): Wake2xx {
  if (now >= machine.endsAt) return { effect: 'give up' }
  if (now < machine.resendAt) return { effect: 'none', next: machine }
  const intervalMs = Math.min(machine.intervalMs * 2, machine.maxIntervalMs)
  const resendAt = now + intervalMs
  return { effect: 'resend', next: { ...machine, intervalMs, resendAt, nextWake: Math.min(resendAt, machine.endsAt) } }
}
