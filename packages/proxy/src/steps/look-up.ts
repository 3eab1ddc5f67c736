/** Finds the phones of the user that an application server calls; their q says who rings first. RFC 3261 §16.5, §16.6, RFC 3327 §5.3. */
import { type Order, reply, type Step, type Target } from '../core/step.ts'

export const lookUp: Step = (context, { policy }) => {
  const { request, answers } = context
  const aor = `${request.uri.user ?? ''}@${policy.domainOf(request.uri.host.toLowerCase())}`
  if (answers.location === undefined) return { kind: 'ask', effect: { ask: 'location', aor } }
  if (answers.location.length === 0) return reply(480, { reason: 'Not Registered' })
  return { kind: 'forward', order: orderOf(request.method, answers.location), context, targets: answers.location }
}

/** Only a call can be taken back from one phone before another gets it. */
function orderOf(method: string, targets: readonly Target[]): Order {
  return method === 'INVITE' && targets.some(({ q }) => q !== targets[0]!.q) ? 'by q' : 'parallel'
}
