/** Looks up where a carrier is that is known by its domain; its servers are tried one after the other. RFC 3263 §4, §4.3. */
import { isIP } from 'node:net'
import { requestUriOf } from '../core/forward.ts'
import { type BranchContext, next, reply, type Step } from '../core/step.ts'

export const findWays: Step<BranchContext> = context => {
  const { target, answers } = context
  if (target.flow.flow !== undefined || isIP(target.flow.address) !== 0) return next(context)
  if (answers.ways === undefined) return { kind: 'ask', effect: { ask: 'ways', uri: requestUriOf(context) } }
  const [flow] = answers.ways
  return flow === undefined ? reply(503, { reason: 'Carrier Not Found' }) : next({ ...context, target: { ...target, flow } })
}
