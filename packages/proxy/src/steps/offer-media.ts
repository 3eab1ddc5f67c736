/** Has the relay rewrite the SDP of a request that crosses the edge: an offer, or in an ACK the answer. RFC 3264 §5, §6. */

import { isBehindNat } from '../core/forward.ts'
import { mediaSession } from '../core/route-token.ts'
import { type BranchContext, type MediaCommand, next, reply, type Step, withChanges } from '../core/step.ts'
import { tagsOf } from '../core/tags.ts'
import { hasSdp } from '../media/has-sdp.ts'

export const offerMedia: Step<BranchContext> = context => {
  const { request, answers, target, side } = context
  const crosses = side === 'outside' || target.side === 'outside'
  if (!crosses || !hasSdp(request) || context.call === undefined) return next(context)
  if (answers.media === undefined) return { kind: 'ask', effect: { ask: 'media', command: commandFor(context, context.call) } }
  if (answers.media instanceof Uint8Array) return next({ ...context, changes: withChanges(context.changes, { body: answers.media }) })
  if (request.method === 'ACK') return next({ ...context, changes: withChanges(context.changes, { body: new Uint8Array(0) }) })
  return answers.media.unavailable === 'refused' ? reply(488) : reply(503, { headers: [['Retry-After', '5']] })
}

function commandFor(context: BranchContext, call: string): MediaCommand {
  const { request, side, from, token } = context
  const tags = tagsOf(request)
  const session = mediaSession(call, context.leg)
  const source = side === 'outside' ? { receivedFrom: from.remote.address, nat: token?.flow.nat ?? isBehindNat(context) } : { nat: false }
  if (request.method === 'ACK') return { kind: 'answer', session, fromTag: tags.to ?? '', toTag: tags.from, sdp: request.body, ...source }
  return { kind: 'offer', session, fromTag: tags.from, ...(tags.to !== undefined ? { toTag: tags.to } : {}), sdp: request.body, ...source }
}
