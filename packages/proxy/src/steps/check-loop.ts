/** Refuses what has come back as it left us. RFC 3261 §16.3 step 4, RFC 5393 §4.2. */
import { hasLooped } from '../core/loop-mark.ts'
import { next, reply, type Step } from '../core/step.ts'

export const checkLoop: Step = (context, { policy }) => (hasLooped(context.request, policy) ? reply(482) : next(context))
