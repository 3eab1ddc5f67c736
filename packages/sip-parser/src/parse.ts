/** Bytes to message, or to what is wrong with them. RFC 3261 §7, §8.1.1, §16.3, §18.3. */
import type { ParseErrorCode } from './errors.ts'
import type { HeaderDef } from './header-def.ts'
import { headerId } from './header-names.ts'
import { CallId } from './headers/call-id.ts'
import { ContentLength } from './headers/content-length.ts'
import { CSeq } from './headers/cseq.ts'
import { From } from './headers/from.ts'
import { MaxForwards } from './headers/max-forwards.ts'
import { To } from './headers/to.ts'
import { Via } from './headers/via.ts'
import { type Headers, type Problem, STRIDE } from './headers.ts'
import { HEADER_COUNT, type Limits, MESSAGE_BYTES } from './limits.ts'
import { type Malformed, type Parsed, RequestView, ResponseView } from './message.ts'
import { scanHeaders } from './scan-headers.ts'
import { readStartLine, type StartLine } from './start-line.ts'

/**
 * Parse one datagram. Bytes past Content-Length are dropped (RFC 3261 §18.3), CRLFs before the start line are skipped (§7.5).
 * The headers that routing needs (Via, From, To, Call-ID, CSeq, Max-Forwards, Content-Length) are checked here:
 * a broken one makes the message `malformed`, never a header that looks absent.
 * The message is a view: give it bytes that nobody writes to afterwards.
 */
export function parse(datagram: Uint8Array, limits?: Limits): Parsed {
  return parseFramed(datagram, limits, 'datagram')
}

/** From a stream, Content-Length may not be missing (RFC 3261 §20.14); a start is what came of a message too large to be read. */
export type Framing = 'datagram' | 'stream' | 'start'

export function parseFramed(datagram: Uint8Array, limits: Limits | undefined, framing: Framing): Parsed {
  const most = limits?.messageBytes ?? MESSAGE_BYTES
  const bytes = withoutLeadingBreaks(datagram.length > most ? datagram.subarray(0, most) : datagram)
  const line = readStartLine(bytes, 0)
  if (line.kind === 'neither') return { kind: 'malformed', ...line.problem }
  const headers = scanHeaders(bytes, line.next, limits?.headerCount ?? HEADER_COUNT)
  const large: Problem | undefined = datagram.length > most || framing === 'start' ? { code: 'too-large', offset: most } : undefined
  const problem = large ?? line.problem ?? headers.problem ?? firstProblem(headers, line, bytes.length, framing)
  if (problem !== undefined) return malformed(problem, line, headers, bytes)
  const length = headers.get(ContentLength)
  const end = length === undefined ? bytes.length : headers.bodyStart + length
  const wire = end < bytes.length ? bytes.subarray(0, end) : bytes
  return line.kind === 'request'
    ? new RequestView(line.method, line.uri, wire, headers)
    : new ResponseView(line.status, line.reason, wire, headers)
}

function withoutLeadingBreaks(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (bytes[start] === CR && bytes[start + 1] === LF) start += 2
  return start === 0 ? bytes : bytes.subarray(start)
}

/** Presence and number first, then the values, in the order of {@link CHECKED}, then what must agree. */
function firstProblem(headers: Headers, line: StartLine, length: number, framing: Framing): Problem | undefined {
  const seen = seenOf(headers)
  if (typeof seen !== 'number') return seen
  for (let i = 0; i < CHECKED.length; i++) {
    const { def, bit, code, required } = CHECKED[i]!
    if ((seen & bit) !== 0) {
      if (headers.get(def) === undefined) return { code, offset: whereBroken(headers, def) }
    } else if (required) return { code: 'missing-header', offset: headers.bodyStart }
  }
  return disagreement(headers, line, length, framing)
}

function whereBroken(headers: Headers, def: HeaderDef<unknown>): number {
  const read = headers.read(def)
  return read.kind === 'malformed' ? read.offset : headers.lines[headers.find(def.name, def.compact, 0) + 2]!
}

function disagreement(headers: Headers, line: StartLine, length: number, framing: Framing): Problem | undefined {
  if (line.kind === 'request' && headers.get(CSeq)!.method !== line.method) return { code: 'cseq-method', offset: whereIs(headers, CSeq) }
  const bodyBytes = headers.get(ContentLength)
  if (bodyBytes === undefined) return framing === 'stream' ? { code: 'content-length', offset: headers.bodyStart } : undefined
  return headers.bodyStart + bodyBytes > length ? { code: 'content-length', offset: whereIs(headers, ContentLength) } : undefined
}

const whereIs = (headers: Headers, def: HeaderDef<unknown>): number => headers.locate(def)!.element.start

/** Bits of the checked headers that are there, or the line of a second one where only one may be. */
function seenOf(headers: Headers): number | Problem {
  const { lines } = headers
  let seen = 0
  for (let k = 0; k + STRIDE <= lines.length; k += STRIDE) {
    const bit = BITS[lines[k]!] ?? 0
    if ((seen & bit) !== 0 && bit !== VIA_BIT) return { code: 'repeated-header', offset: lines[k + 1]! }
    seen |= bit
  }
  return seen
}

function malformed(problem: Problem, line: StartLine, headers: Headers, bytes: Uint8Array): Malformed {
  const broken: Malformed = { kind: 'malformed', code: problem.code, offset: problem.offset }
  if (line.kind !== 'request' || line.method === 'ACK' || headers.get(Via) === undefined) return broken
  for (const def of COPIED) if (!headers.has(def)) return broken
  return { ...broken, answerable: new RequestView(line.method, line.uri, bytes, headers) }
}

const CHECKED: readonly { def: HeaderDef<unknown>; bit: number; code: ParseErrorCode; required: boolean }[] = [
  { def: Via, bit: 1, code: 'bad-via', required: true },
  { def: From, bit: 2, code: 'bad-name-addr', required: true },
  { def: To, bit: 4, code: 'bad-name-addr', required: true },
  { def: CallId, bit: 8, code: 'bad-call-id', required: true },
  { def: CSeq, bit: 16, code: 'bad-cseq', required: true },
  { def: MaxForwards, bit: 32, code: 'bad-max-forwards', required: false },
  { def: ContentLength, bit: 64, code: 'content-length', required: false },
]
const VIA_BIT = 1
const COPIED: readonly HeaderDef<unknown>[] = [From, To, CallId, CSeq]
const BITS: readonly number[] = bitsById()

function bitsById(): number[] {
  const bits: number[] = new Array<number>(Math.max(...CHECKED.map(({ def }) => headerId(def.name))) + 1).fill(0)
  for (const { def, bit } of CHECKED) bits[headerId(def.name)] = bit
  return bits
}

const LF = 10
const CR = 13
