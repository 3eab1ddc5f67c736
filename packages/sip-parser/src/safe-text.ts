/** Checks text that goes into a message: no CR or LF leaves through a value. RFC 3261 §7.3.1, §25.1. */
import { consistsOf, TOKEN } from './characters.ts'
import { utf8Length, writeUtf8 } from './text.ts'

/** Length in UTF-8 bytes. Throws a TypeError when `text` could start a line of its own. */
export function safeLength(text: string, what: string): number {
  if (isShortAndPlain(text)) return text.length
  if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0) throw new TypeError(`${what} may not hold CR or LF: ${JSON.stringify(text)}`)
  return utf8Length(text)
}

/** Writes `text` at `at`, and returns where it ended. Throws a TypeError when it could start a line of its own. */
export function writeSafe(text: string, what: string, bytes: Uint8Array, at: number): number {
  let to = at
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === CR || code === LF) throw new TypeError(`${what} may not hold CR or LF: ${JSON.stringify(text)}`)
    if (code < 0x80) bytes[to++] = code
    else {
      safeLength(text, what)
      return writeUtf8(text, bytes, at)
    }
  }
  return to
}

/** Whether `text` is all visible ASCII and blanks, and not so long that other ways to find out are faster. */
function isShortAndPlain(text: string): boolean {
  const { length } = text
  if (length > SHORT) return false
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code < 32 || code > 126) return false
  }
  return true
}

/** Throws a TypeError unless `text` is a token. */
export function checkToken(text: string, what: string): string {
  if (!consistsOf(text, TOKEN)) throw new TypeError(`${what} is a token (RFC 3261 §25.1), not ${JSON.stringify(text)}`)
  return text
}

const SHORT = 16
const LF = 10
const CR = 13
