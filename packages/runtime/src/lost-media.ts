/**
 * The header in which a proxy's probe names calls whose relay is gone, signed: the application server offers them anew.
 *
 * `Strowger-Lost-Media: TOKEN`, with the ids of the calls in the token. It may be told again, and by anybody who saw it: the worst that
 * comes of it is one more re-INVITE of a call that goes on.
 */
import type { Keys } from './secret.ts'
import { signToken, verifyToken } from './token.ts'

/** Name of the header field. */
export const LOST_MEDIA_HEADER = 'Strowger-Lost-Media'
/** Calls in one header: with more the probe would be larger than 1300 bytes, RFC 3261 §18.1.1. */
export const MOST_LOST_CALLS = 20

/** Value of the header; `calls` are at most {@link MOST_LOST_CALLS} ids. */
export function signLostMedia(calls: readonly string[], keys: Keys): string {
  return signToken(`${KIND}${calls.join(',')}`, keys)
}

/** The ids, or none where no key of ours signed them. */
export function readLostMedia(value: string, keys: Keys): readonly string[] {
  const text = verifyToken(value.trim(), keys)
  return text?.startsWith(KIND) ? text.slice(KIND.length).split(',') : []
}

/** Other tokens begin with other letters. */
const KIND = 'l|'
