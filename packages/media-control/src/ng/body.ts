/** The two notations an NG message may be written in, bencode and JSON, told apart by its first byte. */
import { type BDict, type BencodeLimits, type BValue, bdecode, bencodeText, isDict } from '../bencode.ts'
import { bytesOf, latin1, textOf, utf8Text } from '../bytes.ts'

/** How a message is written. A reply uses the notation of its command. */
export type NgFormat = 'bencode' | 'json'

/** A body that was read, or why not. */
export type NgBody =
  | { readonly kind: 'body'; readonly format: NgFormat; readonly value: BDict }
  | { readonly kind: 'malformed'; readonly format: NgFormat; readonly reason: string }

/** Reads a body, which must be a dictionary. Never throws. Strings have one character per byte, in JSON the bytes of its UTF-8. */
export function readBody(bytes: Uint8Array, limits: BencodeLimits = {}): NgBody {
  return bytes[0] === BRACE ? readJson(bytes, limits) : readBencode(bytes, limits)
}

/** Writes a body. */
export function writeBody(value: BDict, format: NgFormat): Uint8Array {
  return bytesOf(bodyText(value, format))
}

/** @internal The same as text, one character per byte. */
export function bodyText(value: BDict, format: NgFormat): string {
  return format === 'bencode' ? bencodeText(value) : textOf(JSON.stringify(textOnly(value)))
}

function readBencode(bytes: Uint8Array, limits: BencodeLimits): NgBody {
  const decoded = bdecode(bytes, limits)
  if (decoded.kind === 'malformed') return malformed('bencode', `Bencode ${decoded.code} at byte ${decoded.offset}`)
  return isDict(decoded.value) ? { kind: 'body', format: 'bencode', value: decoded.value } : malformed('bencode', 'Not a dictionary')
}

function readJson(bytes: Uint8Array, limits: BencodeLimits): NgBody {
  if (bytes.length > (limits.maxBytes ?? MAX_BYTES)) return malformed('json', 'Too large')
  try {
    const value = plain(JSON.parse(unescaped(latin1(bytes))), limits.maxDepth ?? MAX_DEPTH)
    return isDict(value) ? { kind: 'body', format: 'json', value } : malformed('json', 'Nested too deep')
  } catch {
    return malformed('json', 'Not JSON')
  }
}

function malformed(format: NgFormat, reason: string): NgBody {
  return { kind: 'malformed', format, reason }
}

/** The text of a JSON document with its escapes above ASCII written out as the bytes of their UTF-8. RFC 8259 §7. */
function unescaped(json: string): string {
  return json.replace(ESCAPE, written => {
    const units = written[1] === 'u' ? written.split('\\u').slice(1) : []
    const text = String.fromCharCode(...units.map(unit => Number.parseInt(unit, 16)))
    return text < '\x80' ? written : utf8Text(text)
  })
}

/** What JSON said, in the values bencode has: true and false become 1 and 0, null is left out, fractions become text. */
function plain(value: unknown, depth: number): BValue | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : String(value)
  if (typeof value === 'boolean') return Number(value)
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === 0) throw new RangeError('too deep')
  if (Array.isArray(value)) return value.map(item => plain(item, depth - 1)).filter(item => item !== undefined)
  const dict: Record<string, BValue | undefined> = Object.create(null)
  for (const [key, item] of Object.entries(value)) dict[key] = plain(item, depth - 1)
  return dict
}

function textOnly(value: BValue): unknown {
  if (typeof value === 'string' || value instanceof Uint8Array) return textOf(value)
  if (typeof value === 'number') return value
  if (Array.isArray(value)) return value.map(textOnly)
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [[textOf(key), textOnly(item)]])))
}

/** Any escape; the two halves of a surrogate pair are one. */
const ESCAPE = /\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\./g
const BRACE = 0x7b
const MAX_BYTES = 65_535
const MAX_DEPTH = 32
