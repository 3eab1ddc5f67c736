/** How long to wait before a role that ended is started again: 250 ms, doubled each time up to 10 s, from the start again after 30 s of life. */

/** Ends in a row that came too soon. */
export type Failures = number

const FIRST_MS = 250
const MOST_MS = 10_000
const SETTLED_MS = 30_000

/** @param livedMs from fork to end. */
export function backOff(failures: Failures, livedMs: number): { readonly delayMs: number; readonly failures: Failures } {
  const before = livedMs >= SETTLED_MS ? 0 : failures
  return { delayMs: Math.min(MOST_MS, FIRST_MS * 2 ** before), failures: before + 1 }
}
