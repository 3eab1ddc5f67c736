/** Finds the lines that part a multipart body. RFC 2046 §5.1.1. */
import { utf8Bytes } from './text.ts'

/** One boundary line. */
export interface Delimiter {
  /** Where what is before it ends: its line break is part of it. */
  readonly start: number
  /** First byte after the line. */
  readonly end: number
  /** Whether it closes the multipart. */
  readonly last: boolean
}

/** The bytes of a boundary parameter; `undefined` when there is none or it is too long (RFC 2046 §5.1.1). */
export function boundaryBytes(boundary: string | undefined): Uint8Array | undefined {
  if (boundary === undefined || boundary.length === 0 || boundary.length > LONGEST || !/^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary))
    return undefined
  return utf8Bytes(boundary)
}

/**
 * The next line at or after `from`, the start of a line, that is two dashes, the boundary, two dashes more if it is the last, and
 * blanks. Linear: a boundary has no line break, so that what was compared in vain is not looked at again.
 */
export function delimiterAfter(body: Uint8Array, boundary: Uint8Array, from: number): Delimiter | undefined {
  let line = from
  while (line < body.length) {
    const found = delimiterAt(body, boundary, line)
    if (found !== undefined) return found
    line = nextLine(body, line)
  }
  return undefined
}

function delimiterAt(body: Uint8Array, boundary: Uint8Array, line: number): Delimiter | undefined {
  if (body[line] !== DASH || body[line + 1] !== DASH) return undefined
  for (let i = 0; i < boundary.length; i++) if (body[line + 2 + i] !== boundary[i]) return undefined
  let end = line + 2 + boundary.length
  const last = body[end] === DASH && body[end + 1] === DASH
  if (last) end += 2
  while (body[end] === SP || body[end] === TAB) end++
  const broken = body[end] === CR && body[end + 1] === LF
  if (!broken && (!last || end < body.length)) return undefined
  return { start: Math.max(0, line - 2), end: broken ? end + 2 : end, last }
}

/** After the next CRLF; the end of the body when there is none. */
function nextLine(body: Uint8Array, from: number): number {
  let i = from
  while (i < body.length && (body[i] !== CR || body[i + 1] !== LF)) i++
  return i < body.length ? i + 2 : body.length
}

const LONGEST = 70
const TAB = 9
const LF = 10
const CR = 13
const SP = 32
const DASH = 45
