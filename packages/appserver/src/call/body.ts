/** Bodies as text with one character per byte, so that a call stays plain data. RFC 3261 §7.4, RFC 5621 §4, §8. */
import { bytesOf, latin1 } from '@strowger/media-control'
import { bodyOf, ContentType, type MessageEdit, type SipRequest, type SipResponse, typeOf, unsupportedBody } from '@strowger/sip-parser'

export const SDP = 'application/sdp'

/**
 * The session description, alone or in a multipart; empty when there is none. It is all of a body that goes to the other leg: what else
 * there is, the proxies' relay does not see. A body without a type is taken for one, as old phones mean it.
 */
export function sdpIn(message: SipRequest | SipResponse): string {
  if (message.body.length === 0) return ''
  const body = message.headers.has(ContentType) ? bodyOf(message, SDP) : message.body
  return body === undefined ? '' : latin1(body)
}

/** A body, or a part of one, that must be understood and is not: 415. Parts that say they are optional may go by. */
export function hasForeignBody(message: SipRequest): boolean {
  if (message.body.length === 0 || !message.headers.has(ContentType)) return false
  const isPacked = typeOf(message) === SDP && bodyOf(message, SDP) === undefined
  return isPacked || unsupportedBody(message, [SDP]) !== undefined
}

/** Nothing when the text is empty. */
export function putSdp(edit: MessageEdit, sdp: string): MessageEdit {
  return sdp === '' ? edit : edit.body(SDP, bytesOf(sdp))
}
