/** What the signature of a call's context is tied to (design §8.11). */
import type { ContextBinding } from '@strowger/runtime'
import { CallId, From, formatUri, type SipRequest, tagOf } from '@strowger/sip-parser'

export function bindingOf(request: SipRequest): ContextBinding {
  const from = request.headers.get(From)
  return {
    method: request.method,
    callId: request.headers.get(CallId) ?? '',
    fromTag: (from && tagOf(from)) ?? '',
    uri: formatUri(request.uri),
  }
}
