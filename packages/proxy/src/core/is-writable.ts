/** Text of a far end that may be written again. RFC 3261 §25.1. */

/** A quoted-pair may hold what no writer lets through; such text goes no further. */
export function isWritable(text: string): boolean {
  return !FORBIDDEN.test(text)
}

const FORBIDDEN = /[\0\n\r]/
