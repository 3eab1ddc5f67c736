/** Tells requests of application servers from all others: by the signed context they carry, never by address alone (design §5). */
import { CONTEXT_HEADER } from '@strowger/runtime'
import { type Step, withChanges } from '../core/step.ts'

/** Goes on with `inside` for an application server's request, with `outside` for everybody else's. */
export function recognise(lists: { readonly inside: readonly Step[]; readonly outside: readonly Step[] }): Step {
  return (context, { policy, wall }) => {
    const changes = withChanges(context.changes, { remove: [CONTEXT_HEADER] })
    const callContext = policy.isAppserver(context.from) ? policy.verifyContext(context.request, wall) : undefined
    if (callContext === undefined) return { kind: 'steps', steps: lists.outside, context: { ...context, changes, side: 'outside' } }
    return { kind: 'steps', steps: lists.inside, context: { ...context, changes, side: 'inside', callContext, call: callContext.call } }
  }
}
