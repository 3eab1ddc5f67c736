/** Has the relay rewrite the SDP of a response: the answer, or an offer where the request had none. RFC 3264 §5, §6. */
import { mediaSession } from '../core/route-token.ts'
import { type MediaCommand, next, type ResponseStep, type Step, withChanges } from '../core/step.ts'
import { tagsOf } from '../core/tags.ts'
import { hasSession, sessionBody } from '../media/session-body.ts'

export const answerMedia: Step<ResponseStep> = context => {
  const { response, answers, target, side } = context
  const crosses = side === 'outside' || target.side === 'outside'
  const session = crosses && context.call !== undefined ? sessionBody(response) : undefined
  if (session === undefined || session.kind === 'none') return next(context)
  const isAsked = session.kind === 'sdp' && answers.media === undefined
  if (isAsked) return { kind: 'ask', effect: { ask: 'media', command: commandFor(context, session.sdp) } }
  // Without the relay no address of one side may reach the other: the body is taken out, and the caller's side gives up.
  const sdp = answers.media instanceof Uint8Array ? answers.media : new Uint8Array(0)
  return next({ ...context, changes: withChanges(context.changes, { sdp }) })
}

function commandFor(context: ResponseStep, sdp: Uint8Array): MediaCommand {
  const { request, response, target } = context
  const tags = tagsOf(response)
  const session = mediaSession(context.call ?? '', context.leg)
  const source = target.side === 'outside' ? { receivedFrom: target.flow.address, nat: target.flow.nat === true } : { nat: false }
  if (hasSession(request)) return { kind: 'answer', session, fromTag: tags.from, toTag: tags.to ?? '', sdp, ...source }
  return { kind: 'offer', session, fromTag: tags.to ?? '', toTag: tags.from, sdp, ...source }
}
