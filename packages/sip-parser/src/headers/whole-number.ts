/** Numbers as headers hold them: digits only, with a limit. RFC 3261 §25.1 1*DIGIT, delta-seconds. */

/** The digits of `value`. Throws a TypeError unless it is a whole number from `least` to `most`. */
export function formatNumber(value: number, least: number, most: number): string {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new TypeError(`A whole number from ${least} to ${most} is wanted, not ${JSON.stringify(value)}`)
  return String(value)
}

/** The number that `text` spells; -1 when it is none or above `most`. For values of parameters. */
export function parseNumber(text: string, most: number): number {
  const value = DIGITS.test(text) ? Number(text) : -1
  return value <= most ? value : -1
}

/** Most seconds a header can ask for: delta-seconds, 2^32 - 1 (RFC 3261 §20.19). */
export const MOST_SECONDS: number = 2 ** 32 - 1

const DIGITS = /^\d+$/
