/** Turns bytes into text and back, one character per byte: that is what a string is everywhere in this package. */

/** A byte string: bytes, or text. Text below U+0100 is one byte per character, other text is written as UTF-8. */
export type ByteString = Uint8Array | string

/** How text becomes bytes and back; what is given is not wide. */
export interface ByteText {
  text(bytes: Uint8Array): string
  bytes(text: string): Uint8Array
  /** The same into bytes that are there, which have room for it. */
  write(text: string, into: Uint8Array, at: number): void
}

/** @internal The sockets have a faster way than plain JavaScript. */
export function setByteText(way: ByteText): void {
  byteText = way
}

/** The text of `bytes`, one character per byte. */
export function latin1(bytes: Uint8Array): string {
  return byteText.text(bytes)
}

/** The bytes of a byte string. Lone surrogates become U+FFFD. */
export function bytesOf(value: ByteString): Uint8Array {
  return typeof value === 'string' ? byteText.bytes(narrow(value)) : value
}

/** Writes a byte string of which `textOf` made text. */
export function writeBytes(text: string, into: Uint8Array, at: number): void {
  byteText.write(text, into, at)
}

/** The text of a byte string: one character per byte. */
export function textOf(value: ByteString): string {
  return typeof value === 'string' ? narrow(value) : byteText.text(value)
}

function narrow(text: string): string {
  return isWide(text) ? utf8Text(text) : text
}

/** Whether some character is no byte. */
export function isWide(text: string): boolean {
  return WIDE.test(text)
}

/** The UTF-8 of any text, one character per byte. RFC 3629 §3. */
export function utf8Text(text: string): string {
  let out = ''
  for (const character of text) {
    const point = character.codePointAt(0)!
    out += String.fromCharCode(...utf8Bytes(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point))
  }
  return out
}

function utf8Bytes(point: number): number[] {
  const tail = (shift: number): number => 0x80 | ((point >> shift) & 0x3f)
  if (point < 0x80) return [point]
  if (point < 0x800) return [0xc0 | (point >> 6), tail(0)]
  if (point < 0x10000) return [0xe0 | (point >> 12), tail(6), tail(0)]
  return [0xf0 | (point >> 18), tail(12), tail(6), tail(0)]
}

const CHUNK = 4096
const WIDE = /[^\0-\xff]/

let byteText: ByteText = {
  text: bytes => {
    let text = ''
    for (let from = 0; from < bytes.length; from += CHUNK) text += String.fromCharCode(...bytes.subarray(from, from + CHUNK))
    return text
  },
  bytes: text => {
    const bytes = new Uint8Array(text.length)
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at)
    return bytes
  },
  write: (text, into, from) => {
    for (let at = 0; at < text.length; at++) into[from + at] = text.charCodeAt(at)
  },
}
