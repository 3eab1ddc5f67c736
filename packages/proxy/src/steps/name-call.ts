/**
 * Gives a call its one id, as soon as we know whose it is: from here on it leaves a record, whatever becomes of it (design §5). A message has one
 * as well, by which it is found in the logs.
 */
import { type Context, next, type Step } from '../core/step.ts'

export const nameCall: Step = (context, { policy }) => {
  if (!NAMED.has(context.request.method) || context.call !== undefined) return next(context)
  return next<Context>({ ...context, call: policy.newCallId() })
}

const NAMED: ReadonlySet<string> = new Set(['INVITE', 'MESSAGE'])
