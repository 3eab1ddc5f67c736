/** Headers as plain text or typed, and a body, onto a message. RFC 3261 §7.3, §7.4. */
import type { HeaderDef, MessageEdit } from '@strowger/sip-parser'

/** A header field: name and value. */
export type HeaderLine = readonly [name: string, value: string]

/**
 * Names and values. In an object a list becomes one header field for each element, as WWW-Authenticate needs; pairs come in the order given,
 * and {@link header} makes one of a typed value.
 */
export type HeaderTexts = Readonly<Record<string, string | readonly string[] | undefined>> | readonly HeaderLine[]

/** A typed value as a header field: `headers: [header(Expires, 60), ['Subject', 'lunch']]`. RFC 3261 §7.3. */
export function header<T>({ name, encode }: HeaderDef<T>, value: T): HeaderLine {
  return [name, encode(value)]
}

/** One name and value for each field, whichever way they were given. */
export function linesOf(headers: HeaderTexts | undefined): readonly HeaderLine[] {
  if (headers === undefined || isLines(headers)) return headers ?? []
  return Object.entries(headers).flatMap(([name, value = []]) =>
    (typeof value === 'string' ? [value] : value).map(text => [name, text] as const),
  )
}

/** Content-Type names the body; the other headers are appended. */
export function withParts(message: MessageEdit, headers?: HeaderTexts, body?: Uint8Array): MessageEdit {
  let contentType = 'application/octet-stream'
  for (const [name, value] of linesOf(headers)) {
    if (name.toLowerCase() === 'content-type') contentType = value
    else message.raw(name, value)
  }
  return body === undefined ? message : message.body(contentType, body)
}

function isLines(headers: HeaderTexts): headers is readonly HeaderLine[] {
  return Array.isArray(headers)
}
