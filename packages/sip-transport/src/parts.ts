/** Headers as plain text, and a body, onto a message. RFC 3261 §7.3, §7.4. */
import type { MessageEdit } from '@strowger/sip-parser'

/** Names and values; a list becomes one header field for each element, as WWW-Authenticate needs. */
export type HeaderTexts = Readonly<Record<string, string | readonly string[]>>

/** Content-Type names the body; the other headers are appended. */
export function withParts(message: MessageEdit, headers: HeaderTexts = {}, body?: Uint8Array): MessageEdit {
  let contentType = 'application/octet-stream'
  for (const [name, value] of Object.entries(headers)) {
    for (const text of typeof value === 'string' ? [value] : value) {
      if (name.toLowerCase() === 'content-type') contentType = text
      else message.raw(name, text)
    }
  }
  return body === undefined ? message : message.body(contentType, body)
}
