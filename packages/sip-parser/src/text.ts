/** Bytes to text and back, in plain code; the `/node` entry installs what is faster. RFC 3261 §7 (UTF-8, RFC 3629). */

/** How bytes become text, and text bytes. `end` is exclusive. */
export interface TextDecoding {
  /** Each byte one character. */
  latin1(bytes: Uint8Array, start: number, end: number): string
  /** UTF-8; what is not UTF-8 reads as U+FFFD. */
  utf8(bytes: Uint8Array, start: number, end: number): string
  /** Writes each character, all below U+0100, as one byte. Without it edits copy bytes. */
  writeLatin1?(text: string, bytes: Uint8Array, at: number): void
  /** Bytes of `text` as UTF-8. */
  utf8Length?(text: string): number
  /** So many bytes of memory, whatever is in them. Without it messages are written into zeroed memory. */
  memory?(length: number): ArrayBuffer
}

/** Replaces the decoder of this package, for all messages. */
export function setTextDecoder(decoding: TextDecoding): void {
  decoder = decoding
}

/** Text of bytes `start` to `end` (exclusive), each byte one character: loses nothing, whatever the bytes are. */
export function latin1(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  return decoder.latin1(bytes, start, end)
}

/** Text of bytes `start` to `end` (exclusive); what is not UTF-8 reads as U+FFFD. RFC 3629 §3. */
export function utf8(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  return decoder.utf8(bytes, start, end)
}

/** How to write text of characters below U+0100, one byte each; `undefined` when there is no fast way. */
export function latin1Writer(): TextDecoding['writeLatin1'] {
  return decoder.writeLatin1
}

/** So many bytes to write over. */
export function memory(length: number): ArrayBuffer {
  return decoder.memory === undefined ? new ArrayBuffer(length) : decoder.memory(length)
}

/** UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text))
  writeUtf8(text, bytes, 0)
  return bytes
}

export function utf8Length(text: string): number {
  if (decoder.utf8Length !== undefined) return decoder.utf8Length(text)
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) continue
    if (code < 0x800) length++
    else if (isPair(text, i, code)) {
      length += 2
      i++
    } else length += 2
  }
  return length
}

/** Writes `text` at `at` and returns where it ended. */
export function writeUtf8(text: string, bytes: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x80) bytes[at++] = code
    else {
      const pair = isPair(text, i, code)
      at = writeCodePoint(pair ? text.codePointAt(i)! : isSurrogate(code) ? REPLACEMENT : code, bytes, at)
      if (pair) i++
    }
  }
  return at
}

function writeCodePoint(point: number, bytes: Uint8Array, at: number): number {
  if (point < 0x800) bytes[at++] = 0xc0 | (point >> 6)
  else {
    if (point < 0x10000) bytes[at++] = 0xe0 | (point >> 12)
    else {
      bytes[at++] = 0xf0 | (point >> 18)
      bytes[at++] = 0x80 | ((point >> 12) & 63)
    }
    bytes[at++] = 0x80 | ((point >> 6) & 63)
  }
  bytes[at++] = 0x80 | (point & 63)
  return at
}

const isSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xe000

function isPair(text: string, i: number, code: number): boolean {
  if (code < 0xd800 || code > 0xdbff) return false
  const low = text.charCodeAt(i + 1)
  return low >= 0xdc00 && low < 0xe000
}

function plainLatin1(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  for (let i = start; i < end; i += CHUNK) text += fromCharCodes(bytes.subarray(i, Math.min(i + CHUNK, end)))
  return text
}

function plainUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = ''
  let units: number[] = []
  for (let i = start; i < end; ) {
    const packed = sequenceAt(bytes, i, end)
    const point = packed >> 3
    i += packed & 7
    if (point < 0x10000) units.push(point)
    else units.push(0xd7c0 + (point >> 10), 0xdc00 + (point & 0x3ff))
    if (units.length >= CHUNK) {
      text += fromCharCodes(units)
      units = []
    }
  }
  return text + fromCharCodes(units)
}

/** Code point at `i`, shifted by three bits to hold its length; U+FFFD for a sequence that breaks off (RFC 3629 §3). */
function sequenceAt(bytes: Uint8Array, i: number, end: number): number {
  const lead = bytes[i]!
  if (lead < 0x80) return (lead << 3) | 1
  const more = moreBytes(lead)
  let point = lead & (0x3f >> more)
  for (let k = 1; k <= more; k++) {
    if (i + k >= end || !continues(lead, bytes[i + k]!, k)) return (REPLACEMENT << 3) | k
    point = (point << 6) | (bytes[i + k]! & 63)
  }
  return more === 0 ? (REPLACEMENT << 3) | 1 : (point << 3) | (more + 1)
}

const moreBytes = (lead: number): number => (lead < 0xc2 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : 0)

/** No overlong form, no surrogate, nothing above U+10FFFF: the second byte tells. */
function continues(lead: number, byte: number, k: number): boolean {
  if (k > 1) return (byte & 0xc0) === 0x80
  const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  return byte >= least && byte <= most
}

function fromCharCodes(codes: ArrayLike<number>): string {
  return String.fromCharCode.apply(null, codes as number[])
}

const CHUNK = 4096
const REPLACEMENT = 0xfffd

let decoder: TextDecoding = { latin1: plainLatin1, utf8: plainUtf8 }
