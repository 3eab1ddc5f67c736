/** Reads the first line of a message. RFC 3261 §7.1, §7.2. */
import { CLASS, TOKEN } from './characters.ts'
import type { Problem } from './headers.ts'
import { methodAt } from './methods.ts'
import { Source } from './source.ts'
import { statusPhrase } from './status-phrases.ts'
import type { Uri } from './uri.ts'
import { decodeUri } from './uri-decode.ts'
import type { UsualReader } from './usual-reader.ts'

/** `end`: behind its CRLF. */
export type StartLine =
  | { readonly kind: 'request'; readonly method: string; readonly uri: Uri; readonly end: number; readonly problem: Problem | undefined }
  | { readonly kind: 'response'; readonly status: number; readonly reason: string; readonly end: number; readonly problem: undefined }
  | { readonly kind: 'neither'; readonly problem: Problem }

/** The line that the bytes start with. A request with a problem keeps what could be read. */
export function readStartLine(reader: UsualReader): StartLine {
  if (spells(reader.bytes, 0, SIP)) return statusLine(reader)
  return usualRequestLine(reader) ?? requestLine(reader.bytes)
}

/** `METHOD uri SIP/2.0` with a URI as nearly everybody writes it. */
function usualRequestLine(reader: UsualReader): StartLine | undefined {
  const { bytes } = reader
  let i = 0
  while ((CLASS[bytes[i]!]! & TOKEN) !== 0) i++
  if (i === 0 || bytes[i] !== SP) return undefined
  const uri = reader.uri(i + 1, reader.most)
  const { at } = reader
  if (uri === undefined || !isVersion(bytes, at)) return undefined
  const method = methodAt(bytes, 0, i) ?? reader.text.substring(0, i)
  return { kind: 'request', method, uri, end: at + VERSION.length, problem: undefined }
}

/** Where the CRLF of the first line is; -1 when it has none. */
function startLineEnd(bytes: Uint8Array): number {
  let end = 0
  while (end < bytes.length && bytes[end]! >= 32) end++
  return bytes[end] === CR && bytes[end + 1] === LF ? end : -1
}

function requestLine(bytes: Uint8Array): StartLine {
  const end = startLineEnd(bytes)
  if (end < 0) return { kind: 'neither', problem: { code: 'start-line', offset: bytes.length } }
  let i = 0
  while ((CLASS[bytes[i]!]! & TOKEN) !== 0) i++
  const version = lastWord(bytes, i, end)
  if (i === 0 || bytes[i] !== SP || version < 0) return { kind: 'neither', problem: { code: 'start-line', offset: i } }
  const source = new Source(bytes, end, false)
  const method = methodAt(bytes, 0, i) ?? source.asciiText(0, i)
  const uriStart = i + 1
  let uriEnd = uriStart
  while (uriEnd < end && bytes[uriEnd]! !== SP) uriEnd++
  const uri = decodeUri(source, uriStart, uriEnd)
  const problem = requestProblem(bytes, uri, uriStart, uriEnd, version, end)
  return { kind: 'request', method, uri: uri ?? { ...NO_URI, opaque: source.text(uriStart, uriEnd) }, end: end + 2, problem }
}

function requestProblem(
  bytes: Uint8Array,
  uri: Uri | undefined,
  uriStart: number,
  uriEnd: number,
  version: number,
  end: number,
): Problem | undefined {
  if (uriEnd === uriStart || uriEnd + 1 !== version || bytes[end - 1] === SP) return { code: 'start-line', offset: uriEnd }
  if (end - version !== 7 || !spells(bytes, version, SIP_2)) return { code: 'bad-version', offset: version }
  return uri === undefined ? { code: 'bad-uri', offset: uriStart } : undefined
}

/** Where the `SIP/` of a request line starts; trailing blanks are stepped over. -1 when there is none. */
function lastWord(bytes: Uint8Array, from: number, end: number): number {
  let i = end
  while (i > from && bytes[i - 1] === SP) i--
  while (i > from && bytes[i - 1] !== SP) i--
  return i > from && spells(bytes, i, SIP) ? i : -1
}

function statusLine({ bytes }: UsualReader): StartLine {
  const end = startLineEnd(bytes)
  if (end < 0) return { kind: 'neither', problem: { code: 'start-line', offset: bytes.length } }
  if (!spells(bytes, 0, SIP_2) || bytes[7] !== SP) return { kind: 'neither', problem: { code: 'bad-version', offset: 0 } }
  let status = 0
  for (let i = 8; i < 11; i++) {
    const digit = bytes[i]! - 48
    if (digit < 0 || digit > 9) return { kind: 'neither', problem: { code: 'start-line', offset: i } }
    status = status * 10 + digit
  }
  if (status < 100 || status > 699 || (end > 11 && bytes[11] !== SP))
    return { kind: 'neither', problem: { code: 'start-line', offset: 11 } }
  const reason = end > 11 ? reasonAt(bytes, status, end) : ''
  return { kind: 'response', status, reason, end: end + 2, problem: undefined }
}

/** The registered phrase, which is there already, or another. */
function reasonAt(bytes: Uint8Array, status: number, end: number): string {
  const phrase = statusPhrase(status)
  let i = 0
  while (i < phrase.length && bytes[12 + i] === phrase.charCodeAt(i)) i++
  return 12 + i === end && i === phrase.length ? phrase : new Source(bytes, end, false).text(12, end)
}

/** The rest of a request line, as it must be. */
function isVersion(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < VERSION.length; i++) if (bytes[at + i] !== VERSION[i]) return false
  return true
}

/** In any case. */
function spells(bytes: Uint8Array, at: number, upper: Uint8Array): boolean {
  for (let i = 0; i < upper.length; i++) {
    const byte = bytes[at + i]!
    if (byte !== upper[i] && (byte < 97 || byte > 122 || (byte & ~32) !== upper[i])) return false
  }
  return true
}

const codes = (text: string): Uint8Array => Uint8Array.from(text, character => character.charCodeAt(0))

const SIP = codes('SIP/')
const SIP_2 = codes('SIP/2.0')
const VERSION = codes(' SIP/2.0\r\n')
/** Stands for a Request-URI that could not be read; its text is `opaque`. */
const NO_URI: Uri = { scheme: '', host: '', params: new Map(), headers: new Map() }

const LF = 10
const CR = 13
const SP = 32
