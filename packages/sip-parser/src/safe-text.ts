/** Checks text that goes into a message: no CR or LF leaves through a value. RFC 3261 §7.3.1, §25.1. */
import { consistsOf, TOKEN } from './characters.ts'
import { utf8Length } from './text.ts'

/** Length in UTF-8 bytes. Throws a TypeError when `text` could start a line of its own. */
export function safeLength(text: string, what: string): number {
  if (isShortAndPlain(text)) return text.length
  if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0) throw new TypeError(`${what} may not hold CR or LF: ${JSON.stringify(text)}`)
  return utf8Length(text)
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
