/** Reads `sip:` and `sips:` URIs as nearly everybody writes them, in one pass; what is unusual is left to the grammar. RFC 3261 §19.1.1. */
import { CLASS, HOST, PARAM, UPPER, USER, VALUE } from './characters.ts'
import { latin1 } from './text.ts'
import type { Uri } from './uri.ts'

/** Walks the bytes of one message; a method that gives nothing may leave `at` anywhere. */
export class UsualReader {
  readonly bytes: Uint8Array
  /** How many of them, from the first on, are read here. */
  readonly most: number
  at: number
  end: number
  /** What {@link text} gives, once somebody has asked: of most responses nobody does. */
  made: string | undefined

  constructor(bytes: Uint8Array, most: number, made?: string) {
    this.bytes = bytes
    this.most = most
    this.made = made
    this.at = 0
    this.end = 0
  }

  /** Each byte one character, from the first byte on; of all that is read. */
  get text(): string {
    this.made ??= latin1(this.bytes, 0, this.most)
    return this.made
  }

  /**
   * `sip:[user@]host[:port]*(;param)` from `start`, up to the first byte that cannot be part of one, which `at` is left on.
   * No escapes, password, capitals in host or parameter names, IPv6 or headers. The caller makes sure that what stopped it ends the URI.
   */
  uri(start: number, end: number): Uri | undefined {
    const { bytes } = this
    this.end = end
    if (end - start < 5 || bytes[start] !== 115 || bytes[start + 1] !== 105 || bytes[start + 2] !== 112) return undefined
    let from = start + 3
    const scheme = bytes[from] === 115 ? 'sips' : 'sip'
    if (scheme === 'sips') from++
    if (bytes[from++] !== COLON) return undefined
    let i = from
    while (i < end && (CLASS[bytes[i]!]! & USER) !== 0) i++
    if (i >= end || bytes[i] !== AT) {
      this.at = from
      return this.withHost(scheme, undefined)
    }
    this.at = i + 1
    return i === from ? undefined : this.withHost(scheme, this.text.substring(from, i))
  }

  /** HOST bytes without a capital; `''` when there are none or too many. */
  host(): string {
    const start = this.at
    return this.skipHost() ? this.text.substring(start, this.at) : ''
  }

  /** Whether there is one, which is stepped over. */
  skipHost(): boolean {
    const { bytes, end } = this
    const start = this.at
    let i = start
    let seen = 0
    while (i < end) {
      const bits = CLASS[bytes[i]!]!
      if ((bits & HOST) === 0) break
      seen |= bits
      i++
    }
    this.at = i
    return i > start && (seen & UPPER) === 0 && i - start <= HOST_BYTES
  }

  /** A whole number from `at`; -1 when there is none or it is above `most`. */
  decimal(most: number): number {
    const { bytes, end } = this
    const start = this.at
    let value = 0
    let i = start
    for (; i < end && value <= most; i++) {
      const digit = bytes[i]! - 48
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    this.at = i
    return i === start || value > most ? -1 : value
  }

  /** After the `=` that is ahead: what {@link VALUE} has, perhaps nothing. */
  paramValue(): string {
    const start = this.at + 1
    this.skipParamValue()
    return this.text.substring(start, this.at)
  }

  skipParamValue(): void {
    const { bytes, end } = this
    let i = this.at + 1
    while (i < end && VALUE[bytes[i]!] === 1) i++
    this.at = i
  }

  private withHost(scheme: 'sip' | 'sips', user: string | undefined): Uri | undefined {
    const { bytes, end } = this
    const host = this.host()
    if (host === '') return undefined
    let port = -1
    if (this.at < end && bytes[this.at] === COLON) {
      this.at++
      port = this.decimal(65_535)
      if (port < 0) return undefined
    }
    const params = this.at < end && bytes[this.at] === SEMICOLON ? this.uriParams() : NOTHING
    if (params === undefined) return undefined
    return newUri(scheme, user, host, port, params)
  }

  private uriParams(): ReadonlyMap<string, string> | undefined {
    const { bytes, end } = this
    const start = this.at
    const next = start + 3
    if (next < end && bytes[start + 1] === 108 && bytes[start + 2] === 114 && !isParam(bytes[next]!)) {
      this.at = next
      return LOOSE
    }
    const params = new Map<string, string>()
    while (this.at < end && bytes[this.at] === SEMICOLON) {
      const name = this.paramName()
      if (name === '' || params.has(name)) return undefined
      params.set(name, this.at < end && bytes[this.at] === EQUALS ? this.uriParamValue() : '')
    }
    return params
  }

  private paramName(): string {
    const { bytes, end } = this
    const start = this.at + 1
    let i = start
    while (i < end && (CLASS[bytes[i]!]! & (PARAM | UPPER)) === PARAM) i++
    this.at = i
    return this.text.substring(start, i)
  }

  private uriParamValue(): string {
    const { bytes, end } = this
    const start = this.at + 1
    let i = start
    while (i < end && (CLASS[bytes[i]!]! & PARAM) !== 0) i++
    this.at = i
    return this.text.substring(start, i)
  }
}

/** `port`: -1 for none. */
export function newUri(scheme: 'sip' | 'sips', user: string | undefined, host: string, port: number, params: Uri['params'] = NOTHING): Uri {
  if (user === undefined) return port < 0 ? { scheme, host, params, headers: NOTHING } : { scheme, host, params, headers: NOTHING, port }
  return port < 0 ? { scheme, host, params, headers: NOTHING, user } : { scheme, host, params, headers: NOTHING, user, port }
}

const isParam = (byte: number): boolean => (CLASS[byte]! & PARAM) !== 0 || byte === SEMICOLON || byte === EQUALS

const NOTHING: ReadonlyMap<string, string> = new Map()
/** What most Route and Record-Route URIs have, and nothing else. */
const LOOSE: ReadonlyMap<string, string> = new Map([['lr', '']])
/** The longest domain name there is (RFC 1035 §2.3.4). */
const HOST_BYTES = 255
const COLON = 58
const SEMICOLON = 59
const EQUALS = 61
const AT = 64
