/** Refuses what has travelled too far. RFC 3261 §16.3 step 3. */
import { MaxForwards } from '@strowger/sip-parser'
import { next, reply, type Step } from '../core/step.ts'

export const checkMaxForwards: Step = context => {
  const hops = context.request.headers.get(MaxForwards)
  // With 0 left we may still answer what is meant for ourselves (RFC 3261 §11).
  if (hops === 0 && context.request.method !== 'OPTIONS' && context.request.method !== 'REGISTER') return reply(483)
  return next(context)
}
