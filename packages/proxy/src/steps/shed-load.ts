/**
 * Refuses new work while there is too much of it: 503 with Retry-After, without state. What belongs to a call that is up, or is being set up by
 * an application server, and emergency calls are served; so are the addresses that send little. RFC 3261 §21.5.4, RFC 5031, RFC 6357 §4, §7.
 */
import { CallId, To, tagOf } from '@strowger/sip-parser'
import { sourceOf } from '@strowger/sip-transport'
import { type Context, type House, next, type Step } from '../core/step.ts'
import { unavailable } from './unavailable.ts'

export const shedLoad: Step = (context, house) => {
  const { overload } = house.policy
  if (overload.reason === undefined || !isNewWork(context, house)) return next(context)
  const callId = context.request.headers.get(CallId) ?? ''
  return overload.refuses(callId, sourceOf(context.from.remote.address)) === undefined ? next(context) : unavailable(house)
}

function isNewWork({ request, from }: Context, { policy, wall }: House): boolean {
  const { method, headers, uri } = request
  const to = headers.get(To)
  if ((to !== undefined && tagOf(to) !== undefined) || method === 'ACK' || method === 'CANCEL') return false
  // An INVITE that takes the place of a dialog is the end of a transfer (RFC 3891).
  if (headers.raw('Replaces').length > 0 || policy.isEmergency(uri)) return false
  return !(policy.isAppserver(from) && policy.verifyContext(request, wall) !== undefined)
}
