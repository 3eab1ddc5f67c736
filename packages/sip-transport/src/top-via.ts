/** Writes `received` and `rport` into the top Via of a request, on the bytes. RFC 3261 §18.2.1, RFC 3581 §4, RFC 5118 §4.5. */
import { Buffer } from 'node:buffer'
import type { Address } from '@strowger/sip-transaction'

export interface Stamped {
  /** A copy of the request with the parameters written; a plain copy when no Via could be read. */
  readonly bytes: Uint8Array
  /** Where an answer goes over UDP: the source port when `rport` was asked for, else the port of sent-by. RFC 3581 §4, RFC 3261 §18.2.2. */
  readonly replyPort: number
  /** Port of sent-by (default 5060): where a new connection would go. RFC 3261 §18.2.2. */
  readonly sentByPort: number
}

/**
 * `source`: where the request came from. `received` is written when the sent-by is another address or `rport` is there; what the sender
 * wrote into either parameter itself is dropped.
 */
export function stampVia(bytes: Uint8Array, source: Address): Stamped {
  const via = findTopVia(bytes)
  if (via === undefined) return { bytes: Buffer.from(bytes), replyPort: source.port, sentByPort: DEFAULT_PORT }
  const sentBy = readSentBy(bytes, via)
  const sentByPort = sentBy?.port ?? DEFAULT_PORT
  const { rport, received } = findParams(bytes, via)
  const address = withoutZone(source.address)
  const cuts: Cut[] = []
  if (received !== undefined) cuts.push({ ...received, text: '' })
  if (rport !== undefined) cuts.push({ ...rport, text: `;rport=${source.port}` })
  if (rport !== undefined || sentBy?.host !== address) cuts.push({ start: via.end, end: via.end, text: `;received=${address}` })
  cuts.sort((a, b) => a.start - b.start)
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
  for (let line = bytes.indexOf(LF) + 1; line > 0; line = bytes.indexOf(LF, line) + 1) {
    const first = bytes[line]
    if (first === CR || first === LF || first === undefined) return undefined
    if (first !== 0x56 && first !== 0x76) continue
    const value = valueStart(bytes, line)
    if (value > 0) return elementAt(bytes, value)
  }
  return undefined
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

/** Host without brackets, and port, of `SIP/2.0/UDP host:port`. */
function readSentBy(bytes: Uint8Array, via: Element): { readonly host: string; readonly port?: number } | undefined {
  const match = SENT_BY.exec(text(bytes, via.start, via.params))
  if (match === null) return undefined
  const host = match[1]!.replace(/^\[|\]$/g, '')
  return match[2] === undefined ? { host } : { host, port: Number(match[2]) }
}

function findParams(
  bytes: Uint8Array,
  via: Element,
): { rport?: { start: number; end: number }; received?: { start: number; end: number } } {
  const found: { rport?: { start: number; end: number }; received?: { start: number; end: number } } = {}
  for (let start = via.params; start < via.end; ) {
    const end = find(bytes, SEMICOLON, start + 1, via.end)
    const name = PARAM.exec(text(bytes, start, Math.min(end, start + 40)))?.[1]?.toLowerCase()
    if (name === 'rport') found.rport ??= { start, end }
    else if (name === 'received') found.received ??= { start, end }
    start = end
  }
  return found
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
  const size = cuts.reduce((sum, { start, end, text }) => sum + text.length - (end - start), bytes.length)
  const result = Buffer.allocUnsafe(size)
  let from = 0
  let to = 0
  for (const { start, end, text } of cuts) {
    result.set(bytes.subarray(from, start), to)
    to += start - from
    to += result.write(text, to, 'latin1')
    from = end
  }
  result.set(bytes.subarray(from), to)
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
const isSpace = (byte: number | undefined): boolean => isBlank(byte) || byte === CR || byte === LF

const SENT_BY = /^\s*SIP\s*\/\s*2\.0\s*\/\s*[^\s/;]+\s+(\[[^\]\s]+\]|[^\s:[\]]+)(?:\s*:\s*(\d{1,5}))?\s*$/i
const PARAM = /^;\s*([^\s=;]+)\s*(?:[=;]|$)/
const DEFAULT_PORT = 5060
const CR = 13
const LF = 10
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const SEMICOLON = 0x3b
const BACKSLASH = 0x5c
