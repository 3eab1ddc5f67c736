/** What may come by a UDP socket that we listen on no more, for all that its bytes say: a response, or a request of a dialog. RFC 3261 §12.2. */
import { type Parsed, To, tagOf } from '@strowger/sip-parser'

export function isOfOld(message: Parsed): boolean {
  if (message.kind !== 'request') return message.kind === 'response'
  const to = message.headers.get(To)
  return to !== undefined && tagOf(to) !== undefined
}
