/** Checks text that goes into a message: no CR or LF leaves through a value. RFC 3261 §7.3.1, §25.1. */
import { consistsOf, TOKEN } from './characters.ts'

/** Length in UTF-8 bytes. Throws a TypeError when `text`, up to `end`, could start a line of its own. */
export function safeLength(text: string, what: string, end: number = text.length): number {
  let length = text.length
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80) length += code < 0x800 || (code >= 0xd800 && code < 0xe000 && isPaired(text, i, code)) ? 1 : 2
    else if (code === 13 || code === 10) throw new TypeError(`${what} may not hold CR or LF: ${JSON.stringify(text.slice(0, end))}`)
  }
  return length
}

/** Throws a TypeError unless `text` is a token. */
export function checkToken(text: string, what: string): string {
  if (!consistsOf(text, TOKEN)) throw new TypeError(`${what} is a token (RFC 3261 §25.1), not ${JSON.stringify(text)}`)
  return text
}

/** Half of a surrogate pair: the two halves together are four bytes. */
function isPaired(text: string, i: number, code: number): boolean {
  const other = code < 0xdc00 ? text.charCodeAt(i + 1) : text.charCodeAt(i - 1)
  return code < 0xdc00 ? other >= 0xdc00 && other < 0xe000 : other >= 0xd800 && other < 0xdc00
}
