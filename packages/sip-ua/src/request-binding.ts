/** What makes a request this one and no other: a signature over it holds for no other call. RFC 3261 §8.1.1, §19.3. */
import { CallId, From, formatUri, type SipRequest, tagOf } from '@strowger/sip-parser'

/** Call-ID and From tag name the call, method and Request-URI what is asked of it. */
export interface RequestBinding {
  /** What is asked. */
  readonly method: string
  /** Empty when it has none. RFC 3261 §8.1.1.4. */
  readonly callId: string
  /** Empty when it has none. RFC 3261 §8.1.1.3. */
  readonly fromTag: string
  /** The Request-URI as text. */
  readonly uri: string
}

/** Reads it from a request as it came. RFC 3261 §8.1.1. */
export function bindingOf(request: SipRequest): RequestBinding {
  const from = request.headers.get(From)
  return {
    method: request.method,
    callId: request.headers.get(CallId) ?? '',
    fromTag: (from && tagOf(from)) ?? '',
    uri: formatUri(request.uri),
  }
}
