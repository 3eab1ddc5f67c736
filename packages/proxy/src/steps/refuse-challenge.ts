/**
 * Nobody but us challenges: a phone that is called, or a carrier, that asks for credentials gets none, and its realm reaches nobody who
 * might answer with a secret (threat: digest leak). So there is never more than our own challenge to send upstream.
 *
 * Deviation: RFC 3261 §16.7 step 7 wants the challenges of all branches in one 401 or 407.
 */
import { next, type ResponseStep, reply, type Step } from '../core/step.ts'

/** A branch that ends in a challenge ends with `status` instead: 503 lets the next carrier be tried. */
export function refuseChallenge(status: number): Step<ResponseStep> {
  return context => (context.response.status === 401 || context.response.status === 407 ? reply(status) : next(context))
}
