/** Reads a URI from bytes. RFC 3261 §19.1.1, §25.1; RFC 3966 §3. */
import { CLASS, HOST, hexValue, IPV6, PARAM, UPPER, URI_HEADER, USER } from './characters.ts'
import type { Source } from './source.ts'
import { utf8, utf8Length } from './text.ts'
import type { Uri } from './uri.ts'
import { isIpv6 } from './uri-ipv6.ts'
import { isTelNumber } from './uri-tel.ts'

/** The URI that fills the bytes from `start` to `end`, or `undefined`. Linear, never throws. */
export function decodeUri(source: Source, start: number, end: number): Uri | undefined {
  const { bytes } = source
  const colon = schemeEnd(bytes, start, end)
  if (colon < 0) return undefined
  const length = colon - start
  if (length === 3 && spells(bytes, start, 'sip')) return decodeSip(source, 'sip', colon + 1, end)
  if (length === 4 && spells(bytes, start, 'sips')) return decodeSip(source, 'sips', colon + 1, end)
  if (length === 3 && spells(bytes, start, 'tel')) return decodeTel(source, colon + 1, end)
  return decodeOpaque(source, source.text(start, colon).toLowerCase(), colon + 1, end)
}

function decodeSip(source: Source, scheme: 'sip' | 'sips', start: number, end: number): Uri | undefined {
  const { bytes } = source
  let at = start
  while (at < end && bytes[at] !== AT) at++
  const user = at < end ? userInfo(source, start, at) : NO_USER
  const host = user && hostPort(source, at < end ? at + 1 : start, end)
  if (user === undefined || host === undefined) return undefined
  const uri: Draft = { scheme, host: host.name, params: NOTHING, headers: NOTHING }
  if (user.name !== undefined) uri.user = user.name
  if (user.password !== undefined) uri.password = user.password
  if (host.port >= 0) uri.port = host.port
  if (host.end < end && !tail(source, uri, host.end, end)) return undefined
  return uri as Uri
}

function decodeTel(source: Source, start: number, end: number): Uri | undefined {
  const { bytes } = source
  let i = start
  while (i < end && bytes[i] !== SEMICOLON) i++
  const user = pieceOf(source, start, i, USER)
  if (user === undefined || !isTelNumber(user)) return undefined
  const uri: Draft = { scheme: 'tel', user, host: '', params: NOTHING, headers: NOTHING }
  if (i < end && !tail(source, uri, i, end)) return undefined
  return uri as Uri
}

function decodeOpaque(source: Source, scheme: string, start: number, end: number): Uri | undefined {
  const { bytes } = source
  if (start === end) return undefined
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte <= 32 || byte >= 127 || byte === QUOTE || byte === LESS || byte === GREATER) return undefined
  }
  return { scheme, host: '', params: NOTHING, headers: NOTHING, opaque: source.text(start, end) }
}

interface Draft {
  scheme: string
  user?: string
  password?: string
  host: string
  port?: number
  params: ReadonlyMap<string, string>
  headers: ReadonlyMap<string, string>
}

interface UserInfo {
  readonly name: string | undefined
  readonly password: string | undefined
}

function userInfo(source: Source, start: number, end: number): UserInfo | undefined {
  const { bytes } = source
  let colon = start
  while (colon < end && bytes[colon] !== COLON) colon++
  const name = colon > start ? pieceOf(source, start, colon, USER) : undefined
  if (name === undefined) return undefined
  if (colon === end) return { name, password: undefined }
  const password = pieceOf(source, colon + 1, end, USER)
  return password === undefined ? undefined : { name, password }
}

interface HostPort {
  readonly name: string
  /** -1 when not given. */
  readonly port: number
  readonly end: number
}

function hostPort(source: Source, start: number, end: number): HostPort | undefined {
  const { bytes } = source
  const bracket = bytes[start] === OPEN && start < end
  const from = bracket ? start + 1 : start
  const mask = bracket ? IPV6 : HOST
  let i = from
  let seen = 0
  while (i < end && (CLASS[bytes[i]!]! & mask) !== 0) seen |= CLASS[bytes[i++]!]!
  if (i === from || i - from > HOST_BYTES) return undefined
  const text = source.text(from, i)
  const name = (seen & UPPER) === 0 ? text : text.toLowerCase()
  if (bracket && (i === end || bytes[i++] !== CLOSE || !isIpv6(text))) return undefined
  if (i === end || bytes[i] !== COLON) return { name, port: -1, end: i }
  return portAt(bytes, name, i + 1, end)
}

function portAt(bytes: Uint8Array, name: string, start: number, end: number): HostPort | undefined {
  let port = 0
  let i = start
  for (; i < end; i++) {
    const digit = bytes[i]! - 48
    if (digit < 0 || digit > 9) break
    port = port * 10 + digit
    if (port > 65_535) return undefined
  }
  return i === start ? undefined : { name, port, end: i }
}

/** `;params` then `?headers`, up to the very end. */
function tail(source: Source, uri: Draft, start: number, end: number): boolean {
  const { bytes } = source
  let question = start
  while (question < end && bytes[question] !== QUESTION) question++
  if (start < question) {
    const params = bytes[start] === SEMICOLON ? pairs(source, start, question, SEMICOLON, PARAM) : undefined
    if (params === undefined) return false
    uri.params = params
  }
  if (question === end) return true
  const headers = uri.scheme === 'tel' ? undefined : pairs(source, question, end, AMPERSAND, URI_HEADER)
  if (headers === undefined) return false
  uri.headers = headers
  return true
}

/**
 * `name[=value]` after the byte at `start`, and after each separator. A parameter given twice with two values is refused
 * (RFC 3261 §19.1.1), a header given twice has a list (RFC 3261 §7.3.1).
 */
function pairs(source: Source, start: number, end: number, separator: number, mask: number): ReadonlyMap<string, string> | undefined {
  const { bytes } = source
  const found = new Map<string, string>()
  for (let i = start; i < end; ) {
    const from = i + 1
    i = from
    while (i < end && bytes[i] !== separator) i++
    if (!addPair(source, from, i, mask, found)) return undefined
  }
  return found
}

function addPair(source: Source, start: number, end: number, mask: number, found: Map<string, string>): boolean {
  const { bytes } = source
  let equals = start
  while (equals < end && bytes[equals] !== EQUALS) equals++
  const name = equals > start ? pieceOf(source, start, equals, mask)?.toLowerCase() : undefined
  const value = equals < end ? pieceOf(source, equals + 1, end, mask) : ''
  if (name === undefined || value === undefined) return false
  const earlier = found.get(name)
  const again = earlier !== undefined && earlier !== value
  found.set(name, again ? `${earlier}, ${value}` : value)
  return !again || mask === URI_HEADER
}

/** Text of class `mask`, escapes decoded; `undefined` when another byte is in it. */
function pieceOf(source: Source, start: number, end: number, mask: number): string | undefined {
  const { bytes } = source
  let escapes = 0
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte === PERCENT) escapes++
    else if ((CLASS[byte]! & mask) === 0 && (byte !== HASH || mask !== USER)) return undefined
  }
  return escapes === 0 ? source.text(start, end) : decodeEscapes(bytes, start, end, escapes)
}

function decodeEscapes(bytes: Uint8Array, start: number, end: number, escapes: number): string | undefined {
  if (end - start < 3 * escapes) return undefined
  const plain = new Uint8Array(end - start - 2 * escapes)
  let to = 0
  for (let i = start; i < end; i++) {
    let byte = bytes[i]!
    if (byte === PERCENT) {
      const high = hexValue(bytes[i + 1])
      const low = hexValue(bytes[i + 2])
      if (high < 0 || low < 0 || i + 2 >= end) return undefined
      byte = high * 16 + low
      i += 2
    }
    plain[to++] = byte
  }
  const text = utf8(plain)
  return isFaithful(text, plain) ? text : undefined
}

/** Whether no byte was replaced: U+FFFD only where it was sent. */
function isFaithful(text: string, plain: Uint8Array): boolean {
  if (!text.includes('\ufffd')) return true
  let sent = 0
  for (let i = 0; i + 2 < plain.length; i++) if (plain[i] === 0xef && plain[i + 1] === 0xbf && plain[i + 2] === 0xbd) sent++
  return utf8Length(text) === plain.length && text.split('\ufffd').length - 1 === sent
}

function schemeEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte === COLON) return i > start ? i : -1
    const letter = (byte | 32) >= 97 && (byte | 32) <= 122
    const other = (byte >= 48 && byte <= 57) || byte === 43 || byte === 45 || byte === 46
    if (!letter && (i === start || !other)) return -1
  }
  return -1
}

function spells(bytes: Uint8Array, start: number, lowered: string): boolean {
  for (let i = 0; i < lowered.length; i++) if ((bytes[start + i]! | 32) !== lowered.charCodeAt(i)) return false
  return true
}

const NO_USER: UserInfo = { name: undefined, password: undefined }
const NOTHING: ReadonlyMap<string, string> = new Map()
/** The longest domain name there is (RFC 1035 §2.3.4). */
export const HOST_BYTES = 255
const QUOTE = 34
const HASH = 35
const PERCENT = 37
const AMPERSAND = 38
const COLON = 58
const SEMICOLON = 59
const LESS = 60
const EQUALS = 61
const GREATER = 62
const QUESTION = 63
const AT = 64
const OPEN = 91
const CLOSE = 93
