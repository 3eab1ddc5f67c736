/** Finds the phones of the user that an application server calls. RFC 3261 §16.5, RFC 3327 §5.3. */
import { reply, type Step } from '../core/step.ts'

export const lookUp: Step = (context, { policy }) => {
  const { request, answers } = context
  const aor = `${request.uri.user ?? ''}@${policy.domainOf(request.uri.host.toLowerCase())}`
  if (answers.location === undefined) return { kind: 'ask', effect: { ask: 'location', aor } }
  if (answers.location.length === 0) return reply(480, { reason: 'Not Registered' })
  return { kind: 'forward', order: 'parallel', context, targets: answers.location }
}
