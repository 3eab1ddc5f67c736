/** Parts of SIP messages as bodies, `message/sipfrag`. RFC 3420 §2. */
import { type HeaderDef, type MessageEdit, newRequest, parseUri, statusPhrase, type Uri, utf8, utf8Bytes } from '@strowger/sip-parser'

/** Any part of a message: each of start line, headers and body may be missing. RFC 3420 §2.1. */
export interface Sipfrag {
  /** Status line or request line, when it has one. */
  readonly start?: SipfragStart
  /** As they came, folds as one space. */
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  /** Only behind an empty line. RFC 3420 §2.1. */
  readonly body?: Uint8Array
}

export type SipfragStart =
  | { readonly kind: 'response'; readonly status: number; readonly reason: string }
  | { readonly kind: 'request'; readonly method: string; readonly uri: Uri }

export const SIPFRAG = 'message/sipfrag'

/** The least a NOTIFY of a REFER carries: a status line. RFC 3515 §2.4.5. A reason that would not fit on the line is left out. */
export function statusFragment(status: number, reason: string = statusPhrase(status)): Uint8Array {
  return utf8Bytes(`SIP/2.0 ${status} ${/[\r\n\0]/.test(reason) ? statusPhrase(status) : reason}\r\n`)
}

/** `undefined` for what is no part of a SIP message. Linear; at most 64 KB and 256 header lines are read. Bare LF is taken for CRLF. */
export function parseSipfrag(bytes: Uint8Array): Sipfrag | undefined {
  if (bytes.length > MOST_BYTES) return undefined
  const headEnd = emptyLine(bytes)
  const lines = unfolded(utf8(bytes, 0, headEnd.start).split(/\r?\n/))
  const start = lines[0] === undefined ? undefined : startOf(lines[0])
  const headers = (start ? lines.slice(1) : lines).map(headerOf)
  if (headers.length > MOST_HEADERS || !headers.every(header => header !== undefined)) return undefined
  const body = headEnd.end < 0 ? undefined : bytes.subarray(headEnd.end)
  return { ...(start && { start }), headers, ...(body && { body }) }
}

/** The status of a fragment, `undefined` when it has no status line: the one thing a NOTIFY of a REFER must say. RFC 3515 §2.4.5. */
export function statusOfFragment(bytes: Uint8Array): number | undefined {
  const start = parseSipfrag(bytes)?.start
  return start?.kind === 'response' ? start.status : undefined
}

/** Bytes of a fragment. Throws a TypeError for a header that could start a line of its own. */
export function writeSipfrag({ start, headers, body }: Sipfrag): Uint8Array {
  const edit = headers.reduce((message, { name, value }) => message.raw(name, value), fragmentEdit())
  const lines = utf8(edit.toBytes()).split('\r\n').slice(1, -2)
  const written = lines.filter(line => !line.startsWith('Content-Length:'))
  const length = headers.find(({ name }) => /^(content-length|l)$/i.test(name))
  if (length) written.push(`Content-Length: ${body?.length ?? 0}`)
  const first = start === undefined ? [] : [startText(start)]
  const head = [...first, ...written].map(line => `${line}\r\n`).join('')
  return body === undefined ? utf8Bytes(head) : joined(utf8Bytes(`${head}\r\n`), body)
}

/** The values of one header of a fragment, read as in a whole message. RFC 3420 §2.1. */
export function fragmentValues<T>({ headers }: Sipfrag, def: HeaderDef<T>): readonly T[] {
  const names = [def.name.toLowerCase(), def.compact]
  const ours = headers.filter(({ name }) => names.includes(name.toLowerCase()))
  return ours.reduce((message, { value }) => message.raw(def.name, value), fragmentEdit()).all(def)
}

/** Lends its header section to a fragment. */
function fragmentEdit(): MessageEdit {
  return newRequest('FRAGMENT', 'sip:fragment.invalid')
}

function startText(start: SipfragStart): string {
  if (start.kind === 'response') return utf8(statusFragment(start.status, start.reason)).slice(0, -2)
  return utf8(newRequest(start.method, start.uri).toBytes()).split('\r\n', 1)[0] ?? ''
}

function startOf(line: string): SipfragStart | undefined {
  const status = /^SIP\/2\.0 ([1-6]\d\d)(?: ([^\0]*))?$/i.exec(line)
  if (status) return { kind: 'response', status: Number(status[1]), reason: status[2] ?? '' }
  const request = /^([\w.!%*+`'~-]+) (\S+) SIP\/2\.0$/i.exec(line)
  const uri = request?.[2] === undefined ? undefined : parseUri(request[2])
  return uri && { kind: 'request', method: request?.[1] ?? '', uri }
}

function headerOf(line: string): { readonly name: string; readonly value: string } | undefined {
  const colon = line.indexOf(':')
  const name = line.slice(0, Math.max(0, colon)).trimEnd()
  const value = line.slice(colon + 1).trim()
  return TOKEN.test(name) && !/[\r\0]/.test(value) ? { name, value } : undefined
}

/** Lines with their continuations joined; empty ones at the end dropped. RFC 3261 §7.3.1. */
function unfolded(lines: readonly string[]): readonly string[] {
  const whole: string[] = []
  for (const line of lines) {
    if (/^[ \t]/.test(line) && whole.length > 0) whole.push(`${whole.pop()} ${line.trim()}`)
    else if (line !== '') whole.push(line)
  }
  return whole
}

/** Where the head ends and the body starts; `end` -1 when there is no empty line. A fragment of only a body starts with one. */
function emptyLine(bytes: Uint8Array): { readonly start: number; readonly end: number } {
  let lineStart = 0
  for (let i = 0; i < bytes.length; i++) {
    if (bytes[i] !== LF) continue
    const blank = i === lineStart || (i === lineStart + 1 && bytes[lineStart] === CR)
    if (blank) return { start: lineStart, end: i + 1 }
    lineStart = i + 1
  }
  return { start: bytes.length, end: -1 }
}

function joined(head: Uint8Array, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + body.length)
  bytes.set(head)
  bytes.set(body, head.length)
  return bytes
}

const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]+$/
const MOST_BYTES = 65_536
const MOST_HEADERS = 256
const LF = 10
const CR = 13
