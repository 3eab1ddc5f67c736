/** 503, and when to come back: each sender is told another time, or all would come at once. RFC 3261 §20.33, §21.5.4. */
import { type House, reply, type Verdict } from '../core/step.ts'

export function unavailable<C>({ policy }: House): Verdict<C> {
  const seconds = policy.overload.retryAfter()
  return reply(503, seconds > 0 ? { headers: [['Retry-After', String(seconds)]] } : {})
}
