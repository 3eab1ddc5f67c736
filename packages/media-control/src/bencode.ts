/** Encodes and decodes bencode, the notation of NG messages: `d3:key5:valuee`, `i42e`, `l...e`. */
import { type ByteString, bytesOf, latin1 } from './bytes.ts'

/** A value bencode can hold. Decoded strings are text with one character per byte. Absent dictionary values are not written. */
export type BValue = ByteString | number | readonly BValue[] | BDict
/** A dictionary; its order is kept and means nothing. */
export interface BDict {
  readonly [key: string]: BValue | undefined
}

/** Why bytes are no bencode. */
export type BencodeFault =
  | 'truncated'
  | 'bad-integer'
  | 'bad-length'
  | 'bad-key'
  | 'unknown-type'
  | 'too-deep'
  | 'too-large'
  | 'trailing-bytes'

/** What `bdecode` found: a value, or what is wrong at which byte. */
export type BDecoded =
  | { readonly kind: 'value'; readonly value: BValue }
  | { readonly kind: 'malformed'; readonly code: BencodeFault; readonly offset: number }

/** What a message may measure. */
export interface BencodeLimits {
  /** In bytes. Default 65535, the largest datagram. */
  readonly maxBytes?: number
  /** Lists and dictionaries inside each other. Default 32. */
  readonly maxDepth?: number
}

/** The bytes of `value`. Numbers must be whole and within 2^53: anything else is a TypeError, as is nesting deeper than 32. */
export function bencode(value: BValue): Uint8Array {
  const parts: Uint8Array[] = []
  write(value, parts, 0)
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/**
 * Reads one value that fills `bytes`. Strict: no leading zeros, no `-0`, string keys only, no key twice. Never throws.
 * Integers of up to 20 digits are read; those beyond 2^53 lose precision (an rtpengine writes 64-bit counters).
 */
export function bdecode(bytes: Uint8Array, limits: BencodeLimits = {}): BDecoded {
  if (bytes.length > (limits.maxBytes ?? MAX_BYTES)) return { kind: 'malformed', code: 'too-large', offset: 0 }
  const at: Place = { bytes, offset: 0, depth: limits.maxDepth ?? MAX_DEPTH, fault: undefined }
  const value = read(at)
  if (value === undefined) return { kind: 'malformed', code: at.fault ?? 'truncated', offset: at.offset }
  if (at.offset < bytes.length) return { kind: 'malformed', code: 'trailing-bytes', offset: at.offset }
  return { kind: 'value', value }
}

/** Whether a value is a dictionary. */
export function isDict(value: BValue | undefined): value is BDict {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Uint8Array)
}

/** Where reading stands: `depth` is what is left of it, `fault` the first thing wrong. */
interface Place {
  readonly bytes: Uint8Array
  offset: number
  depth: number
  fault: BencodeFault | undefined
}

function write(value: BValue, parts: Uint8Array[], depth: number): void {
  if (depth > MAX_DEPTH) throw new TypeError(`Nested deeper than ${MAX_DEPTH}`)
  if (typeof value === 'number') parts.push(bytesOf(`i${checkedInteger(value)}e`))
  else if (typeof value === 'string' || value instanceof Uint8Array) writeString(value, parts)
  else if (isDict(value)) writeAll('d', pairs(value), parts, depth)
  else writeAll('l', value, parts, depth)
}

function writeString(value: ByteString, parts: Uint8Array[]): void {
  const bytes = bytesOf(value)
  parts.push(bytesOf(`${bytes.length}:`), bytes)
}

function writeAll(start: 'd' | 'l', items: readonly BValue[], parts: Uint8Array[], depth: number): void {
  parts.push(bytesOf(start))
  for (const item of items) write(item, parts, depth + 1)
  parts.push(bytesOf('e'))
}

function pairs(dict: BDict): BValue[] {
  return Object.entries(dict).flatMap(([key, value]) => (value === undefined ? [] : [key, value]))
}

function checkedInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not a whole number within 2^53`)
  return String(value)
}

function read(at: Place): BValue | undefined {
  const first = at.bytes[at.offset]
  if (first === undefined) return wrong(at, 'truncated')
  if (first === INTEGER) return readInteger(at)
  if (first >= DIGIT_0 && first <= DIGIT_9) return readString(at)
  if (first !== LIST && first !== DICT) return wrong(at, 'unknown-type')
  if (at.depth === 0) return wrong(at, 'too-deep')
  at.depth--
  at.offset++
  const value = first === LIST ? readList(at) : readDict(at)
  at.depth++
  return value
}

function readList(at: Place): BValue[] | undefined {
  const list: BValue[] = []
  while (at.bytes[at.offset] !== END) {
    const item = read(at)
    if (item === undefined) return undefined
    list.push(item)
  }
  at.offset++
  return list
}

function readDict(at: Place): BDict | undefined {
  // Without a prototype, so that no key of the sender's is special.
  const dict: Record<string, BValue> = Object.create(null)
  while (at.bytes[at.offset] !== END) {
    const start = at.offset
    const key = read(at)
    if (key === undefined) return undefined
    if (typeof key !== 'string' || key in dict) {
      at.offset = start
      return wrong(at, 'bad-key')
    }
    const value = read(at)
    if (value === undefined) return undefined
    dict[key] = value
  }
  at.offset++
  return dict
}

function readInteger(at: Place): number | undefined {
  const text = upTo(at, at.offset + 1, END, MAX_DIGITS + 1)
  if (text === undefined || !CANONICAL.test(text)) return wrong(at, 'bad-integer')
  at.offset += text.length + 2
  return Number(text)
}

function readString(at: Place): string | undefined {
  const text = upTo(at, at.offset, COLON, 8)
  if (text === undefined || !CANONICAL.test(text)) return wrong(at, 'bad-length')
  const from = at.offset + text.length + 1
  const to = from + Number(text)
  if (to > at.bytes.length) return wrong(at, 'truncated')
  at.offset = to
  return latin1(at.bytes.subarray(from, to))
}

/** The text from `from` up to the byte `stop`, which is at most `most` bytes away. */
function upTo(at: Place, from: number, stop: number, most: number): string | undefined {
  const found = at.bytes.subarray(from, from + most + 1).indexOf(stop)
  return found < 0 ? undefined : latin1(at.bytes.subarray(from, from + found))
}

function wrong(at: Place, fault: BencodeFault): undefined {
  at.fault ??= fault
  return undefined
}

const MAX_BYTES = 65_535
const MAX_DEPTH = 32
const MAX_DIGITS = 20
const INTEGER = 0x69
const LIST = 0x6c
const DICT = 0x64
const END = 0x65
const COLON = 0x3a
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const CANONICAL = /^(?:0|-?[1-9]\d{0,19})$/
