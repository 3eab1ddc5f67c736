/** Edits as splices on the bytes of a message. RFC 3261 §7.3.1, §16.6, §18.3. */
import type { MessageEdit, TopLine } from './edit.ts'
import type { HeaderDef } from './header-def.ts'
import { headerId } from './header-names.ts'
import type { NameAddr } from './headers/name-addr.ts'
import { type Headers, STRIDE } from './headers.ts'
import type { SipRequest, SipResponse } from './message.ts'
import { parse } from './parse.ts'
import { checkToken, safeLength } from './safe-text.ts'
import { scanHeaders } from './scan-headers.ts'
import { splicedMessage } from './spliced-message.ts'
import { insertSplice, removeSplice, type Splice } from './splices.ts'
import { formatUri, parseUri, type Uri } from './uri.ts'
import { idOf } from './usual-values.ts'

/**
 * Holds splices on `base`. A second edit of the same header that the first one could be in the way of
 * writes the message out first and goes on with that as the base.
 */
export class WireEdit implements MessageEdit {
  readonly kind: 'request' | 'response'
  readonly method: string | undefined
  private base: Uint8Array
  private index: Headers | undefined
  private splices: Splice[]
  private newBody: Uint8Array | undefined

  constructor(kind: 'request' | 'response', method: string | undefined, base: Uint8Array, index: Headers | undefined) {
    this.kind = kind
    this.method = method
    this.base = base
    this.index = index
    this.splices = []
    this.newBody = undefined
  }

  uri(uri: Uri | string): this {
    if (this.kind !== 'request') throw new TypeError('A response has no Request-URI')
    const text = requestUri(uri)
    this.claim(START_LINE)
    const { base } = this
    const at = base.indexOf(SP) + 1
    return this.splice(START_LINE, at, base.indexOf(SP, at), text, text.length)
  }

  prepend<T>(def: HeaderDef<T>, value: T): this {
    const id = idOf(def)
    if (id === CONTENT_LENGTH) return this
    const headers = this.headers()
    const first = headers.find(def.name, def.compact, 0, id)
    return this.insert(id, first < 0 ? this.topPlace(id) : headers.at(first + 1), def.name, def.encode(value), true)
  }

  append<T>(def: HeaderDef<T>, value: T): this {
    return this.appendText(def.name, def.compact, def.encode(value))
  }

  replace<T>(def: HeaderDef<T>, value: T): this {
    const id = idOf(def)
    if (id === CONTENT_LENGTH) return this
    const key = keyOf(def.name, id)
    this.claim(key)
    const place = this.headers().locate(def, id)
    const text = def.encode(value)
    if (place === undefined) return this.appendText(def.name, def.compact, text)
    return this.splice(key, place.start, place.end, text, safeLength(text, def.name))
  }

  removeFirst(def: HeaderDef<unknown>): this {
    const id = idOf(def)
    if (id === CONTENT_LENGTH) return this
    const key = keyOf(def.name, id)
    this.claim(key)
    const headers = this.headers()
    const place = headers.locate(def, id)
    if (place === undefined) return this
    const { start, next } = place
    return next < 0 || next === headers.at(place.line + 3) ? this.removeLine(key, place.line) : this.splice(key, start, next, '', 0)
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
    const key = keyOf(name, id)
    this.claim(key)
    const headers = this.headers()
    const line = headers.find(name, undefined, 0)
    if (line < 0) return this.appendText(name, undefined, value)
    return this.splice(key, headers.at(line + 2), headers.at(line + 3), value, safeLength(value, name))
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

  tag(def: HeaderDef<NameAddr>): string | undefined {
    return this.current(def).tag(def)
  }

  all<T>(def: HeaderDef<T>): readonly T[] {
    return this.current(def).all(def)
  }

  toBytes(topLine?: TopLine): Uint8Array {
    if (this.splices.length === 0 && this.newBody === undefined && topLine === undefined) return this.base
    const headers = this.headers()
    const splices = this.withLength(headers, this.newBody === undefined ? this.base.length - headers.bodyStart : this.newBody.length)
    if (topLine === undefined) return splicedMessage(this.base, headers, splices, this.newBody)
    const { text, bytes } = topLine
    const top: Splice = { key: VIA, at: headers.start, until: headers.start, text, bytes }
    insertSplice(splices, top, true)
    const out = splicedMessage(this.base, headers, splices, this.newBody)
    removeSplice(splices, top)
    return out
  }

  toMessage(): SipRequest | SipResponse {
    const bytes = this.toBytes()
    const message = parse(bytes, { messageBytes: Infinity, headerCount: Infinity })
    if (message.kind === 'malformed') throw new TypeError(`What was built is not a SIP message: ${message.code} at byte ${message.offset}`)
    return message
  }

  private headers(): Headers {
    this.index ??= scanHeaders(this.base, this.base.indexOf(LF) + 1, Infinity)
    return this.index
  }

  /** The splices, with Content-Length set right: untouched when it is there and the body is the same. */
  private withLength(headers: Headers, bodyBytes: number): Splice[] {
    const line = headers.findId(CONTENT_LENGTH, 0)
    if (line >= 0 && this.newBody === undefined) return this.splices
    const digits = String(bodyBytes)
    const splices = [...this.splices]
    const end = headers.at(headers.length - 1)
    const splice =
      line >= 0
        ? { key: CONTENT_LENGTH, at: headers.at(line + 2), until: headers.at(line + 3), text: digits, bytes: digits.length }
        : { key: CONTENT_LENGTH, at: end, until: end, text: `Content-Length: ${digits}\r\n`, bytes: 18 + digits.length }
    insertSplice(splices, splice, false)
    return splices
  }

  /** Index of the message as edited so far. */
  private current(def: HeaderDef<unknown>): Headers {
    const key = keyOf(def.name, idOf(def))
    if (this.isTouched(key) || (key === CONTENT_LENGTH && this.newBody !== undefined)) this.rebase()
    return this.headers()
  }

  private appendText(name: string, compact: string | undefined, value: string): this {
    const id = headerId(name)
    if (id === CONTENT_LENGTH) return this
    const headers = this.headers()
    let at = -1
    for (let k = headers.find(name, compact, 0); k >= 0; k = headers.find(name, compact, k + STRIDE)) at = this.lineEnd(k)
    return this.insert(id, at < 0 ? this.bottomPlace() : at, name, value, false)
  }

  private removeLines(name: string, compact: string | undefined): this {
    const id = headerId(name)
    if (id === CONTENT_LENGTH) return this
    const key = keyOf(name, id)
    this.claim(key)
    const headers = this.headers()
    for (let k = headers.find(name, compact, 0); k >= 0; k = headers.find(name, compact, k + STRIDE)) this.removeLine(key, k)
    return this
  }

  private removeLine(key: number | string, k: number): this {
    return this.splice(key, this.headers().at(k + 1), this.lineEnd(k), '', 0)
  }

  /** After the line end of line `k`: folds behind an empty rest belong to it. */
  private lineEnd(k: number): number {
    const { base } = this
    let i = this.headers().at(k + 3)
    while (base[i] !== LF || base[i + 1] === SP || base[i + 1] === TAB) i++
    return i + 1
  }

  /** Where a header goes that is to be on top and is not there yet: Via first of all, the others after the last Via. */
  private topPlace(id: number): number {
    const headers = this.headers()
    let at = headers.start
    if (id !== VIA) for (let k = headers.findId(VIA, 0); k >= 0; k = headers.findId(VIA, k + STRIDE)) at = this.lineEnd(k)
    return at
  }

  /** Where a header goes that is not there yet: last, but for a Content-Length that is last. */
  private bottomPlace(): number {
    const headers = this.headers()
    const last = headers.length - 1 - STRIDE
    return last >= 0 && headers.at(last) === CONTENT_LENGTH ? headers.at(last + 1) : headers.at(headers.length - 1)
  }

  private insert(id: number, at: number, name: string, value: string, before: boolean): this {
    const line = `${name}: ${value}`
    const bytes = safeLength(line, name) + 2
    insertSplice(this.splices, { key: keyOf(name, id), at, until: at, text: `${line}\r\n`, bytes }, before)
    return this
  }

  private splice(key: number | string, at: number, until: number, text: string, bytes: number): this {
    insertSplice(this.splices, { key, at, until, text, bytes }, false)
    return this
  }

  /** Before an edit of what is there: earlier edits of the same header become part of the base. */
  private claim(key: number | string): void {
    if (this.isTouched(key)) this.rebase()
  }

  private isTouched(key: number | string): boolean {
    const { splices } = this
    for (let i = 0; i < splices.length; i++) if (splices[i]!.key === key) return true
    return false
  }

  private rebase(): void {
    this.base = this.toBytes()
    this.index = undefined
    this.splices = []
    this.newBody = undefined
  }
}

/** Text for a start line. Throws a TypeError for what is no URI. */
export function requestUri(uri: Uri | string): string {
  if (typeof uri !== 'string') return formatUri(uri)
  if (parseUri(uri) === undefined) throw new TypeError(`Not a URI: ${JSON.stringify(uri)}`)
  return uri
}

const keyOf = (name: string, id: number): number | string => (id === 0 ? name.toLowerCase() : id)

const START_LINE = 'start-line:'
const CONTENT_LENGTH = headerId('Content-Length')
const VIA = headerId('Via')
const NO_BYTES = new Uint8Array(0)
const TAB = 9
const LF = 10
const SP = 32
