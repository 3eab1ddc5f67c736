/** Tells the header of a line from its bytes. RFC 3261 §7.3.1, §7.3.3. */
import { HEADER_NAMES } from './header-names.ts'

/**
 * Index into {@link KNOWN_IDS} and {@link KNOWN_LENGTHS} of the name, in any case or compact, that stands at `at` with its colon directly
 * behind; -1 when it is none that we know.
 */
export function knownNameAt(bytes: Uint8Array, at: number): number {
  const letter = bytes[at]! & LETTER
  const last = FIRST[letter + 1]!
  for (let k = FIRST[letter]!; k < last; k++) {
    const colon = at + KNOWN_LENGTHS[k]!
    if (colon < bytes.length && bytes[colon] === COLON && isSpelled(bytes, at, colon, STARTS[k]!)) return k
  }
  return -1
}

/** Whether the bytes from `at` to `end` are those of the name that starts at `start` of {@link SPELLINGS}, in any case. */
function isSpelled(bytes: Uint8Array, at: number, end: number, start: number): boolean {
  const offset = start - at
  for (let i = at; i < end; i++) {
    const byte = bytes[i]!
    const usual = SPELLINGS[i + offset]!
    if (byte !== usual && FOLDED[byte] !== FOLDED[usual]) return false
  }
  return true
}

const COLON = 58
/** The low bits of a letter are those of both its cases. */
const LETTER = 31

const spellings = HEADER_NAMES.flatMap((names, index) => names.flatMap(name => (name === undefined ? [] : [{ id: index + 1, name }])))
const byLetter = spellings.sort((a, b) => (a.name.charCodeAt(0) & LETTER) - (b.name.charCodeAt(0) & LETTER) || a.id - b.id)

/** Header ids. */
export const KNOWN_IDS: Int32Array = Int32Array.from(byLetter, ({ id }) => id)
/** Bytes up to the colon. */
export const KNOWN_LENGTHS: Int32Array = Int32Array.from(byLetter, ({ name }) => name.length)
/** All names behind each other, as registered, which is how nearly everybody writes them. */
const SPELLINGS: Uint8Array = Uint8Array.from(byLetter.map(({ name }) => name).join(''), character => character.charCodeAt(0))
const STARTS: Int32Array = new Int32Array(byLetter.length)
for (let k = 1; k < byLetter.length; k++) STARTS[k] = STARTS[k - 1]! + KNOWN_LENGTHS[k - 1]!
/** By letter, the first of its names; one more at the end. */
const FIRST: Int32Array = Int32Array.from({ length: LETTER + 2 }, (_, letter) => {
  const k = byLetter.findIndex(({ name }) => (name.charCodeAt(0) & LETTER) >= letter)
  return k < 0 ? byLetter.length : k
})
/** Each byte in lower case. */
const FOLDED: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 65 && byte <= 90 ? byte | 32 : byte))
