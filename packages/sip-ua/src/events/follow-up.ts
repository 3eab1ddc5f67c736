/** What a subscriber does when its subscription ends or is refused: again at once, again later, or never. RFC 6665 §4.1.3. */
import { backOffMs } from '../back-off.ts'
import type { Ending, EndReason } from './notifier-usage.ts'

export type FollowUp =
  /** A new SUBSCRIBE at once; the second time in a row it waits all the same, so that two ends never run hot against each other. */
  | { readonly kind: 'now' }
  /** Not before so many seconds; without a number the back-off decides. */
  | { readonly kind: 'later'; readonly seconds?: number }
  | { readonly kind: 'never' }

/** One row per registered reason. `retry-after` means something with two of them only. RFC 6665 §4.1.3. */
const FOLLOW_UPS: Readonly<Record<EndReason, FollowUp['kind']>> = {
  deactivated: 'now',
  probation: 'later',
  rejected: 'never',
  timeout: 'now',
  giveup: 'later',
  noresource: 'never',
  invariant: 'never',
}

/** After `Subscription-State: terminated`. No reason, or one nobody knows: again, but as late as `retry-after` says. RFC 6665 §4.1.3. */
export function followUpOf({ reason, retryAfterSeconds }: Ending): FollowUp {
  const kind = reason === undefined ? 'later' : FOLLOW_UPS[reason]
  if (kind !== 'later') return { kind }
  return retryAfterSeconds === undefined ? { kind } : { kind, seconds: retryAfterSeconds }
}

/**
 * After a refusal of the first SUBSCRIBE, or no answer (`undefined`). What no repetition cures is not repeated; a phone that asks
 * again and again for what a server does not have is a flood. RFC 3261 §21.4, RFC 6665 §4.1.2.1.
 */
export function refusalFollowUp(status: number | undefined, retryAfterSeconds?: number): FollowUp {
  if (status !== undefined && FOR_GOOD.has(status)) return { kind: 'never' }
  return retryAfterSeconds === undefined ? { kind: 'later' } : { kind: 'later', seconds: retryAfterSeconds }
}

/**
 * Milliseconds until the next try after `failures` tries in a row that came to nothing, the last one included; `undefined`: never.
 * A peer that names a time is taken at its word once; whoever comes back too soon gets the back-off of RFC 5626 §4.5.
 */
export function retryInMs(followUp: FollowUp, failures: number, random: number): number | undefined {
  if (followUp.kind === 'never') return undefined
  if (failures <= 1 && followUp.kind === 'now') return 0
  const asked = followUp.kind === 'later' ? followUp.seconds : undefined
  const backOff = failures <= 1 && asked !== undefined ? 0 : backOffMs(failures, random)
  return Math.max(backOff, (asked ?? 0) * 1000)
}

/** The reason as registered, `undefined` for any other. RFC 6665 §8.2.3. */
export function endReason(text: string | undefined): EndReason | undefined {
  return text !== undefined && Object.hasOwn(FOLLOW_UPS, text) ? (text as EndReason) : undefined
}

const FOR_GOOD: ReadonlySet<number> = new Set([
  400, 401, 403, 405, 406, 407, 410, 414, 415, 416, 420, 421, 423, 484, 489, 501, 505, 513, 603, 604, 606,
])
