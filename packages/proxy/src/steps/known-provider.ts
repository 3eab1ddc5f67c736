/** Lets in only the addresses of DDI providers; everybody else is refused. */
import { type Context, next, reply, type Step } from '../core/step.ts'

export const knownProvider: Step = (context, { policy }) => {
  const identity = policy.providerAt(context.from)
  return identity === undefined ? reply(403) : next<Context>({ ...context, identity })
}
