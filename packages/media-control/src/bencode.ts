/** Encodes and decodes bencode, the notation of NG messages: `d3:key5:valuee`, `i42e`, `l...e`. */
import { type ByteString, bytesOf, isWide, latin1, textOf } from './bytes.ts'

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
  return bytesOf(bencodeText(value))
}

/** @internal The same as text, one character per byte. All of it is looked at once: hardly a message has a character that is no byte. */
export function bencodeText(value: BValue): string {
  const text = written(value, 0, asItIs)
  return isWide(text) ? written(value, 0, textOf) : text
}

/**
 * Reads one value that fills `bytes`. Strict: no leading zeros, no `-0`, string keys only, no key twice. Never throws.
 * Integers of up to 20 digits are read; those beyond 2^53 lose precision (an rtpengine writes 64-bit counters).
 */
export function bdecode(bytes: Uint8Array, limits: BencodeLimits = {}): BDecoded {
  if (bytes.length > (limits.maxBytes ?? MAX_BYTES)) return { kind: 'malformed', code: 'too-large', offset: 0 }
  const at: Place = { text: latin1(bytes), offset: 0, depth: limits.maxDepth ?? MAX_DEPTH, fault: undefined }
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
  readonly text: string
  offset: number
  depth: number
  fault: BencodeFault | undefined
}

type Narrow = (text: string) => string

const asItIs: Narrow = text => text

function written(value: BValue, depth: number, narrow: Narrow): string {
  if (depth > MAX_DEPTH) throw new TypeError(`Nested deeper than ${MAX_DEPTH}`)
  if (typeof value === 'number') return `i${checkedInteger(value)}e`
  if (typeof value === 'string') return writtenString(narrow(value))
  if (value instanceof Uint8Array) return writtenString(latin1(value))
  return isDict(value) ? writtenDict(value, depth, narrow) : writtenList(value, depth, narrow)
}

function writtenString(text: string): string {
  return (LENGTHS[text.length] ?? `${text.length}:`) + text
}

function writtenDict(dict: BDict, depth: number, narrow: Narrow): string {
  let text = 'd'
  for (const key of Object.keys(dict)) {
    const value = dict[key]
    if (value !== undefined) text += writtenString(narrow(key)) + written(value, depth + 1, narrow)
  }
  return `${text}e`
}

function writtenList(list: readonly BValue[], depth: number, narrow: Narrow): string {
  let text = 'l'
  for (const item of list) text += written(item, depth + 1, narrow)
  return `${text}e`
}

function checkedInteger(value: number): string {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is not a whole number within 2^53`)
  return String(value)
}

function read(at: Place): BValue | undefined {
  const first = at.text.charCodeAt(at.offset)
  if (first >= DIGIT_0 && first <= DIGIT_9) return readString(at)
  if (first === INTEGER) return readInteger(at)
  if (first !== LIST && first !== DICT) return wrong(at, at.offset < at.text.length ? 'unknown-type' : 'truncated')
  if (at.depth === 0) return wrong(at, 'too-deep')
  at.depth--
  at.offset++
  const value = first === LIST ? readList(at) : readDict(at)
  at.depth++
  return value
}

function readList(at: Place): BValue[] | undefined {
  const list: BValue[] = []
  while (at.text.charCodeAt(at.offset) !== END) {
    const item = read(at)
    if (item === undefined) return undefined
    list.push(item)
  }
  at.offset++
  return list
}

function readDict(at: Place): BDict | undefined {
  const dict: Record<string, BValue> = new EmptyDict()
  while (at.text.charCodeAt(at.offset) !== END) {
    const start = at.offset
    const key = read(at)
    if (key === undefined) return undefined
    if (typeof key !== 'string' || dict[key] !== undefined) {
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
  const from = at.offset + 1
  const end = at.text.indexOf('e', from)
  if (end < 0 || end - from > MAX_DIGITS + 1) return wrong(at, 'bad-integer')
  const text = at.text.slice(from, end)
  if (!CANONICAL.test(text)) return wrong(at, 'bad-integer')
  at.offset = end + 1
  return Number(text)
}

/** Its length has 8 digits at most, and no zero in front. */
function readString(at: Place): string | undefined {
  const { text, offset } = at
  let length = 0
  let from = offset
  for (let digit = text.charCodeAt(from); digit !== COLON; digit = text.charCodeAt(++from)) {
    if (!(digit >= DIGIT_0 && digit <= DIGIT_9) || from === offset + MAX_LENGTH_DIGITS) return wrong(at, 'bad-length')
    length = 10 * length + digit - DIGIT_0
  }
  if (from > offset + 1 && text.charCodeAt(offset) === DIGIT_0) return wrong(at, 'bad-length')
  const to = from + 1 + length
  if (to > text.length) return wrong(at, 'truncated')
  at.offset = to
  return text.slice(from + 1, to)
}

function wrong(at: Place, fault: BencodeFault): undefined {
  at.fault ??= fault
  return undefined
}

/** What stands before a short string. */
const LENGTHS: readonly string[] = Array.from({ length: 256 }, (_, length) => `${length}:`)
const MAX_BYTES = 65_535
const MAX_DEPTH = 32
const MAX_DIGITS = 20
const MAX_LENGTH_DIGITS = 8
const INTEGER = 0x69
const LIST = 0x6c
const DICT = 0x64
const END = 0x65
const COLON = 0x3a
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const CANONICAL = /^(?:0|-?[1-9]\d{0,19})$/

/** What a dictionary is made of: nothing is inherited, so that no key of the sender's is special. */
function Dictionary(): void {}
Dictionary.prototype = Object.create(null)
const EmptyDict = Dictionary as unknown as new () => Record<string, BValue>
