/** Has the relay rewrite the SDP of a request that crosses the edge: an offer, or in an ACK the answer. RFC 3264 §5, §6. */

import { isBehindNat } from '../core/forward.ts'
import { mediaSession } from '../core/route-token.ts'
import { type BranchContext, type MediaCommand, next, reply, type Step, type Verdict, withChanges } from '../core/step.ts'
import { tagsOf } from '../core/tags.ts'
import { sessionBody } from '../media/session-body.ts'

export const offerMedia: Step<BranchContext> = context => {
  const { request, answers, target, side } = context
  const crosses = side === 'outside' || target.side === 'outside'
  const session = crosses && context.call !== undefined ? sessionBody(request) : undefined
  if (session === undefined || session.kind === 'none') return next(context)
  if (session.kind === 'unreadable') return request.method === 'ACK' ? withSdp(context, NOTHING) : refused(session.status)
  if (answers.media === undefined) return { kind: 'ask', effect: { ask: 'media', command: commandFor(context, session.sdp) } }
  if (answers.media instanceof Uint8Array) return withSdp(context, answers.media)
  if (request.method === 'ACK') return withSdp(context, NOTHING)
  return answers.media.unavailable === 'refused' ? reply(488) : reply(503, { headers: [['Retry-After', '5']] })
}

function withSdp(context: BranchContext, sdp: Uint8Array): Verdict<BranchContext> {
  return next({ ...context, changes: withChanges(context.changes, { sdp }) })
}

/** RFC 5621 §8.2. */
function refused(status: 400 | 415): Verdict<BranchContext> {
  return status === 415 ? reply(415, { headers: [['Accept', 'application/sdp']] }) : reply(400, { reason: 'Bad Body' })
}

function commandFor(context: BranchContext, sdp: Uint8Array): MediaCommand {
  const { request, side, from, token } = context
  const tags = tagsOf(request)
  const session = mediaSession(context.call ?? '', context.leg)
  const source = side === 'outside' ? { receivedFrom: from.remote.address, nat: token?.flow.nat ?? isBehindNat(context) } : { nat: false }
  if (request.method === 'ACK') return { kind: 'answer', session, fromTag: tags.to ?? '', toTag: tags.from, sdp, ...source }
  return { kind: 'offer', session, fromTag: tags.from, ...(tags.to !== undefined ? { toTag: tags.to } : {}), sdp, ...source }
}

const NOTHING = new Uint8Array(0)
