/** Chooses carriers for a number that leaves the house; they are tried one after the other. */
import { reply, type Step } from '../core/step.ts'

export const toCarrier: Step = (context, { policy }) => {
  const { callContext, request } = context
  const targets = policy.carriersFor(callContext?.brand ?? -1, callContext?.client ?? -1, request.uri.user ?? '')
  if (targets === 'blocked') return reply(403, { reason: 'Number Not Allowed' })
  if (targets.length === 0) return reply(404, { reason: 'No Route To Number' })
  return { kind: 'forward', order: 'serial', context, targets }
}
