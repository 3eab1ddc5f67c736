/** Whether a message carries a session description. RFC 3261 §7.4, RFC 8866. */
import { ContentType, type SipRequest, type SipResponse } from '@strowger/sip-parser'

export function hasSdp(message: SipRequest | SipResponse): boolean {
  if (message.body.length === 0) return false
  return message.headers.get(ContentType)?.type === 'application/sdp'
}
