/** Refuses extensions that a proxy must know and we do not. RFC 3261 §16.3 step 5. */
import { ProxyRequire } from '@strowger/sip-parser'
import { next, reply, type Step } from '../core/step.ts'

export const checkProxyRequire: Step = context => {
  const unknown = context.request.headers.all(ProxyRequire)
  if (unknown.length === 0 || context.request.method === 'ACK') return next(context)
  return reply(420, { headers: [['Unsupported', unknown.join(', ')]] })
}
