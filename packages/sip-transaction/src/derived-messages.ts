/** What the layer writes by itself: ACK to a failure (RFC 3261 §17.1.1.3), CANCEL (RFC 3261 §9.1), 100 Trying (RFC 3261 §8.2.6.1). */
import {
  CallId,
  CSeq,
  From,
  MaxForwards,
  type MessageEdit,
  newRequest,
  Route,
  responseTo,
  type SipRequest,
  type SipResponse,
  To,
  Via,
} from '@strowger/sip-parser'

/** Same branch, Request-URI and Route as the INVITE; To as in the response. */
export function ackFor(invite: SipRequest, response: SipResponse): MessageEdit {
  return derived(invite, 'ACK', response)
}

/** Everything as in the INVITE. `reason`: value of the Reason header (RFC 3326 §2). */
export function cancelFor(invite: SipRequest, reason: string | undefined): MessageEdit {
  const cancel = derived(invite, 'CANCEL', invite)
  return reason === undefined ? cancel : cancel.raw('Reason', reason)
}

/** `responseTo` copies the Timestamp of the request, as RFC 3261 §8.2.6.1 wants it in a 100. */
export function tryingFor(request: SipRequest): MessageEdit {
  return responseTo(request, 100)
}

function derived(invite: SipRequest, method: 'ACK' | 'CANCEL', toFrom: SipRequest | SipResponse): MessageEdit {
  const { headers } = invite
  const request = newRequest(method, invite.uri)
  const via = headers.get(Via)
  const from = headers.get(From)
  const to = toFrom.headers.get(To)
  const callId = headers.get(CallId)
  const cseq = headers.get(CSeq)
  if (via === undefined || from === undefined || to === undefined || callId === undefined || cseq === undefined) {
    throw new TypeError('an INVITE without Via, From, To, Call-ID or CSeq has no transaction')
  }
  request.append(Via, via).append(MaxForwards, 70)
  for (const route of headers.all(Route)) request.append(Route, route)
  return request.append(From, from).append(To, to).append(CallId, callId).append(CSeq, { sequence: cseq.sequence, method })
}
