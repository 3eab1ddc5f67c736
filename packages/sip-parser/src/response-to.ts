/** Builds the response to a request. RFC 3261 §8.2.6.2. */
import { allocate } from './allocate.ts'
import type { MessageEdit } from './edit.ts'
import { headerId } from './header-names.ts'
import { To } from './headers/to.ts'
import { type Headers, STRIDE } from './headers.ts'
import type { SipRequest } from './message.ts'
import { checkToken, safeLength } from './safe-text.ts'
import { copy } from './splices.ts'
import { statusPhrase } from './status-phrases.ts'
import { latin1, writeUtf8 } from './text.ts'
import { WireEdit } from './wire-edit.ts'

/** What `responseTo` does beyond copying. */
export interface ResponseOptions {
  /** Added to To unless it has one. Needed for every status but 100 (RFC 3261 §8.2.6.2). */
  readonly toTag?: string
  /** Default: the registered phrase for the status. */
  readonly reason?: string
  /** Copies Record-Route too, as a response that makes a dialog must (RFC 3261 §12.1.1). Default false. */
  readonly recordRoute?: boolean
}

/**
 * A response with Via, From, To, Call-ID and CSeq copied from `request`, byte by byte (RFC 3261 §8.2.6.2), and Timestamp into a 100 (§8.2.6.1).
 * Throws a TypeError for a status that is none or a tag that is no token.
 */
export function responseTo(request: SipRequest, status: number, options: ResponseOptions = {}): MessageEdit {
  if (!Number.isInteger(status) || status < 100 || status > 699) throw new TypeError(`A status is a number from 100 to 699, not ${status}`)
  const reason = options.reason ?? statusPhrase(status)
  const headers = request.headers as Headers
  const line = `SIP/2.0 ${status} ${reason}\r\n`
  const tag = options.toTag === undefined || hasTag(headers) ? '' : `;tag=${checkToken(options.toTag, 'A tag')}`
  const room = line.length - reason.length + safeLength(reason, 'A reason phrase') + headers.bodyStart + tag.length + NO_BODY.length
  const bytes = allocate(room)
  const end = copyLines(headers, writeUtf8(line, bytes, 0), bytes, tag, copiedInto(status, options))
  return new WireEdit('response', undefined, bytes.subarray(0, writeUtf8(NO_BODY, bytes, end)), undefined)
}

/** Copies lines that `copied` has, by id, in the order they came; `tag` goes behind the value of To. */
function copyLines({ source, lines }: Headers, start: number, bytes: Uint8Array, tag: string, copied: readonly boolean[]): number {
  let at = start
  for (let k = 0; k + STRIDE <= lines.length; k += STRIDE) {
    if (copied[lines[k]!] !== true) continue
    const tagged = lines[k] === TO && tag !== ''
    const from = lines[k + 1]!
    const to = tagged ? lines[k + 3]! : endOfLine(source.bytes, lines[k + 3]!)
    at = copy(source.bytes, from, to, bytes, at)
    if (!tagged) continue
    at = writeUtf8(tag, bytes, at)
    bytes[at++] = CR
    bytes[at++] = LF
  }
  return at
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
  return place !== undefined && /;\s*tag\s*=/i.test(latin1(headers.source.bytes, place.element.start, place.element.end))
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
const NO_BODY = 'Content-Length: 0\r\n\r\n'
const TAB = 9
const LF = 10
const CR = 13
const SP = 32
