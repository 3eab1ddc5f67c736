/**
 * The phones of one user by their q: those with the highest ring at once, and when they have refused or have rung long enough the next do, until
 * somebody answers or refuses for all (6xx). RFC 3261 §16.6, §16.7.
 */
import type { Branch, Proxied } from './proxied.ts'
import type { Target } from './step.ts'

/** How many of `targets`, which are in the order of their q, are tried first. */
export function highest(targets: readonly Target[]): number {
  const [first] = targets
  const next = targets.findIndex(({ q = 1 }) => q !== (first?.q ?? 1))
  return next < 0 ? targets.length : next
}

/**
 * Whether it is the turn of the next phones: nobody who rings is left, and nobody has decided otherwise. Each has given its final answer (RFC 3261
 * §16.6), but for one that is passed over and has not said a word: it would have us wait until timer B.
 */
export function mayTryNext({ order, waiting, cancelled, expired, answered, branches }: Proxied): boolean {
  return order === 'by q' && waiting.length > 0 && !cancelled && !expired && !answered && branches.every(isOver)
}

function isOver({ state, client }: Branch): boolean {
  return state === 'ended' || (state === 'cancelling' && client?.state === 'calling')
}
