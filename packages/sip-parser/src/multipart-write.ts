/** Writes bodies of several parts. RFC 2046 §5.1.1, RFC 5621 §4. */
import { formatParam } from './headers/params.ts'
import { checkToken, safeLength } from './safe-text.ts'
import { utf8Bytes } from './text.ts'

/** A part to be written. RFC 2046 §5.1. */
export interface NewPart {
  /** As in Content-Type, parameters included. */
  readonly type: string
  /** Its content, copied as it is; the boundary is chosen so that it is not in it. */
  readonly body: Uint8Array
  /** As in Content-Disposition: `session`, `render;handling=optional`. */
  readonly disposition?: string
  /** Content-ID, without brackets (RFC 2392 §2). */
  readonly id?: string
  /** Other header fields of the part, as name and value. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
}

/** What `MessageEdit.body` takes. RFC 2046 §5.1.1. */
export interface MultipartBody {
  /** For `MessageEdit.body`. */
  readonly contentType: string
  /** Boundaries, parts and all. */
  readonly body: Uint8Array
}

/**
 * A body of `subtype` (`mixed`, `alternative`, `related`; of the last the first part is the root). The boundary is one that is in no
 * part. Throws a TypeError for a value with a line break in it, or without parts (RFC 2046 §5.1.1 wants one).
 */
export function multipart(subtype: string, parts: readonly NewPart[]): MultipartBody {
  if (parts.length === 0) throw new TypeError('A multipart body has at least one part (RFC 2046 §5.1.1)')
  const boundary = freeBoundary(parts)
  const pieces: Uint8Array[] = []
  for (const [i, part] of parts.entries()) {
    pieces.push(utf8Bytes(`${i === 0 ? '' : '\r\n'}--${boundary}\r\n${headerOf(part)}\r\n`), part.body)
  }
  pieces.push(utf8Bytes(`\r\n--${boundary}--\r\n`))
  const root = subtype === 'related' ? formatParam('type', parts[0]!.type.split(';')[0]!.trim()) : ''
  return { contentType: `multipart/${checkToken(subtype, 'A subtype')}${root};boundary=${boundary}`, body: joined(pieces) }
}

function headerOf({ type, disposition, id, headers }: NewPart): string {
  let text = line('Content-Type', type)
  if (disposition !== undefined) text += line('Content-Disposition', disposition)
  if (id !== undefined) text += line('Content-ID', `<${id}>`)
  for (const [name, value] of headers ?? []) text += line(checkToken(name, 'A header name'), value)
  return text
}

function line(name: string, value: string): string {
  safeLength(value, name)
  return `${name}: ${value}\r\n`
}

/** `part_N_` with the least N for which no part holds `--part_N_`: one pass, whatever the parts hold. */
function freeBoundary(parts: readonly NewPart[]): string {
  const taken = new Set<number>()
  for (const { body } of parts) noteTaken(body, taken)
  let free = 1
  while (taken.has(free)) free++
  return `part_${free}_`
}

function noteTaken(body: Uint8Array, taken: Set<number>): void {
  for (let i = body.indexOf(STEM[0]!); i >= 0; i = body.indexOf(STEM[0]!, i + 1)) {
    let k = 1
    while (k < STEM.length && body[i + k] === STEM[k]) k++
    if (k < STEM.length) continue
    let number = 0
    for (let digit = body[i + k]! - 48; digit >= 0 && digit <= 9 && k < MOST_DIGITS; digit = body[i + ++k]! - 48)
      number = number * 10 + digit
    taken.add(number)
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((bytes, piece) => bytes + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

const STEM: Uint8Array = utf8Bytes('--part_')
/** Of stem and number together: more than there are parts in the world. */
const MOST_DIGITS = 22
