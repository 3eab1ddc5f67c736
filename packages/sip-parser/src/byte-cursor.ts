/** Walks one header value, byte by byte. RFC 3261 §25.1. */
import { CLASS, HOST, IPV6, SPACE, TOKEN, UPPER, VALUE } from './characters.ts'
import type { Cursor } from './header-def.ts'
import type { Source } from './source.ts'
import type { Uri } from './uri.ts'
import { decodeUri, HOST_BYTES } from './uri-decode.ts'
import { isIpv6 } from './uri-ipv6.ts'

export class ByteCursor implements Cursor {
  /** Where the grammar stopped matching, if it did. */
  failedAt: number
  private readonly source: Source
  private readonly bytes: Uint8Array
  private readonly end: number
  private pos: number

  constructor(source: Source, start: number, end: number) {
    this.source = source
    this.bytes = source.bytes
    this.pos = start
    this.end = end
    this.failedAt = -1
  }

  get ended(): boolean {
    return this.failedAt < 0 && this.pos === this.end
  }

  /** Byte to blame when the value does not match. */
  get offset(): number {
    return this.failedAt < 0 ? this.pos : this.failedAt
  }

  fail(): void {
    if (this.failedAt >= 0) return
    this.failedAt = this.pos
    this.pos = this.end
  }

  decimal(max: number): number {
    const start = this.pos
    let value = 0
    let i = start
    for (; i < this.end; i++) {
      const digit = this.bytes[i]! - 48
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      if (value > max) {
        this.fail()
        return 0
      }
    }
    if (i === start) this.fail()
    else this.pos = i
    return value
  }

  token(): string {
    const start = this.pos
    this.run(TOKEN)
    if (this.pos === start) this.fail()
    return this.source.text(start, this.failedAt < 0 ? this.pos : start)
  }

  lws(): void {
    const start = this.pos
    this.sws()
    if (this.pos === start) this.fail()
  }

  sws(): void {
    const { bytes, end } = this
    let i = this.pos
    while (i < end && (CLASS[bytes[i]!]! & SPACE) !== 0) i++
    this.pos = i
  }

  literal(text: string): void {
    if (this.startsWith(text)) this.pos += text.length
    else this.fail()
  }

  peek(): string {
    return this.pos < this.end ? String.fromCharCode(this.bytes[this.pos]!) : ''
  }

  skip(text: string): boolean {
    this.sws()
    if (!this.startsWith(text)) return false
    this.pos += text.length
    this.sws()
    return true
  }

  quotedString(): string {
    const { bytes, end } = this
    const start = this.pos
    if (start >= end || bytes[start] !== QUOTE) {
      this.fail()
      return ''
    }
    let escaped = false
    for (let i = start + 1; i < end; i++) {
      const byte = bytes[i]!
      if (byte === QUOTE) {
        this.pos = i + 1
        const text = this.source.text(start + 1, i)
        return unfold(escaped ? text.replace(ESCAPE, '$1') : text)
      }
      if (byte === BACKSLASH) {
        escaped = true
        i++
      }
    }
    this.fail()
    return ''
  }

  comment(): string {
    const { bytes, end } = this
    const start = this.pos
    let depth = 0
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!
      if (byte === BACKSLASH) i++
      else if (byte === PARENTHESIS) depth++
      else if (byte === CLOSING_PARENTHESIS && --depth <= 0) {
        if (depth < 0) break
        this.pos = i + 1
        return unfold(this.source.text(start + 1, i))
      }
      if (depth === 0) break
    }
    this.fail()
    return ''
  }

  host(): string {
    const { bytes, end } = this
    const start = this.pos
    if (start < end && bytes[start] === OPEN) {
      this.pos = start + 1
      this.run(IPV6)
      const address = this.source.text(start + 1, this.pos)
      if (bytes[this.pos] !== CLOSE || this.pos >= end || !isIpv6(address)) this.fail()
      else this.pos++
      return address.toLowerCase()
    }
    const seen = this.run(HOST)
    if (this.pos === start || this.pos - start > HOST_BYTES) this.fail()
    const host = this.source.text(start, this.failedAt < 0 ? this.pos : start)
    return (seen & UPPER) === 0 ? host : host.toLowerCase()
  }

  address(): { readonly displayName?: string; readonly uri: Uri } | undefined {
    this.sws()
    const { bytes, end } = this
    const start = this.pos
    if (bytes[start] === LESS && start < end) return this.bracketed(undefined)
    if (bytes[start] === QUOTE && start < end) {
      const displayName = this.quotedString()
      this.sws()
      return this.bracketed(displayName)
    }
    let i = start
    while (i < end && ((CLASS[bytes[i]!]! & (TOKEN | SPACE)) !== 0 || bytes[i]! >= 0x80)) i++
    if (i < end && bytes[i] === LESS) {
      this.pos = i
      return this.bracketed(unfold(this.source.text(start, i)).trim())
    }
    return this.bare()
  }

  params(): ReadonlyMap<string, string> {
    const { bytes, end } = this
    let params: Map<string, string> | undefined
    for (;;) {
      this.sws()
      if (this.pos >= end || bytes[this.pos] !== SEMICOLON) return params ?? NO_PARAMS
      this.pos++
      this.sws()
      const name = this.lowerToken()
      this.sws()
      const value = this.pos < end && bytes[this.pos] === EQUALS ? this.paramValue() : ''
      if (this.failedAt >= 0) return NO_PARAMS
      params ??= new Map()
      if (params.has(name) && params.get(name) !== value) {
        this.fail()
        return NO_PARAMS
      }
      params.set(name, value)
    }
  }

  until(stops: string): string {
    const { bytes, end } = this
    const start = this.pos
    let i = start
    while (i < end && (CLASS[bytes[i]!]! & SPACE) === 0 && !isOneOf(stops, bytes[i]!)) i++
    this.pos = i
    return this.source.text(start, i)
  }

  rest(): string {
    const start = this.pos
    this.pos = this.end
    return unfold(this.source.text(start, this.end))
  }

  private startsWith(text: string): boolean {
    if (this.end - this.pos < text.length) return false
    for (let i = 0; i < text.length; i++) {
      const byte = this.bytes[this.pos + i]!
      const wanted = text.charCodeAt(i)
      if (byte !== wanted && !((byte ^ wanted) === 32 && (CLASS[byte | 32]! & TOKEN) !== 0 && (byte | 32) >= 97)) return false
    }
    return true
  }

  /** Steps over bytes of class `mask` and returns all their class bits together. */
  private run(mask: number): number {
    const { bytes, end } = this
    let i = this.pos
    let seen = 0
    while (i < end) {
      const bits = CLASS[bytes[i]!]!
      if ((bits & mask) === 0) break
      seen |= bits
      i++
    }
    this.pos = i
    return seen
  }

  private lowerToken(): string {
    const start = this.pos
    const seen = this.run(TOKEN)
    if (this.pos === start) this.fail()
    const name = this.source.text(start, this.failedAt < 0 ? this.pos : start)
    return (seen & UPPER) === 0 ? name : name.toLowerCase()
  }

  /** After the name: `= value`. Some phones send `rport=` with nothing behind, so nothing is a value. */
  private paramValue(): string {
    const { bytes, end } = this
    this.pos++
    this.sws()
    if (this.pos < end && bytes[this.pos] === QUOTE) return this.quotedString()
    const start = this.pos
    let i = start
    while (i < end && VALUE[bytes[i]!] === 1) i++
    this.pos = i
    return this.source.text(start, i)
  }

  /** `<` URI `>`, nothing but the URI between. */
  private bracketed(displayName: string | undefined): { readonly displayName?: string; readonly uri: Uri } | undefined {
    const { bytes, end } = this
    const start = this.pos
    if (this.failedAt >= 0 || start >= end || bytes[start] !== LESS) {
      this.fail()
      return undefined
    }
    let i = start + 1
    while (i < end && bytes[i] !== GREATER) i++
    const uri = i < end ? decodeUri(this.source, start + 1, i) : undefined
    if (uri === undefined) {
      this.fail()
      return undefined
    }
    this.pos = i + 1
    return displayName === undefined ? { uri } : { displayName, uri }
  }

  /** A URI without brackets ends where header parameters start and has none of its own (RFC 3261 §20.10). */
  private bare(): { readonly uri: Uri } | undefined {
    const { bytes, end } = this
    const start = this.pos
    let i = start
    while (i < end && bytes[i] !== SEMICOLON && bytes[i] !== COMMA && (CLASS[bytes[i]!]! & SPACE) === 0 && bytes[i] !== QUESTION) i++
    const uri = decodeUri(this.source, start, i)
    if (uri === undefined) {
      this.fail()
      return undefined
    }
    this.pos = i
    return { uri }
  }
}

function isOneOf(characters: string, byte: number): boolean {
  for (let i = 0; i < characters.length; i++) if (characters.charCodeAt(i) === byte) return true
  return false
}

/** A fold, with the blanks around it, reads as one space (RFC 3261 §7.3.1). */
export function unfold(text: string): string {
  if (!text.includes('\r')) return text
  const parts = text.split('\r\n')
  const last = parts.length - 1
  let unfolded = parts[0]!.trimEnd()
  for (let i = 1; i <= last; i++) {
    const part = i < last ? parts[i]!.trim() : parts[i]!.trimStart()
    if (part !== '' || i === last) unfolded += ` ${part}`
  }
  return unfolded
}

const ESCAPE = /\\([\s\S])/g
const QUOTE = 34
const PARENTHESIS = 40
const CLOSING_PARENTHESIS = 41
const COMMA = 44
const SEMICOLON = 59
const LESS = 60
const EQUALS = 61
const GREATER = 62
const QUESTION = 63
const OPEN = 91
const BACKSLASH = 92
const CLOSE = 93

const NO_PARAMS: ReadonlyMap<string, string> = new Map()
