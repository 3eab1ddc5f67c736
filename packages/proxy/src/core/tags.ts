/** The tags of a message. RFC 3261 §19.3. */
import { From, type SipRequest, type SipResponse, To, tagOf } from '@strowger/sip-parser'

/** `to` is undefined before the far end has answered. */
export function tagsOf(message: SipRequest | SipResponse): { readonly from: string; readonly to: string | undefined } {
  const from = message.headers.get(From)
  const to = message.headers.get(To)
  return { from: (from && tagOf(from)) ?? '', to: to && tagOf(to) }
}
