/** Answers OPTIONS that ask us, which phones use as a keep-alive. RFC 3261 §11. */
import { isOwn } from '../core/is-own.ts'
import { next, reply, type Step } from '../core/step.ts'
import { unavailable } from './unavailable.ts'

export const answerOptions: Step = (context, house) => {
  const { policy } = house
  const { request } = context
  if (request.method !== 'OPTIONS') return next(context)
  const forUs = request.uri.user === undefined || isOwn(request.uri, policy)
  if (!forUs) return next(context)
  if (policy.draining()) return unavailable(house)
  return reply(200, {
    headers: [
      ['Allow', policy.allowedMethods],
      ['Accept', 'application/sdp'],
    ],
  })
}
