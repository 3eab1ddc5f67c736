/** Writes `received` and `rport` into the top Via of a request, on the bytes. RFC 3261 §18.2.1, RFC 3581 §4, RFC 5118 §4.5. */
import { Buffer } from 'node:buffer'
import type { Address } from '@strowger/sip-transaction'

export interface Stamped {
  /** A copy of the request with the parameters written; a plain copy when no Via could be read. */
  readonly bytes: Uint8Array
  /** Where an answer goes over UDP: the source port when `rport` was asked for, else the port of sent-by. RFC 3581 §4, RFC 3261 §18.2.2. */
  readonly replyPort: number
  /** Port of sent-by (or the default one): where a new connection would go. RFC 3261 §18.2.2. */
  readonly sentByPort: number
}

/**
 * `source`: where the request came from. `received` is written when the sent-by is another address or `rport` is there; what the sender
 * wrote into either parameter itself is dropped. `defaultPort`: of the transport, for a sent-by without one.
 */
export function stampVia(bytes: Uint8Array, source: Address, defaultPort: number = DEFAULT_PORT): Stamped {
  const via = findTopVia(bytes)
  if (via === undefined) return { bytes: Buffer.from(bytes), replyPort: source.port, sentByPort: defaultPort }
  const address = withoutZone(source.address)
  const sentBy = readPlainSentBy(bytes, via, address) ?? readAnySentBy(text(bytes, via.start, via.params), address)
  const sentByPort = sentBy?.port ?? defaultPort
  const { rport, received } = findParams(bytes, via)
  const cuts: Cut[] = []
  if (received !== undefined) cuts.push({ start: received.start, end: received.end, text: '' })
  if (rport !== undefined) cuts.push({ start: rport.start, end: rport.end, text: `;rport=${source.port}` })
  if (cuts.length === 2 && cuts[0]!.start > cuts[1]!.start) cuts.reverse()
  if (rport !== undefined || sentBy?.isSource !== true) cuts.push({ start: via.end, end: via.end, text: `;received=${address}` })
  return { bytes: splice(bytes, cuts), replyPort: rport === undefined ? sentByPort : source.port, sentByPort }
}

/** First element of the first Via, without its trailing blanks. */
interface Element {
  readonly start: number
  readonly end: number
  /** Of the first `;`, or `end`. */
  readonly params: number
}

interface Cut {
  readonly start: number
  readonly end: number
  readonly text: string
}

function findTopVia(bytes: Uint8Array): Element | undefined {
  for (let line = nextLine(bytes, 0); line < bytes.length; line = nextLine(bytes, line)) {
    const first = bytes[line]
    if (first === CR || first === LF) return undefined
    if (first !== 0x56 && first !== 0x76) continue
    const value = valueStart(bytes, line)
    if (value > 0) return elementAt(bytes, value)
  }
  return undefined
}

/** Lines are short: a search by the engine costs more than looking. */
function nextLine(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && bytes[at] !== LF) at++
  return at + 1
}

/** After `Via:` or `v:`, in any case; 0 when the name is another. */
function valueStart(bytes: Uint8Array, line: number): number {
  let at = line + 1
  if ((bytes[at]! | 0x20) === 0x69 && (bytes[at + 1]! | 0x20) === 0x61) at += 2
  while (isBlank(bytes[at])) at++
  return bytes[at] === COLON ? at + 1 : 0
}

/** Up to a comma outside of quotes, or the end of the (folded) line. */
function elementAt(bytes: Uint8Array, start: number): Element {
  let line = start
  while (line < bytes.length && (bytes[line] !== LF || isBlank(bytes[line + 1]))) line++
  let end = find(bytes, COMMA, start, line)
  while (end > start && isSpace(bytes[end - 1])) end--
  return { start, end, params: find(bytes, SEMICOLON, start, end) }
}

/** Of `SIP/2.0/UDP host:port`. */
interface SentBy {
  /** The host is the address that the request came from. */
  readonly isSource: boolean
  readonly port?: number
}

/** As nearly everybody writes it: single spaces, an IPv4 address or a name, perhaps a port. `undefined` for all else. */
function readPlainSentBy(bytes: Uint8Array, { start, params }: Element, source: string): SentBy | undefined {
  const protocol = isBlank(bytes[start]) ? start + 1 : start
  let at = protocol
  while (at < params && bytes[at]! > 0x20) at++
  if (!startsWith(bytes, protocol, 'sip/2.0/') || at - protocol < 9 || bytes[at] !== 0x20) return undefined
  const from = ++at
  while (at < params && isHostByte(bytes[at]!)) at++
  if (at === from) return undefined
  const isSource = at - from === source.length && isText(bytes, from, source)
  if (at === params) return { isSource }
  const port = bytes[at] === COLON ? decimal(bytes, at + 1, params) : undefined
  return port === undefined ? undefined : { isSource, port }
}

/** One to five digits and nothing else. */
function decimal(bytes: Uint8Array, from: number, to: number): number | undefined {
  if (to - from < 1 || to - from > 5) return undefined
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - 0x30
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return value
}

function readAnySentBy(value: string, source: string): SentBy | undefined {
  const match = SENT_BY.exec(value)
  if (match === null) return undefined
  const isSource = match[1]!.replace(/^\[|\]$/g, '') === source
  return match[2] === undefined ? { isSource } : { isSource, port: Number(match[2]) }
}

interface Params {
  rport: Span | undefined
  received: Span | undefined
}

interface Span {
  readonly start: number
  readonly end: number
}

function findParams(bytes: Uint8Array, via: Element): Params {
  const found: Params = { rport: undefined, received: undefined }
  for (let start = via.params; start < via.end; ) {
    const end = find(bytes, SEMICOLON, start + 1, via.end)
    if (isNamed(bytes, start, end, 'rport')) found.rport ??= { start, end }
    else if (isNamed(bytes, start, end, 'received')) found.received ??= { start, end }
    start = end
  }
  return found
}

/** Whether the parameter from its semicolon at `start` to `end` is called `name`. */
function isNamed(bytes: Uint8Array, start: number, end: number, name: string): boolean {
  let at = start + 1
  while (at < end && isSpace(bytes[at])) at++
  if (!startsWith(bytes, at, name)) return false
  at += name.length
  return at >= end || bytes[at] === EQUALS || isSpace(bytes[at])
}

/** In any case of letters; `lowered` is in lower case. */
function startsWith(bytes: Uint8Array, at: number, lowered: string): boolean {
  for (let i = 0; i < lowered.length; i++) {
    const byte = bytes[at + i]!
    if ((byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) !== lowered.charCodeAt(i)) return false
  }
  return true
}

/** Byte by byte. */
function isText(bytes: Uint8Array, at: number, wanted: string): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted.charCodeAt(i)) return false
  return true
}

/** The first `wanted` outside of quotes, or `limit`. */
function find(bytes: Uint8Array, wanted: number, from: number, limit: number): number {
  let quoted = false
  for (let at = from; at < limit; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) quoted = !quoted
    else if (quoted && byte === BACKSLASH) at++
    else if (!quoted && byte === wanted) return at
  }
  return limit
}

function splice(bytes: Uint8Array, cuts: readonly Cut[]): Uint8Array {
  let grown = 0
  for (const { start, end, text } of cuts) grown += text.length - (end - start)
  const result = Buffer.allocUnsafe(bytes.length + grown)
  // All of it where its end belongs, then the beginning over that: no view of a part is needed.
  if (grown >= 0) result.set(bytes, grown)
  else result.set(bytes.subarray(-grown))
  let from = 0
  let to = 0
  for (const { start, end, text } of cuts) {
    while (from < start) result[to++] = bytes[from++]!
    for (let i = 0; i < text.length; i++) result[to++] = text.charCodeAt(i)
    from = end
  }
  return result
}

/** A zone means nothing to the peer, and is not in the grammar. RFC 3261 §25.1. */
function withoutZone(address: string): string {
  const zone = address.indexOf('%')
  return zone < 0 ? address : address.slice(0, zone)
}

function text(bytes: Uint8Array, start: number, end: number): string {
  let result = ''
  for (let i = start; i < end; i++) result += String.fromCharCode(bytes[i]!)
  return result
}

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09
/** Of an IPv4 address or a name. */
const isHostByte = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a) || byte === 0x2e || byte === 0x2d
const isSpace = (byte: number | undefined): boolean => isBlank(byte) || byte === CR || byte === LF

const SENT_BY = /^\s*SIP\s*\/\s*2\.0\s*\/\s*[^\s/;]+\s+(\[[^\]\s]+\]|[^\s:[\]]+)(?:\s*:\s*(\d{1,5}))?\s*$/i
const DEFAULT_PORT = 5060
const CR = 13
const LF = 10
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const SEMICOLON = 0x3b
const EQUALS = 0x3d
const BACKSLASH = 0x5c
