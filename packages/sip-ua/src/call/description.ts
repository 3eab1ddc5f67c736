/** The session description in a message, as opaque text. RFC 3264 §4, RFC 3261 §7.4. */
import { ContentType, type MessageEdit, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { bytesOf, textOf } from './bytes.ts'

const SDP = 'application/sdp'

/** `undefined` when there is none. A body without Content-Type is taken for one: RFC 2543 phones leave it out. */
export function descriptionIn(message: SipRequest | SipResponse): string | undefined {
  if (message.body.length === 0 || isForeign(message)) return undefined
  return textOf(message.body)
}

/** A body of a type that says nothing about sessions. */
export function isForeign({ body, headers }: SipRequest | SipResponse): boolean {
  return body.length > 0 && headers.raw('Content-Type').length > 0 && headers.get(ContentType)?.type !== SDP
}

export function putDescription(edit: MessageEdit, description: string | undefined): MessageEdit {
  return description === undefined ? edit : edit.body(SDP, bytesOf(description))
}
