/** UTF-8 of source descriptions and reasons. RFC 3550 §6.5, RFC 3629 §3. */

/** What is no UTF-8 becomes U+FFFD. */
export function utf8Text(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOf(bytes[at]!)
    const point = length === 1 ? bytes[at]! : pointAt(bytes, at, length)
    text += String.fromCodePoint(point ?? REPLACEMENT)
    at += point === undefined ? 1 : length
  }
  return text
}

/** Lone surrogates become U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  const bytes: number[] = []
  for (const character of text) {
    const found = character.codePointAt(0)!
    const point = isSurrogate(found) ? REPLACEMENT : found
    const tail = (shift: number): number => 0x80 | ((point >> shift) & 0x3f)
    if (point < 0x80) bytes.push(point)
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(0))
    else if (point < 0x1_0000) bytes.push(0xe0 | (point >> 12), tail(6), tail(0))
    else bytes.push(0xf0 | (point >> 18), tail(12), tail(6), tail(0))
  }
  return Uint8Array.from(bytes)
}

/** Of the character that begins so; 0 where none does. */
function lengthOf(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return 0
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
}

/** Neither too long a form, nor a surrogate, nor above U+10FFFF. */
function pointAt(bytes: Uint8Array, at: number, length: number): number | undefined {
  if (length === 0 || at + length > bytes.length) return undefined
  let point = bytes[at]! & (0xff >> (length + 1))
  for (let next = at + 1; next < at + length; next++) {
    if (bytes[next]! >> 6 !== 2) return undefined
    point = (point << 6) | (bytes[next]! & 0x3f)
  }
  const isSound = point >= (LEAST[length] ?? 0) && point <= 0x10_ffff && !isSurrogate(point)
  return isSound ? point : undefined
}

function isSurrogate(point: number): boolean {
  return point >= 0xd800 && point <= 0xdfff
}

const REPLACEMENT = 0xfffd
/** The least that needs so many bytes. */
const LEAST: readonly number[] = [0, 0, 0x80, 0x800, 0x1_0000]
