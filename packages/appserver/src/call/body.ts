/** Bodies as text with one character per byte, so that a call stays plain data. RFC 3261 §7.4. */
import { bytesOf, latin1 } from '@strowger/media-control'
import { ContentType, type MessageEdit, type SipRequest, type SipResponse } from '@strowger/sip-parser'

export const SDP = 'application/sdp'

/** The session description; empty when there is none. */
export function sdpIn(message: SipRequest | SipResponse): string {
  if (message.body.length === 0 || message.headers.get(ContentType)?.type !== SDP) return ''
  return latin1(message.body)
}

/** A body that the proxies' relay does not see: it could carry addresses of one party to the other. */
export function hasForeignBody(message: SipRequest | SipResponse): boolean {
  return message.body.length > 0 && message.headers.get(ContentType)?.type !== SDP
}

/** Nothing when the text is empty. */
export function putSdp(edit: MessageEdit, sdp: string): MessageEdit {
  return sdp === '' ? edit : edit.body(SDP, bytesOf(sdp))
}
