/** Reads the first line of a message. RFC 3261 §7.1, §7.2. */
import { CLASS, TOKEN } from './characters.ts'
import type { Problem } from './headers.ts'
import { Source } from './source.ts'
import type { Uri } from './uri.ts'
import { decodeUri } from './uri-decode.ts'

export type StartLine =
  | { readonly kind: 'request'; readonly method: string; readonly uri: Uri; readonly next: number; readonly problem: Problem | undefined }
  | {
      readonly kind: 'response'
      readonly status: number
      readonly reason: string
      readonly next: number
      readonly problem: Problem | undefined
    }
  | { readonly kind: 'neither'; readonly next: number; readonly problem: Problem }

/** The line that starts at `start`. `next` is the first byte after it. A request with a problem keeps what could be read. */
export function readStartLine(bytes: Uint8Array, start: number): StartLine {
  let end = start
  let bits = 0
  while (end < bytes.length && bytes[end]! >= 32) bits |= bytes[end++]!
  if (bytes[end] !== CR || bytes[end + 1] !== LF)
    return { kind: 'neither', next: bytes.length, problem: { code: 'start-line', offset: end } }
  const source = new Source(bytes, start, end, bits < 0x80)
  return spells(bytes, start, 'sip/') ? statusLine(source) : requestLine(source)
}

function requestLine(source: Source): StartLine {
  const { bytes, start, end } = source
  const next = end + 2
  let i = start
  while ((CLASS[bytes[i]!]! & TOKEN) !== 0) i++
  const version = lastWord(bytes, i, end)
  if (i === start || bytes[i] !== SP || version < 0) return { kind: 'neither', next, problem: { code: 'start-line', offset: i } }
  const method = KNOWN_METHODS.get(source.text(start, i)) ?? source.text(start, i)
  const uriStart = i + 1
  let uriEnd = uriStart
  while (uriEnd < end && bytes[uriEnd]! !== SP) uriEnd++
  const uri = decodeUri(source, uriStart, uriEnd)
  const request = { kind: 'request', method, uri: uri ?? { ...NO_URI, opaque: source.text(uriStart, uriEnd) }, next } as const
  if (uriEnd === uriStart || uriEnd + 1 !== version || bytes[end - 1] === SP)
    return { ...request, problem: { code: 'start-line', offset: uriEnd } }
  if (end - version !== 7 || !spells(bytes, version, 'sip/2.0')) return { ...request, problem: { code: 'bad-version', offset: version } }
  return { ...request, problem: uri === undefined ? { code: 'bad-uri', offset: uriStart } : undefined }
}

/** Where the `SIP/` of a request line starts; trailing blanks are stepped over. -1 when there is none. */
function lastWord(bytes: Uint8Array, from: number, end: number): number {
  let i = end
  while (i > from && bytes[i - 1] === SP) i--
  while (i > from && bytes[i - 1] !== SP) i--
  return i > from && spells(bytes, i, 'sip/') ? i : -1
}

function statusLine(source: Source): StartLine {
  const { bytes, start, end } = source
  const next = end + 2
  const digits = start + 8
  if (!spells(bytes, start, 'sip/2.0') || bytes[start + 7] !== SP)
    return { kind: 'neither', next, problem: { code: 'bad-version', offset: start } }
  let status = 0
  for (let i = digits; i < digits + 3; i++) {
    const digit = bytes[i]! - 48
    if (digit < 0 || digit > 9) return { kind: 'neither', next, problem: { code: 'start-line', offset: i } }
    status = status * 10 + digit
  }
  const after = digits + 3
  if (status < 100 || status > 699 || (after < end && bytes[after] !== SP)) {
    return { kind: 'neither', next, problem: { code: 'start-line', offset: after } }
  }
  return { kind: 'response', status, reason: after < end ? source.text(after + 1, end) : '', next, problem: undefined }
}

function spells(bytes: Uint8Array, at: number, lowered: string): boolean {
  for (let i = 0; i < lowered.length; i++) {
    const byte = bytes[at + i]!
    if ((byte >= 65 && byte <= 90 ? byte | 32 : byte) !== lowered.charCodeAt(i)) return false
  }
  return true
}

/** Stands for a Request-URI that could not be read; its text is `opaque`. */
const NO_URI: Uri = { scheme: '', host: '', params: new Map(), headers: new Map() }

/** One string per method, so that comparing is comparing addresses. */
const KNOWN_METHODS: ReadonlyMap<string, string> = new Map(
  [
    'INVITE',
    'ACK',
    'BYE',
    'CANCEL',
    'REGISTER',
    'OPTIONS',
    'PRACK',
    'UPDATE',
    'INFO',
    'REFER',
    'SUBSCRIBE',
    'NOTIFY',
    'MESSAGE',
    'PUBLISH',
  ].map(method => [method, method]),
)
const LF = 10
const CR = 13
const SP = 32
