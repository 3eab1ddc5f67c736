/**
 * The bindings of one address of record as one block of bytes, and back. RFC 3261 §10.
 *
 * ```
 *   word 0  bytes of text, UTF-8          word 1  how many bindings
 *        2  stretch the block waits for   3  -
 *   for each binding, 12 words:
 *     0, 1  expires at (double)           2, 3  reg-id (double, NaN: none)
 *        4  CSeq                             5  q in thousandths, -1: none
 *        6  characters of the contact        7  of the Call-ID
 *        8  of the instance, -1: none        9  of the User-Agent, -1: none
 *       10  of the path, joined, -1: empty  11  -
 *   text    all of them, one after the other
 * ```
 */
import { utf8, utf8Bytes } from '@strowger/sip-parser'
import type { Binding } from './binding.ts'
import type { Page } from './record-slab.ts'

/** In the block; {@link Bindings} keeps it. */
export const STRETCH = 2
const COUNT = 1
const HEAD = 4
const EACH = 12
const NONE = -1
/** No Path value holds it: it cannot be written into a header field. */
const BETWEEN_PATHS = '\n'

/** All text of a record. */
export function textOf(bindings: readonly Binding[]): string {
  let text = ''
  for (let i = 0; i < bindings.length; i++) {
    const { contact, callId, instance = '', userAgent = '', path } = bindings[i]!
    text += contact + callId + instance + userAgent + (path.length === 1 ? path[0]! : path.join(BETWEEN_PATHS))
  }
  return text
}

/** `undefined` when each character is one byte. */
export function wideBytes(text: string): Uint8Array | undefined {
  let seen = 0
  for (let i = 0; i < text.length; i++) seen |= text.charCodeAt(i)
  return seen < 0x80 ? undefined : utf8Bytes(text)
}

/** Of a block with so many bindings and so much text. */
export function recordBytes(count: number, textBytes: number): number {
  return (HEAD + EACH * count) * 4 + textBytes
}

/** How long the record at `start` is. */
export function recordBytesAt({ words }: Page, start: number): number {
  return recordBytes(words[(start >> 2) + COUNT]!, words[start >> 2]!)
}

/** How many bindings the record at `start` holds. */
export function countAt({ words }: Page, start: number): number {
  return words[(start >> 2) + COUNT]!
}

/** Writes all but the stretch. `wide`: of {@link wideBytes}. */
export function writeRecord(page: Page, start: number, bindings: readonly Binding[], text: string, wide: Uint8Array | undefined): void {
  const { words, doubles, bytes } = page
  const head = start >> 2
  words[head] = wide?.length ?? text.length
  words[head + COUNT] = bindings.length
  for (let i = 0; i < bindings.length; i++) {
    const { contact, callId, instance, userAgent, path, expiresAt, regId, cseq, q } = bindings[i]!
    const at = head + HEAD + EACH * i
    doubles[at >> 1] = expiresAt
    doubles[(at >> 1) + 1] = regId ?? Number.NaN
    words[at + 4] = cseq
    words[at + 5] = q === undefined ? NONE : Math.round(q * 1000)
    words[at + 6] = contact.length
    words[at + 7] = callId.length
    words[at + 8] = instance?.length ?? NONE
    words[at + 9] = userAgent?.length ?? NONE
    words[at + 10] = path.length === 0 ? NONE : path.reduce((sum, { length }) => sum + length, path.length - 1)
  }
  const from = start + recordBytes(bindings.length, 0)
  if (wide !== undefined) bytes.set(wide, from)
  else for (let i = 0; i < text.length; i++) bytes[from + i] = text.charCodeAt(i)
}

/** The texts are cut from one that is made here: nothing of the page, nor of a message, stays alive with them. */
export function readRecord(page: Page, start: number, aor: string): Binding[] {
  const { words, doubles, bytes } = page
  const head = start >> 2
  const count = words[head + COUNT]!
  const from = start + recordBytes(count, 0)
  const text = utf8(bytes, from, from + words[head]!)
  const bindings: Binding[] = []
  let at = 0
  const next = (length: number): string => {
    at += length
    return text.substring(at - length, at)
  }
  for (let i = 0; i < count; i++) {
    const word = head + HEAD + EACH * i
    const regId = doubles[(word >> 1) + 1]!
    const q = words[word + 5]!
    const contact = next(words[word + 6]!)
    const callId = next(words[word + 7]!)
    const instance = words[word + 8] === NONE ? undefined : next(words[word + 8]!)
    const userAgent = words[word + 9] === NONE ? undefined : next(words[word + 9]!)
    const path = words[word + 10] === NONE ? NO_PATH : next(words[word + 10]!).split(BETWEEN_PATHS)
    const binding: { -readonly [K in keyof Binding]: Binding[K] } = {
      aor,
      contact,
      path,
      expiresAt: doubles[word >> 1]!,
      callId,
      cseq: words[word + 4]!,
    }
    if (q !== NONE) binding.q = q / 1000
    if (instance !== undefined) binding.instance = instance
    if (!Number.isNaN(regId)) binding.regId = regId
    if (userAgent !== undefined) binding.userAgent = userAgent
    bindings.push(binding)
  }
  return bindings
}

/** When the first of the record's bindings ends. */
export function earliestAt({ words, doubles }: Page, start: number): number {
  const head = start >> 2
  let earliest = Number.POSITIVE_INFINITY
  for (let i = 0; i < words[head + COUNT]!; i++) earliest = Math.min(earliest, doubles[(head + HEAD + EACH * i) >> 1]!)
  return earliest
}

const NO_PATH: readonly string[] = []
