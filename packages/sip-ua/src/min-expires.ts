/** What to ask for after a 423. RFC 3261 §10.2.8, RFC 6665 §4.1.2.1, RFC 3903 §4.2. */

/**
 * Seconds to ask for instead of `asked` when the server wants at least `least`; `undefined` when it wants no more than it was given. Twice as
 * much at least, so that a server that always wants a little more is soon at the end of the numbers and does not have us ask for ever.
 */
export function longerThan(asked: number, least: number | undefined): number | undefined {
  return least === undefined || least <= asked ? undefined : Math.min(Math.max(least, 2 * asked), MOST_SECONDS)
}

/** The most that Expires can say (RFC 3261 §20.19). */
const MOST_SECONDS = 2 ** 32 - 1
