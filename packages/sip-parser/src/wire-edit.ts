/** Edits as splices on the bytes of a message. RFC 3261 §7.3.1, §16.6, §18.3. */
import type { MessageEdit } from './edit.ts'
import type { HeaderDef } from './header-def.ts'
import { headerId } from './header-names.ts'
import { type Headers, STRIDE } from './headers.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { parse } from './parse.ts'
import { checkToken, safeLength } from './safe-text.ts'
import { scanHeaders } from './scan-headers.ts'
import { copy, growth, insertSplice, type Splice, writeSpliced } from './splices.ts'
import { formatUri, parseUri, type Uri } from './uri.ts'

/**
 * Holds splices on `base`. A second edit of the same header that the first one could be in the way of
 * writes the message out first and goes on with that as the base.
 */
export class WireEdit implements MessageEdit {
  readonly kind: 'request' | 'response'
  readonly method: string | undefined
  private base: Uint8Array
  private index: Headers | undefined
  /** Whether the bytes are ours: then they get a Content-Length even without an edit. */
  private own: boolean
  private splices: Splice[] = []
  /** Headers that have been edited since `base`: id, or name where there is no id. */
  private touched: (number | string)[] = []
  private newBody: Uint8Array | undefined = undefined

  constructor(kind: 'request' | 'response', method: string | undefined, base: Uint8Array, index: Headers | undefined, own: boolean) {
    this.kind = kind
    this.method = method
    this.base = base
    this.index = index
    this.own = own
  }

  uri(uri: Uri | string): this {
    if (this.kind !== 'request') throw new TypeError('A response has no Request-URI')
    const text = requestUri(uri)
    this.claim(START_LINE)
    const { base } = this
    const at = base.indexOf(SP) + 1
    return this.splice(at, base.indexOf(SP, at), text, text.length, false)
  }

  prepend<T>(def: HeaderDef<T>, value: T): this {
    const id = headerId(def.name)
    if (id === CONTENT_LENGTH) return this
    this.touch(def.name, id)
    const headers = this.headers()
    const first = headers.find(def.name, def.compact, 0)
    const at = first >= 0 ? headers.lines[first + 1]! : this.topPlace(id)
    return this.insert(at, def.name, def.encode(value), true)
  }

  append<T>(def: HeaderDef<T>, value: T): this {
    return this.appendText(def.name, def.compact, def.encode(value))
  }

  replace<T>(def: HeaderDef<T>, value: T): this {
    const id = headerId(def.name)
    if (id === CONTENT_LENGTH) return this
    this.claim(id === 0 ? def.name.toLowerCase() : id)
    const place = this.headers().locate(def)
    if (place === undefined) return this.append(def, value)
    const text = def.encode(value)
    const { start, end } = place.element
    return this.splice(start, end, text, safeLength(text, def.name), false)
  }

  removeFirst(def: HeaderDef<unknown>): this {
    const id = headerId(def.name)
    if (id === CONTENT_LENGTH) return this
    this.claim(id === 0 ? def.name.toLowerCase() : id)
    const place = this.headers().locate(def)
    if (place === undefined) return this
    const { start, next } = place.element
    return next < 0 || next === this.index!.lines[place.line + 3] ? this.removeLine(place.line) : this.splice(start, next, '', 0, false)
  }

  remove(def: HeaderDef<unknown>): this {
    return this.removeLines(def.name, def.compact)
  }

  raw(name: string, value: string): this {
    return this.appendText(checkToken(name, 'A header name'), undefined, value)
  }

  replaceRaw(name: string, value: string): this {
    const id = headerId(checkToken(name, 'A header name'))
    if (id === CONTENT_LENGTH) return this
    this.claim(id === 0 ? name.toLowerCase() : id)
    const headers = this.headers()
    const line = headers.find(name, undefined, 0)
    if (line < 0) return this.raw(name, value)
    return this.splice(headers.lines[line + 2]!, headers.lines[line + 3]!, value, safeLength(value, name), false)
  }

  removeRaw(name: string): this {
    return this.removeLines(name, undefined)
  }

  body(contentType: string | undefined, body?: Uint8Array): this {
    if (contentType === undefined) {
      this.removeLines('Content-Type', undefined)
      this.newBody = NO_BYTES
      return this
    }
    if (body === undefined) throw new TypeError('A body of a type needs its bytes')
    this.replaceRaw('Content-Type', contentType)
    this.newBody = body
    return this
  }

  get<T>(def: HeaderDef<T>): T | undefined {
    return this.current(def).get(def)
  }

  all<T>(def: HeaderDef<T>): readonly T[] {
    return this.current(def).all(def)
  }

  toBytes(): Uint8Array {
    if (this.splices.length === 0 && this.newBody === undefined && !this.own) return this.base
    const { base } = this
    const headers = this.headers()
    const bodyStart = this.newBody === undefined ? headers.bodyStart : 0
    const body = this.newBody ?? base
    const bodyBytes = body.length - bodyStart
    const splices = this.withLength(headers, bodyBytes)
    const headerEnd = headers.bodyStart
    const out = new Uint8Array(headerEnd + growth(splices) + bodyBytes)
    copy(body, bodyStart, body.length, out, writeSpliced(base, headerEnd, splices, out))
    return out
  }

  toMessage(): SipRequest | SipResponse {
    const message = parse(this.toBytes())
    if (message.kind === 'malformed') throw new TypeError(`What was built is not a SIP message: ${message.code} at byte ${message.offset}`)
    return message
  }

  private headers(): Headers {
    this.index ??= scanHeaders(this.base, this.base.indexOf(LF) + 1, Infinity)
    return this.index
  }

  /** The splices, with Content-Length set right: untouched when it is there and the body is the same. */
  private withLength(headers: Headers, bodyBytes: number): readonly Splice[] {
    const line = headers.find('Content-Length', undefined, 0)
    if (line >= 0 && this.newBody === undefined) return this.splices
    const digits = String(bodyBytes)
    const splices = [...this.splices]
    if (line >= 0) {
      insertSplice(splices, { at: headers.lines[line + 2]!, until: headers.lines[line + 3]!, text: digits, bytes: digits.length }, false)
    } else {
      const at = headers.lines.at(-1)!
      insertSplice(splices, { at, until: at, text: `Content-Length: ${digits}\r\n`, bytes: 18 + digits.length }, false)
    }
    return splices
  }

  /** Index of the message as edited so far. */
  private current(def: HeaderDef<unknown>): Headers {
    const id = headerId(def.name)
    const edited =
      this.touched.includes(id === 0 ? def.name.toLowerCase() : id) || (id === CONTENT_LENGTH && (this.own || this.newBody !== undefined))
    if (edited) this.rebase()
    return this.headers()
  }

  private appendText(name: string, compact: string | undefined, value: string): this {
    const id = headerId(name)
    if (id === CONTENT_LENGTH) return this
    this.touch(name, id)
    const headers = this.headers()
    let at = headers.lines.at(-1)!
    for (let k = headers.find(name, compact, 0); k >= 0; k = headers.find(name, compact, k + STRIDE)) at = this.lineEnd(k)
    return this.insert(at, name, value, false)
  }

  private removeLines(name: string, compact: string | undefined): this {
    const id = headerId(name)
    if (id === CONTENT_LENGTH) return this
    this.claim(id === 0 ? name.toLowerCase() : id)
    const headers = this.headers()
    for (let k = headers.find(name, compact, 0); k >= 0; k = headers.find(name, compact, k + STRIDE)) this.removeLine(k)
    return this
  }

  private removeLine(k: number): this {
    return this.splice(this.headers().lines[k + 1]!, this.lineEnd(k), '', 0, false)
  }

  /** After the line end of line `k`: folds behind an empty rest belong to it. */
  private lineEnd(k: number): number {
    const { base } = this
    let i = this.headers().lines[k + 3]!
    while (base[i] !== LF || base[i + 1] === SP || base[i + 1] === TAB) i++
    return i + 1
  }

  /** Where a header goes that is to be on top and is not there yet: Via first of all, the others after the last Via. */
  private topPlace(id: number): number {
    const headers = this.headers()
    let at = headers.source.start
    if (id === VIA) return at
    for (let k = headers.find('Via', undefined, 0); k >= 0; k = headers.find('Via', undefined, k + STRIDE)) at = this.lineEnd(k)
    return at
  }

  private insert(at: number, name: string, value: string, before: boolean): this {
    const text = `${name}: ${value}\r\n`
    return this.splice(at, at, text, name.length + 4 + safeLength(value, name), before)
  }

  private splice(at: number, until: number, text: string, bytes: number, before: boolean): this {
    insertSplice(this.splices, { at, until, text, bytes }, before)
    return this
  }

  private touch(name: string, id: number): void {
    const key = id === 0 ? name.toLowerCase() : id
    if (!this.touched.includes(key)) this.touched.push(key)
  }

  /** Before an edit of what is there: earlier edits of the same header become part of the base. */
  private claim(key: number | string): void {
    if (this.touched.includes(key)) this.rebase()
    this.touched.push(key)
  }

  private rebase(): void {
    this.base = this.toBytes()
    this.index = undefined
    this.own = true
    this.splices = []
    this.touched = []
    this.newBody = undefined
  }
}

/** Text for a start line. Throws a TypeError for what is no URI. */
export function requestUri(uri: Uri | string): string {
  if (typeof uri !== 'string') return formatUri(uri)
  if (parseUri(uri) === undefined) throw new TypeError(`Not a URI: ${JSON.stringify(uri)}`)
  return uri
}

const START_LINE = 'start-line:'
const CONTENT_LENGTH = headerId('Content-Length')
const VIA = headerId('Via')
const NO_BYTES = new Uint8Array(0)
const TAB = 9
const LF = 10
const SP = 32
