/** A token that is the whole value: methods, option tags, event types. RFC 3261 §25.1. */
import type { Cursor } from '../header-def.ts'
import { checkToken } from '../safe-text.ts'

export function decodeToken(at: Cursor): string | undefined {
  const token = at.token()
  return at.ended ? token : undefined
}

/** For words whose case does not count (RFC 3261 §7.3.1). */
export function decodeLowerToken(at: Cursor): string | undefined {
  return decodeToken(at)?.toLowerCase()
}

/** Throws a TypeError unless it is a token. */
export function encodeToken(token: string): string {
  return checkToken(token, 'The value')
}
