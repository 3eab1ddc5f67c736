/** Splits a comma-separated header value; quotes and `<>` hide commas. RFC 3261 §7.3.1, §20. */
import { CLASS, SPACE } from './characters.ts'

/** One value of a list: bytes without the blanks around. `next` is where the one after it starts, -1 when it is the last. */
export interface Element {
  readonly start: number
  readonly end: number
  readonly next: number
}

export function elementAt(bytes: Uint8Array, start: number, end: number): Element {
  const comma = topLevelComma(bytes, start, end)
  let next = comma + 1
  while (next < end && (CLASS[bytes[next]!]! & SPACE) !== 0) next++
  return { start, end: withoutBlanks(bytes, start, comma), next: comma < end ? Math.min(next, end) : -1 }
}

/** Where the value that starts at `start` ends. */
export function elementEnd(bytes: Uint8Array, start: number, end: number): number {
  return withoutBlanks(bytes, start, topLevelComma(bytes, start, end))
}

function withoutBlanks(bytes: Uint8Array, start: number, end: number): number {
  let stop = end
  while (stop > start && (CLASS[bytes[stop - 1]!]! & SPACE) !== 0) stop--
  return stop
}

function topLevelComma(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  while (i < end) {
    const byte = bytes[i]!
    if (byte === COMMA) return i
    if (byte === QUOTE) i = closingQuote(bytes, i + 1, end)
    else if (byte === LESS) i = closingBracket(bytes, i + 1, end)
    i++
  }
  return end
}

function closingQuote(bytes: Uint8Array, from: number, end: number): number {
  let i = from
  while (i < end && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1
  return Math.min(i, end - 1)
}

function closingBracket(bytes: Uint8Array, from: number, end: number): number {
  let i = from
  while (i < end && bytes[i] !== GREATER) i++
  return Math.min(i, end - 1)
}

const QUOTE = 34
const COMMA = 44
const LESS = 60
const GREATER = 62
const BACKSLASH = 92
