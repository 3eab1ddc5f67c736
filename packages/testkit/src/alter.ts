/** Makes a message differ from the right one: phones in the field do. RFC 3261 §7.3. */
import { type MessageEdit, utf8, utf8Bytes } from '@strowger/sip-parser'
import type { Alteration } from './script.ts'

/** Fills `{name}` with what is known under that name, and leaves others as they are. */
export function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\{([\w-]+)\}/g, (whole, name: string) => values.get(name) ?? whole)
}

/** The bytes of `message` with the headers, body and faults of `alteration`. */
export function altered(message: MessageEdit, alteration: Alteration, values: ReadonlyMap<string, string>): Uint8Array {
  const { headers = [], omit = [], change } = alteration
  const body = bodyOf(alteration)
  for (const [name, value] of headers) message.raw(name, fill(value, values))
  if (body) message.body(body.type, utf8Bytes(crlf(fill(body.text, values))))
  const bytes = omit.length > 0 ? without(message.toBytes(), omit) : message.toBytes()
  return change ? change(bytes) : bytes
}

/** The body of a message, before it is filled in. */
export function bodyOf({ sdp, body }: Alteration): Alteration['body'] {
  return body ?? (sdp === undefined ? undefined : { type: 'application/sdp', text: sdp })
}

/** Line ends of a text in a program, as the wire has them. */
export function crlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n')
}

/** Without the header lines of these names; the rest stays byte for byte. */
function without(bytes: Uint8Array, names: readonly string[]): Uint8Array {
  const text = utf8(bytes)
  const end = text.indexOf('\r\n\r\n')
  const unwanted = new Set(names.map(name => name.toLowerCase()))
  const lines = text.slice(0, end).split('\r\n')
  const kept = lines.filter((line, at) => at === 0 || !unwanted.has(line.slice(0, line.indexOf(':')).trim().toLowerCase()))
  return utf8Bytes(kept.join('\r\n') + text.slice(end))
}
