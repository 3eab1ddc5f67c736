/** URIs: what they hold, how they are written, when two are the same. RFC 3261 §19.1. */
import { CLASS, consistsOf, HOST, PARAM, URI_HEADER, USER } from './characters.ts'
import { Source } from './source.ts'
import { utf8Bytes } from './text.ts'
import { decodeUri, HOST_BYTES } from './uri-decode.ts'
import { isIpv6 } from './uri-ipv6.ts'
import { isTelNumber } from './uri-tel.ts'

export { sameUri } from './uri-same.ts'

/** Escapes are decoded: `user` of `sip:a%20b@c` is `a b`. For a scheme we do not read, all after the colon is `opaque`. */
export interface Uri {
  /** Lower-cased. */
  readonly scheme: 'sip' | 'sips' | 'tel' | (string & {})
  /** User part; the number, as written, of a `tel:` URI (RFC 3966 §3). */
  readonly user?: string
  /** Never to be sent or logged where that can be helped. RFC 3261 §19.1.1. */
  readonly password?: string
  /** Lower-cased; an IPv6 address without its brackets; `''` when the scheme has no host. */
  readonly host: string
  /** 0 to 65535; missing where none is written. */
  readonly port?: number
  /** Names lower-cased; a parameter without value gives `''`. */
  readonly params: ReadonlyMap<string, string>
  /** Header fields to put in a request (RFC 3261 §19.1.5); names lower-cased; one that comes again is joined by a comma (§7.3.1). */
  readonly headers: ReadonlyMap<string, string>
  /** All after the colon, when `scheme` is none of sip, sips, tel. */
  readonly opaque?: string
}

/**
 * `undefined` when `text` is not a URI.
 * Deviation: escapes that are not UTF-8 are refused, so that no two users look the same (RFC 3261 §19.1.2 is silent).
 * Deviation: a bare `#` in a user part is read, as many phones send `sip:*21#@host`; it is written `%23` (RFC 3261 §25.1).
 * Deviation: a local number without phone-context is read, as `tel:911` is everywhere; `telOf` decides what becomes of it (RFC 3966 §5.1.5).
 */
export function parseUri(text: string): Uri | undefined {
  const bytes = utf8Bytes(text)
  let high = 0
  for (let i = 0; i < bytes.length; i++) high |= bytes[i]!
  return decodeUri(new Source(bytes, bytes.length, high < 0x80), 0, bytes.length)
}

/** Escapes what needs it. Throws a TypeError for a host, user, number, name or scheme that could not be read back. */
export function formatUri(uri: Uri): string {
  if (uri.opaque !== undefined) return checkedOpaque(uri.scheme, uri.opaque)
  if (uri.scheme === 'tel') return `tel:${withEscapes(checkedNumber(uri.user ?? ''), USER)}${formatUriParams(uri.params)}`
  let text = checkedScheme(uri.scheme)
  if (uri.user !== undefined) {
    text += withEscapes(checkedPresent(uri.user, 'A user'), USER)
    if (uri.password !== undefined) text += `:${withEscapes(uri.password, USER).replace(NOT_IN_PASSWORD, escaped)}`
    text += '@'
  }
  text += formatHost(uri.host, uri.port)
  if (uri.params.size > 0) text += formatUriParams(uri.params)
  return uri.headers.size > 0 ? text + formatUriHeaders(uri.headers) : text
}

/** `host[:port]`, with brackets around IPv6. Throws a TypeError for a host that could not be read back. */
export function formatHost(host: string, port?: number): string {
  const v6 = host.includes(':')
  if (v6 ? !isIpv6(host) : !consistsOf(host, HOST) || host.length > HOST_BYTES)
    throw new TypeError(`A host has at most 255 letters, digits, "-" and "." or is an IP address, not ${JSON.stringify(host)}`)
  const text = v6 ? `[${host}]` : host
  return port === undefined ? text : `${text}:${port}`
}

function formatUriParams(params: ReadonlyMap<string, string>): string {
  let text = ''
  for (const [name, value] of params) {
    text += `;${withEscapes(checkedPresent(name, 'The name of a parameter'), PARAM)}`
    if (value !== '') text += `=${withEscapes(value, PARAM)}`
  }
  return text
}

function formatUriHeaders(headers: ReadonlyMap<string, string>): string {
  let text = ''
  for (const [name, value] of headers)
    text += `${text === '' ? '?' : '&'}${withEscapes(checkedPresent(name, 'The name of a header field'), URI_HEADER)}=${withEscapes(value, URI_HEADER)}`
  return text
}

function checkedPresent(text: string, what: string): string {
  if (text === '') throw new TypeError(`${what} has a character at least; leave it out where there is none`)
  return text
}

function withEscapes(text: string, mask: number): string {
  if (consistsOf(text, mask)) return text
  let plain = ''
  for (const byte of utf8Bytes(text)) {
    if (byte < 0x80 && (CLASS[byte]! & mask) !== 0) plain += String.fromCharCode(byte)
    else plain += escapeOf(byte)
  }
  return plain
}

const escapeOf = (byte: number): string => `%${byte < 16 ? '0' : ''}${byte.toString(16).toUpperCase()}`
const escaped = (character: string): string => escapeOf(character.charCodeAt(0))

function checkedScheme(scheme: string): string {
  if (scheme === 'sip') return 'sip:'
  if (scheme === 'sips') return 'sips:'
  throw new TypeError(`A URI with scheme ${JSON.stringify(scheme)} is written from its "opaque" part`)
}

function checkedNumber(number: string): string {
  if (isTelNumber(number)) return number
  throw new TypeError(`A telephone number has digits behind an optional "+", not ${JSON.stringify(number)}`)
}

function checkedOpaque(scheme: string, opaque: string): string {
  const text = `${scheme}:${opaque}`
  if (parseUri(text)?.opaque !== opaque) throw new TypeError(`Not a URI of a scheme with an "opaque" part: ${JSON.stringify(text)}`)
  return text
}

/** What a user may hold and a password may not (RFC 3261 §25.1). */
const NOT_IN_PASSWORD = /[;?/]/g
