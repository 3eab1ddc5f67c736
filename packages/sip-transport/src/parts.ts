/** Headers as plain text, and a body, onto a message. RFC 3261 §7.3, §7.4. */
import type { MessageEdit } from '@strowger/sip-parser'

/** Content-Type names the body; the other headers are appended. */
export function withParts(message: MessageEdit, headers: Readonly<Record<string, string>> = {}, body?: Uint8Array): MessageEdit {
  let contentType = 'application/octet-stream'
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() === 'content-type') contentType = value
    else message.raw(name, value)
  }
  return body === undefined ? message : message.body(contentType, body)
}
