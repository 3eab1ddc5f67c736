/** Reads bodies of several parts, without copying. RFC 2046 §5.1, RFC 5621 §3, §4. */
import { ContentDisposition } from './headers/content-disposition.ts'
import { ContentType } from './headers/content-type.ts'
import type { MediaType } from './headers/media-type.ts'
import type { HeaderView } from './headers.ts'
import { boundaryBytes, type Delimiter, delimiterAfter } from './multipart-boundary.ts'
import { scanHeaders } from './scan-headers.ts'

/** A message, or a part of one: what a body is read from. */
export interface BodyHolder {
  /** Its header fields; of a part, those below its boundary. */
  readonly headers: HeaderView
  /** A view into the message, not a copy. Empty where there is no body. */
  readonly body: Uint8Array
}

/** One part of a multipart body; it may be a multipart itself. RFC 2046 §5.1. */
export interface Part extends BodyHolder {
  /** Header and body, as received: a view into the message. */
  readonly wire: Uint8Array
  /** How many multiparts it is in: 1 directly in the message's. */
  readonly depth: number
}

/** What a body turned out to be; offsets are in the body. */
export type Parts =
  | {
      readonly kind: 'parts'
      /** `mixed`, `alternative`, `related`, …, lower-cased; `''` when the body is no multipart. */
      readonly subtype: string
      /** The body itself where it is no multipart; nothing where there is none. */
      readonly parts: readonly BodyHolder[]
      /** Bytes before the first boundary and behind the last, which nobody reads (RFC 2046 §5.1.1). */
      readonly preamble: Uint8Array
      readonly epilogue: Uint8Array
    }
  | { readonly kind: 'malformed'; readonly code: PartsErrorCode; readonly offset: number }

/**
 * `content-type`: not readable, or more than one; `boundary`: none, or more than 70 characters; `no-start`, `no-end`: the first or last boundary is not
 * there; `part-header`: not header fields; `too-many`, `too-deep`: more than 64 parts, or 8 multiparts in each other.
 * A request with any of them is answered 400 (RFC 3261 §21.4.1).
 */
export type PartsErrorCode = 'content-type' | 'boundary' | 'no-start' | 'no-end' | 'part-header' | 'too-many' | 'too-deep'

/** The parts of a message or of a part. A body that is no multipart is its own only part. Never throws; linear. */
export function partsOf(holder: BodyHolder): Parts {
  const { headers, body } = holder
  const types = headers.readAll(ContentType)
  if (types.kind === 'malformed' || (types.kind === 'value' && types.value.length > 1)) return broken('content-type', 0)
  const type = types.kind === 'value' ? types.value[0] : undefined
  if (type === undefined || !type.type.startsWith('multipart/')) return single(holder)
  const depth = 'depth' in holder ? (holder as Part).depth + 1 : 1
  if (depth > MAX_DEPTH) return broken('too-deep', 0)
  const boundary = boundaryBytes(type.params.get('boundary'))
  return boundary === undefined ? broken('boundary', 0) : split(body, boundary, type, depth)
}

/** `type/subtype`, lower-cased. A part without Content-Type is text/plain (RFC 2045 §5.2), a message without one is nothing: `''`. */
export function typeOf(holder: BodyHolder): string {
  return holder.headers.get(ContentType)?.type ?? ('depth' in holder && !holder.headers.has(ContentType) ? 'text/plain' : '')
}

/** What a part is for. RFC 3261 §20.11. */
export interface Disposition {
  /** `session`, `render`, `early-session`, …, lower-cased. */
  readonly type: string
  /** Whether a receiver that does not understand the part may go on without it (RFC 3204 §6). */
  readonly handling: 'required' | 'optional'
}

/** What a part is for. Without Content-Disposition, SDP is for the session and all else to be shown (RFC 3261 §20.11). */
export function dispositionOf(holder: BodyHolder): Disposition {
  const given = holder.headers.get(ContentDisposition)
  const type = given?.type ?? (typeOf(holder) === 'application/sdp' ? 'session' : 'render')
  return { type, handling: given?.handling === 'optional' ? 'optional' : 'required' }
}

/** Most parts in one multipart. */
const MAX_PARTS = 64
/** Most multiparts inside each other. */
const MAX_DEPTH = 8
/** Most header fields of a part. */
const PART_HEADERS = 32

function split(body: Uint8Array, boundary: Uint8Array, { type }: MediaType, depth: number): Parts {
  const first = delimiterAfter(body, boundary, 0)
  if (first === undefined) return broken('no-start', 0)
  const parts: Part[] = []
  let open: Delimiter = first
  while (!open.last) {
    const next = delimiterAfter(body, boundary, open.end)
    if (next === undefined) return broken('no-end', open.end)
    if (parts.length === MAX_PARTS) return broken('too-many', open.end)
    const part = readPart(body, open.end, next.start, depth)
    if (part === undefined) return broken('part-header', open.end)
    parts.push(part)
    open = next
  }
  const subtype = type.slice('multipart/'.length)
  return { kind: 'parts', subtype, parts, preamble: body.subarray(0, first.start), epilogue: body.subarray(open.end) }
}

/** A part need not have a body, nor a header (RFC 2046 §5.1.1); the line break before the boundary belongs to the boundary. */
function readPart(body: Uint8Array, start: number, end: number, depth: number): Part | undefined {
  const wire = body.subarray(start, Math.max(start, end))
  const headers = scanHeaders(end < start ? EMPTY_LINE : body.subarray(start, end + 2), 0, PART_HEADERS)
  const noBody = headers.problem?.code === 'truncated'
  if (headers.problem !== undefined && !noBody) return undefined
  return { headers, wire, body: wire.subarray(noBody ? wire.length : Math.min(headers.bodyStart, wire.length)), depth }
}

function single(holder: BodyHolder): Parts {
  return { kind: 'parts', subtype: '', parts: holder.body.length === 0 ? [] : [holder], preamble: NO_BYTES, epilogue: NO_BYTES }
}

const broken = (code: PartsErrorCode, offset: number): Parts => ({ kind: 'malformed', code, offset })

const NO_BYTES = new Uint8Array(0)
const EMPTY_LINE = Uint8Array.of(13, 10)
