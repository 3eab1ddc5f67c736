/** Builds the response to a request. RFC 3261 §8.2.6.2. */
import { roomFor, written } from './allocate.ts'
import type { MessageEdit } from './edit.ts'
import { headerId } from './header-names.ts'
import { To } from './headers/to.ts'
import { type Headers, STRIDE } from './headers.ts'
import type { SipRequest } from './message.ts'
import { checkToken, safeLength, writeSafe } from './safe-text.ts'
import { copy } from './splices.ts'
import { statusPhrase } from './status-phrases.ts'
import { latin1, utf8Bytes, writeUtf8 } from './text.ts'
import { WireEdit } from './wire-edit.ts'

/** What `responseTo` does beyond copying. */
export interface ResponseOptions {
  /** Added to To unless it has one. Needed for every status but 100 (RFC 3261 §8.2.6.2). */
  readonly toTag?: string | undefined
  /** Default: the registered phrase for the status. */
  readonly reason?: string | undefined
  /** Copies Record-Route too, as a response that makes a dialog must (RFC 3261 §12.1.1). Default false. */
  readonly recordRoute?: boolean
  /** Written behind those that are copied, in this order; Content-Length is left out, it is written by itself. */
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined
}

type HeaderLines = NonNullable<ResponseOptions['headers']>

/**
 * A response with Via, From, To, Call-ID and CSeq copied from `request`, byte by byte (RFC 3261 §8.2.6.2), and Timestamp into a 100 (§8.2.6.1).
 * Throws a TypeError for a status that is none, a tag or a name that is no token, a value with CR or LF.
 */
export function responseTo(request: SipRequest, status: number, options: ResponseOptions = {}): MessageEdit {
  if (!Number.isInteger(status) || status < 100 || status > 699) throw new TypeError(`A status is a number from 100 to 699, not ${status}`)
  const line = options.reason === undefined ? usualStart(status) : startLine(status, options.reason)
  const headers = request.headers as Headers
  const tag = options.toTag === undefined || hasTag(headers) ? '' : checkToken(options.toTag, 'A tag')
  const { headers: more = NO_HEADERS } = options
  const { bytes, start } = roomFor(line.length + headers.bodyStart + TAG.length + tag.length + mostBytes(more) + NO_BODY.length)
  const linesEnd = copyLines(headers, copy(line, 0, line.length, bytes, start), bytes, tag, copiedInto(status, options))
  const end = copy(NO_BODY, 0, NO_BODY.length, bytes, writeLines(more, bytes, linesEnd))
  return new WireEdit('response', undefined, written(bytes, start, end), undefined)
}

function mostBytes(lines: HeaderLines): number {
  let bytes = 0
  for (let i = 0; i < lines.length; i++) bytes += lines[i]![0].length + MOST_BYTES * lines[i]![1].length + BETWEEN.length + LINE_END.length
  return bytes
}

/** Piece by piece: a text that is put together of several is copied once more before it can be read. */
function writeLines(lines: HeaderLines, bytes: Uint8Array, start: number): number {
  let at = start
  for (let i = 0; i < lines.length; i++) {
    const [name, value] = lines[i]!
    if (headerId(checkToken(name, 'A header name')) === CONTENT_LENGTH) continue
    at = copy(BETWEEN, 0, BETWEEN.length, bytes, writeUtf8(name, bytes, at))
    at = copy(LINE_END, 0, LINE_END.length, bytes, writeSafe(value, name, bytes, at))
  }
  return at
}

/** Of a status with its registered phrase: made once. */
function usualStart(status: number): Uint8Array {
  const known = USUAL_STARTS[status - 100]
  if (known !== undefined) return known
  const line = startLine(status, statusPhrase(status))
  USUAL_STARTS[status - 100] = line
  return line
}

function startLine(status: number, reason: string): Uint8Array {
  safeLength(reason, 'A reason phrase')
  return utf8Bytes(`SIP/2.0 ${status} ${reason}\r\n`)
}

/** Copies lines that `copied` has, by id, in the order they came, neighbours together; `tag` goes behind the value of To. */
function copyLines(headers: Headers, start: number, bytes: Uint8Array, tag: string, copied: readonly boolean[]): number {
  const { bytes: request } = headers.source
  let at = start
  /** What has not been copied yet: nothing while they are the same. */
  let from = 0
  let to = 0
  for (let k = 0; k + STRIDE <= headers.length; k += STRIDE) {
    if (copied[headers.at(k)] !== true) continue
    if (headers.at(k + 1) !== to) {
      at = copy(request, from, to, bytes, at)
      from = headers.at(k + 1)
    }
    if (headers.at(k) === TO && tag !== '') {
      at = copy(TAG, 0, TAG.length, bytes, copy(request, from, headers.at(k + 3), bytes, at))
      at = writeUtf8(tag, bytes, at)
      from = headers.at(k + 3)
    }
    to = endOfLine(request, headers.at(k + 3))
  }
  return copy(request, from, to, bytes, at)
}

/** After the CRLF that ends a line; between its value and that are only blanks and folds. */
function endOfLine(bytes: Uint8Array, valueEnd: number): number {
  let i = valueEnd
  while (bytes[i] !== LF || bytes[i + 1] === SP || bytes[i + 1] === TAB) i++
  return i + 1
}

/** Of a To that could not be read, whatever looks like a tag counts. */
function hasTag(headers: Headers): boolean {
  const to = headers.read(To)
  if (to.kind === 'value') return to.value.params.has('tag')
  const place = headers.locate(To)
  return place !== undefined && /;\s*tag\s*=/i.test(latin1(headers.source.bytes, place.start, place.end))
}

function copiedInto(status: number, options: ResponseOptions): readonly boolean[] {
  if (options.recordRoute === true) return WITH_ROUTES
  return status === 100 ? WITH_TIMESTAMP : ALWAYS
}

function flags(names: readonly string[]): readonly boolean[] {
  const wanted: boolean[] = []
  for (const name of names) wanted[headerId(name)] = true
  return Array.from(wanted, value => value === true)
}

const COPIED = ['Via', 'From', 'To', 'Call-ID', 'CSeq']
const ALWAYS = flags(COPIED)
const WITH_TIMESTAMP = flags([...COPIED, 'Timestamp'])
const WITH_ROUTES = flags([...COPIED, 'Record-Route'])
const TO = headerId('To')
const CONTENT_LENGTH = headerId('Content-Length')
/** Of a character as UTF-8; a pair of surrogates takes four. */
const MOST_BYTES = 3
const NO_HEADERS: HeaderLines = []
const TAG = utf8Bytes(';tag=')
const BETWEEN = utf8Bytes(': ')
const LINE_END = utf8Bytes('\r\n')
const NO_BODY = utf8Bytes('Content-Length: 0\r\n\r\n')
const USUAL_STARTS: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(600).fill(undefined)
const TAB = 9
const LF = 10
const SP = 32
