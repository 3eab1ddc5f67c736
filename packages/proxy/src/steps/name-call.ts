/** Gives a call its one id, as soon as we know whose it is: from here on it leaves a record, whatever becomes of it (design §5). */
import { type Context, next, type Step } from '../core/step.ts'

export const nameCall: Step = (context, { policy }) => {
  if (context.request.method !== 'INVITE' || context.call !== undefined) return next(context)
  return next<Context>({ ...context, call: policy.newCallId() })
}
