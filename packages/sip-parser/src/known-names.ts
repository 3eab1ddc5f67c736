/** Tells the header of a line from its bytes. RFC 3261 §7.3.1, §7.3.3. */
import { HEADER_NAMES } from './header-names.ts'

export interface KnownName {
  readonly id: number
  /** Bytes up to the colon. */
  readonly length: number
  /** As registered, which is how nearly everybody writes it. */
  readonly usual: Uint8Array
  readonly folded: Uint8Array
}

/** The header whose name, in any case or compact, stands at `at` with its colon directly behind; `undefined` when it is none that we know. */
export function knownNameAt(bytes: Uint8Array, at: number): KnownName | undefined {
  const names = BY_LETTER[bytes[at]! & LETTER]!
  for (let k = 0; k < names.length; k++) {
    const name = names[k]!
    const colon = at + name.length
    if (colon < bytes.length && bytes[colon] === COLON && isSpelled(bytes, at, name)) return name
  }
  return undefined
}

function isSpelled(bytes: Uint8Array, at: number, { length, usual, folded }: KnownName): boolean {
  for (let i = 0; i < length; i++) {
    const byte = bytes[at + i]!
    if (byte !== usual[i] && byte !== folded[i] && !(byte >= UPPER_A && byte <= UPPER_Z && (byte | 32) === folded[i])) return false
  }
  return true
}

function knownNames(): KnownName[][] {
  const byLetter: KnownName[][] = Array.from({ length: LETTER + 1 }, () => [])
  HEADER_NAMES.forEach((spellings, index) => {
    for (const spelling of spellings) {
      if (spelling === undefined) continue
      const usual = codes(spelling)
      byLetter[usual[0]! & LETTER]!.push({ id: index + 1, length: usual.length, usual, folded: codes(spelling.toLowerCase()) })
    }
  })
  return byLetter
}

const codes = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0))

const COLON = 58
const UPPER_A = 65
const UPPER_Z = 90
const LETTER = 31

/** By the low bits of the first letter, which are those of both its cases. */
const BY_LETTER: readonly (readonly KnownName[])[] = knownNames()
