/** How long to wait before a registration is tried again. RFC 5626 §4.5. */

/**
 * Milliseconds after the given number of failures in a row (1 or more): half to all of `min(1800 s, 30 s * 2^failures)`.
 * `random` is in [0, 1), so that phones do not come back all at once after an outage.
 */
export function backOffMs(failures: number, random: number): number {
  const upper = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(failures, 16))
  return Math.round(upper * (0.5 + random / 2))
}

/** RFC 5626 §4.5: base-time when all flows failed, and max-time. */
const BASE_MS = 30_000
const MAX_MS = 1_800_000
