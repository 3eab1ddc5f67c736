/** Has the relay rewrite the SDP of a response: the answer, or an offer where the request had none. RFC 3264 §5, §6. */
import { mediaSession } from '../core/route-token.ts'
import { type MediaCommand, next, type ResponseStep, type Step, withChanges } from '../core/step.ts'
import { tagsOf } from '../core/tags.ts'
import { hasSdp } from '../media/has-sdp.ts'

export const answerMedia: Step<ResponseStep> = context => {
  const { response, answers, target, side } = context
  const crosses = side === 'outside' || target.side === 'outside'
  if (!crosses || !hasSdp(response) || context.call === undefined) return next(context)
  if (answers.media === undefined) return { kind: 'ask', effect: { ask: 'media', command: commandFor(context, context.call) } }
  // Without the relay no address of one side may reach the other: the body is emptied, and the caller's side gives up.
  const body = answers.media instanceof Uint8Array ? answers.media : new Uint8Array(0)
  return next({ ...context, changes: withChanges(context.changes, { body }) })
}

function commandFor(context: ResponseStep, call: string): MediaCommand {
  const { request, response, target } = context
  const tags = tagsOf(response)
  const session = mediaSession(call, context.leg)
  const source = target.side === 'outside' ? { receivedFrom: target.flow.address, nat: target.flow.nat === true } : { nat: false }
  if (hasSdp(request)) return { kind: 'answer', session, fromTag: tags.from, toTag: tags.to ?? '', sdp: response.body, ...source }
  return { kind: 'offer', session, fromTag: tags.to ?? '', toTag: tags.from, sdp: response.body, ...source }
}
