/** Two INVITEs of one dialog that cross. RFC 3261 §14.1, §14.2. */

/** Seconds for Retry-After with a 500 to an offer that came too early: 0 to 10. RFC 3261 §14.2, RFC 3311 §5.2. */
export function retryAfterSeconds(random: number): number {
  return Math.floor(random * 11)
}

/**
 * Milliseconds to wait before our INVITE is tried again after a 491, in steps of 10: 2.1 to 4 s for who made the Call-ID, 0 to 2 s
 * for the other. `random` is in [0, 1). RFC 3261 §14.1.
 */
export function glareDelayMs(madeCallId: boolean, random: number): number {
  return madeCallId ? 2100 + 10 * Math.floor(random * 191) : 10 * Math.floor(random * 201)
}
