/** The Request-URI of a message under way, as text: what is hashed must be what is sent. RFC 3261 §22.4 item 1. */
import { type MessageEdit, utf8 } from '@strowger/sip-parser'

/** As it stands in the start line of the request as it is now. */
export function requestUriText(edit: MessageEdit): string {
  const bytes = edit.toBytes()
  const start = bytes.indexOf(SP) + 1
  return utf8(bytes, start, bytes.indexOf(SP, start))
}

const SP = 32
