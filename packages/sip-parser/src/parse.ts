/** Bytes to message, or to what is wrong with them. RFC 3261 §7, §8.1.1, §16.3, §18.3. */
import type { ParseErrorCode } from './errors.ts'
import type { HeaderDef } from './header-def.ts'
import { HEADER_IDS, headerId } from './header-names.ts'
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
import { readStartLine, type StartLine, startLineEnd } from './start-line.ts'

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
  const lineEnd = startLineEnd(bytes)
  if (lineEnd < 0) return { kind: 'malformed', code: 'start-line', offset: bytes.length }
  const headers = scanHeaders(bytes, lineEnd + 2, limits?.headerCount ?? HEADER_COUNT)
  const line = readStartLine(headers.reader, lineEnd)
  if (line.kind === 'neither') return { kind: 'malformed', code: line.problem.code, offset: line.problem.offset }
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

/** Each checked header is read where it stands; then come those that are missing, then what must agree. */
function firstProblem(headers: Headers, line: StartLine, length: number, framing: Framing): Problem | undefined {
  const { lines } = headers
  let seen = 0
  for (let k = 0; k + STRIDE <= lines.length; k += STRIDE) {
    const check = CHECKS[lines[k]!]
    if (check === undefined) continue
    if ((seen & check.bit) === 0) {
      seen |= check.bit
      if (headers.keep(check.def, k) === undefined) return { code: check.code, offset: headers.brokenAt(check.def, k) }
    } else if (check.bit !== VIA_BIT) return { code: 'repeated-header', offset: lines[k + 1]! }
  }
  if ((seen & REQUIRED) !== REQUIRED) return { code: 'missing-header', offset: headers.bodyStart }
  return disagreement(headers, line, length, framing)
}

function disagreement(headers: Headers, line: StartLine, length: number, framing: Framing): Problem | undefined {
  if (line.kind === 'request' && headers.get(CSeq)!.method !== line.method) return { code: 'cseq-method', offset: whereIs(headers, CSeq) }
  const bodyBytes = headers.get(ContentLength)
  if (bodyBytes === undefined) return framing === 'stream' ? { code: 'content-length', offset: headers.bodyStart } : undefined
  return headers.bodyStart + bodyBytes > length ? { code: 'content-length', offset: whereIs(headers, ContentLength) } : undefined
}

const whereIs = (headers: Headers, def: HeaderDef<unknown>): number => headers.locate(def)!.element.start

function malformed(problem: Problem, line: StartLine, headers: Headers, bytes: Uint8Array): Malformed {
  const broken: Malformed = { kind: 'malformed', code: problem.code, offset: problem.offset }
  if (line.kind !== 'request' || line.method === 'ACK' || headers.get(Via) === undefined) return broken
  for (const def of COPIED) if (!headers.has(def)) return broken
  return { ...broken, answerable: new RequestView(line.method, line.uri, bytes, headers) }
}

interface Check {
  readonly def: HeaderDef<unknown>
  readonly bit: number
  readonly code: ParseErrorCode
}

const VIA_BIT = 1
/** Via, From, To, Call-ID, CSeq. */
const REQUIRED = 31
const COPIED: readonly HeaderDef<unknown>[] = [From, To, CallId, CSeq]

/** By header id. */
const CHECKS: readonly (Check | undefined)[] = checksById([
  { def: Via, bit: VIA_BIT, code: 'bad-via' },
  { def: From, bit: 2, code: 'bad-name-addr' },
  { def: To, bit: 4, code: 'bad-name-addr' },
  { def: CallId, bit: 8, code: 'bad-call-id' },
  { def: CSeq, bit: 16, code: 'bad-cseq' },
  { def: MaxForwards, bit: 32, code: 'bad-max-forwards' },
  { def: ContentLength, bit: 64, code: 'content-length' },
])

function checksById(checks: readonly Check[]): (Check | undefined)[] {
  const byId: (Check | undefined)[] = new Array<Check | undefined>(HEADER_IDS).fill(undefined)
  for (const check of checks) byId[headerId(check.def.name)] = check
  return byId
}

const LF = 10
const CR = 13
