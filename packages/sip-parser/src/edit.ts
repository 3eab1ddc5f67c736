/** Edits on a message. Bytes nobody touched leave exactly as they came. RFC 3261 §16.6. */
import type { HeaderDef } from './header-def.ts'
import type { NameAddr } from './headers/name-addr.ts'
import type { Headers } from './headers.ts'
import type { SipRequest, SipResponse } from './message.ts'
import type { Uri } from './uri.ts'
import { WireEdit } from './wire-edit.ts'

/**
 * Content-Length is written by itself, always; edits of it are ignored.
 * A value that would put CR or LF into the message throws a TypeError: it is a bug of the caller.
 */
export interface MessageEdit {
  /** What the message is; an edit never makes one of the other. */
  readonly kind: 'request' | 'response'
  /** Of a request. */
  readonly method: string | undefined
  /** Sets the Request-URI. */
  uri(uri: Uri | string): this
  /** Puts a value before all others of its header. */
  prepend<T>(def: HeaderDef<T>, value: T): this
  /** Puts a value after all others of its header. */
  append<T>(def: HeaderDef<T>, value: T): this
  /** Replaces the first value, the one `get` reads; appends when there is none. */
  replace<T>(def: HeaderDef<T>, value: T): this
  /** Removes the first value, and its line when nothing else is on it. */
  removeFirst(def: HeaderDef<unknown>): this
  /** Removes all values. */
  remove(def: HeaderDef<unknown>): this
  /** Appends a header nobody defined. */
  raw(name: string, value: string): this
  /** Replaces the first line called `name`, whole; appends when there is none. */
  replaceRaw(name: string, value: string): this
  /** Removes all lines called `name`. */
  removeRaw(name: string): this
  /** Sets body and Content-Type. The bytes are not copied before `toBytes`. */
  body(contentType: string, body: Uint8Array): this
  /** Removes body and Content-Type. */
  body(contentType: undefined): this
  /** First value as it is after the edits. */
  get<T>(def: HeaderDef<T>): T | undefined
  /** The tag of From or To as it is after the edits. RFC 3261 §19.3. */
  tag(def: HeaderDef<NameAddr>): string | undefined
  /** All values as they are after the edits. */
  all<T>(def: HeaderDef<T>): readonly T[]
  /**
   * The message. Without any edit, the very bytes that came. `topLine` goes above all headers of these bytes and not into the edit: the
   * Via of whoever sends it (RFC 3261 §8.1.1.7).
   */
  toBytes(topLine?: TopLine): Uint8Array
  /** Parses {@link toBytes}. Throws a TypeError when what was built is not a message. */
  toMessage(): SipRequest | SipResponse
}

/** A header line ready to be written; nothing in it is checked. */
export interface TopLine {
  /** Name, colon, value and CRLF. */
  readonly text: string
  /** Length of `text` as UTF-8. */
  readonly bytes: number
}

export function edit(message: SipRequest | SipResponse): MessageEdit {
  const method = message.kind === 'request' ? message.method : undefined
  return new WireEdit(message.kind, method, message.wire, message.headers as Headers)
}
