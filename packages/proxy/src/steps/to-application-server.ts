/** Sends an outside party's call to an application server, with the signed context that says who it is. The only way out. */
import { type Context as CallContext, CONTEXT_HEADER } from '@strowger/runtime'
import { reply, type Step, withChanges } from '../core/step.ts'

export const toApplicationServer: Step = (context, { policy, wall }) => {
  const { identity, request, call } = context
  if (identity === undefined || call === undefined) return reply(403)
  const callContext: CallContext = {
    call,
    brand: identity.brand,
    client: identity.client ?? 0,
    ...(identity.user !== undefined ? { user: identity.user } : {}),
    from: policy.role === 'users-proxy' ? 'phone' : 'carrier',
  }
  const changes = withChanges(context.changes, {
    remove: ['Route'],
    add: [[CONTEXT_HEADER, policy.signContext(callContext, request, wall)]],
  })
  return {
    kind: 'forward',
    order: 'serial',
    context: { ...context, changes, ownRoutes: 0 },
    targets: [{ flow: policy.appserver, side: 'inside' }],
  }
}
