/** The session description in a message, as opaque text. RFC 3264 §4, RFC 3261 §7.4, RFC 5621 §3. */
import { bodyOf, ContentType, type MessageEdit, type SipRequest, type SipResponse, unsupportedBody } from '@strowger/sip-parser'
import { bytesOf, textOf } from './bytes.ts'

/** What we understand of bodies. */
export const SDP = 'application/sdp'

/** `undefined` when there is none; inside a multipart body it is found. A body without Content-Type is one: old phones leave it out. */
export function descriptionIn(message: SipRequest | SipResponse): string | undefined {
  if (message.body.length === 0) return undefined
  const body = message.headers.has(ContentType) ? bodyOf(message, SDP) : message.body
  return body === undefined || body.length === 0 ? undefined : textOf(body)
}

/** A body, or a part of one, that must be understood and is not (RFC 5621 §3.1, §5.1). */
export function isForeign(message: SipRequest): boolean {
  return message.body.length > 0 && message.headers.has(ContentType) && unsupportedBody(message, [SDP]) !== undefined
}

export function putDescription(edit: MessageEdit, description: string | undefined): MessageEdit {
  return description === undefined ? edit : edit.body(SDP, bytesOf(description))
}
