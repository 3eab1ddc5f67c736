/** Bytes to message, or to what is wrong with them. RFC 3261 §7, §8.1.1, §16.3, §18.3. */
import type { ParseErrorCode } from './errors.ts'
import type { HeaderDef } from './header-def.ts'
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
import { readerOf, scan } from './scan-headers.ts'
import { readStartLine, type StartLine } from './start-line.ts'
import { CHECKED_SLOTS, CONTENT_LENGTH, CSEQ, SLOTS, VIA } from './usual-values.ts'

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
  const reader = readerOf(bytes)
  const line = readStartLine(reader)
  if (line.kind === 'neither') return { kind: 'malformed', code: line.problem.code, offset: line.problem.offset }
  const headers = scan(reader, line.end, limits?.headerCount ?? HEADER_COUNT)
  const large: Problem | undefined = datagram.length > most || framing === 'start' ? { code: 'too-large', offset: most } : undefined
  const problem = large ?? line.problem ?? headers.problem ?? firstProblem(headers, line, bytes.length, framing)
  if (problem !== undefined) return malformed(problem, line, headers, bytes)
  const length = headers.checked(CONTENT_LENGTH) as number | undefined
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

/** First come headers that are broken or there twice, then those that are missing, then what must agree. */
function firstProblem(headers: Headers, line: StartLine, length: number, framing: Framing): Problem | undefined {
  const broken = headers.unchecked ? firstBroken(headers) : undefined
  if (broken !== undefined) return broken
  if ((headers.met & REQUIRED) !== REQUIRED) return { code: 'missing-header', offset: headers.bodyStart }
  return disagreement(headers, line, length, framing)
}

/** Each checked header is read where it stands. */
function firstBroken(headers: Headers): Problem | undefined {
  let seen = 0
  for (let k = 0; k + STRIDE <= headers.length; k += STRIDE) {
    const slot = SLOTS[headers.at(k)]!
    if (slot < 0 || slot >= CHECKED_SLOTS) continue
    if ((seen & (1 << slot)) === 0) {
      seen |= 1 << slot
      const { def, code } = CHECKS[slot]!
      if (headers.check(def, slot, k) === undefined) return { code, offset: headers.brokenAt(def, k) }
    } else if (slot !== VIA) return { code: 'repeated-header', offset: headers.at(k + 1) }
  }
  return undefined
}

function disagreement(headers: Headers, line: StartLine, length: number, framing: Framing): Problem | undefined {
  if (line.kind === 'request' && (headers.checked(CSEQ) as CSeq).method !== line.method)
    return { code: 'cseq-method', offset: whereIs(headers, CSeq) }
  const bodyBytes = headers.checked(CONTENT_LENGTH) as number | undefined
  if (bodyBytes === undefined) return framing === 'stream' ? { code: 'content-length', offset: headers.bodyStart } : undefined
  return headers.bodyStart + bodyBytes > length ? { code: 'content-length', offset: whereIs(headers, ContentLength) } : undefined
}

const whereIs = (headers: Headers, def: HeaderDef<unknown>): number => headers.locate(def)!.start

function malformed(problem: Problem, line: StartLine, headers: Headers, bytes: Uint8Array): Malformed {
  const broken: Malformed = { kind: 'malformed', code: problem.code, offset: problem.offset }
  if (line.kind !== 'request' || line.method === 'ACK' || headers.get(Via) === undefined) return broken
  for (const def of COPIED) if (!headers.has(def)) return broken
  return { ...broken, answerable: new RequestView(line.method, line.uri, bytes, headers) }
}

interface Check {
  readonly def: HeaderDef<unknown>
  readonly code: ParseErrorCode
}

/** By slot. */
const CHECKS: readonly Check[] = [
  { def: Via, code: 'bad-via' },
  { def: From, code: 'bad-name-addr' },
  { def: To, code: 'bad-name-addr' },
  { def: CallId, code: 'bad-call-id' },
  { def: CSeq, code: 'bad-cseq' },
  { def: MaxForwards, code: 'bad-max-forwards' },
  { def: ContentLength, code: 'content-length' },
]
/** The slots of Via, From, To, Call-ID, CSeq. */
const REQUIRED = 31
const COPIED: readonly HeaderDef<unknown>[] = [From, To, CallId, CSeq]

const LF = 10
const CR = 13
