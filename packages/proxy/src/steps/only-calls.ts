/** Lets calls through, of phones messages too (RFC 3428), and refuses methods that no one here serves yet, in the words that make a phone stop asking. RFC 3261 §8.2.1, RFC 6665 §4.1.3. */
import { next, reply, type Step } from '../core/step.ts'

export const onlyCalls: Step = (context, { policy }) => {
  const { method } = context.request
  if (method === 'INVITE' || method === 'ACK' || (method === 'MESSAGE' && policy.role === 'users-proxy')) return next(context)
  if (method === 'SUBSCRIBE' || method === 'PUBLISH') return reply(489)
  return reply(405, { headers: [['Allow', policy.allowedMethods]] })
}
