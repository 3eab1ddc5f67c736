/** What the caller is told when the called side refuses. */
import type { Side } from './call.ts'

/**
 * - Redirections are not followed: a phone or carrier must not choose where, and at whose cost, a call goes: 480.
 * - 401 and 407 stop here. A far end that asks gets no secret of ours, and the caller must not answer for us (RFC 3261 §22.1).
 * - 408 is nobody at home: 480. 487 without a CANCEL of ours as well, and 491, which no new call can mean.
 * - A carrier's 500 and 503 are one: try again later.
 */
export function refusalStatus(status: number, side: Side): number {
  if (status < 400) return 480
  if (status === 401 || status === 407) return side === 'users' ? 480 : 503
  if (status === 408 || status === 487 || status === 491) return 480
  if (side === 'trunks' && (status === 500 || status === 503)) return 503
  return status
}

/** The same inside a call, where 491 and 408 mean what they say. */
export function refusalStatusInDialog(status: number): number {
  if (status < 400) return 480
  return status === 401 || status === 407 ? 503 : status
}

/** The dialog is gone at the far end, or the far end is. RFC 3261 §12.2.1.2, RFC 5057 §5.1. */
export function endsDialog(status: number): boolean {
  return status === 481 || status === 408
}
