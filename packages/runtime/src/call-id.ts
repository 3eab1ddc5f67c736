/** The one name of a call from the edge onwards: a ULID, 48 bits of time and 80 random ones, 26 characters that sort by time. */
import { randomBytes } from 'node:crypto'
import { wall } from './clock.ts'

/** Crockford's base 32: no I, L, O, U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** @param now UTC milliseconds. */
export function callId(now: number = wall()): string {
  let bits = (BigInt(now) << 80n) | BigInt(`0x${randomBytes(10).toString('hex')}`)
  let text = ''
  for (let digit = 0; digit < 26; digit++) {
    text = ALPHABET[Number(bits & 31n)] + text
    bits >>= 5n
  }
  return text
}

export function isCallId(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)
}
