/** A response that the proxy writes itself; the layer adds the To tag. RFC 3261 §8.2.6. */
import { type MessageEdit, responseTo, type SipRequest } from '@strowger/sip-parser'
import type { Reply } from './step.ts'

export function ownResponse(request: SipRequest, reply: Reply): MessageEdit {
  const response = responseTo(request, reply.status, reply.reason !== undefined ? { reason: reply.reason } : {})
  for (const [name, value] of reply.headers ?? []) response.raw(name, value)
  return response
}
