/** A new INVITE: who sends it is proved, then it is accepted, recorded and routed. RFC 3261 §8.2, §13.3.1. */
import type { Context } from '@strowger/runtime'
import { MaxForwards, type MessageEdit, MinSE, responseTo, type SipRequest } from '@strowger/sip-parser'
import type { Incoming, ServerTransaction } from '@strowger/sip-transaction'
import { dialogAsServer } from '@strowger/sip-ua'
import { askEcho } from './ask-echo.ts'
import { hasForeignBody, SDP, sdpIn } from './body.ts'
import type { Call, CallerLeg, Side } from './call.ts'
import { dial } from './dial.ts'
import { endCall, ended } from './end-call.ts'
import { requires, unknownIn } from './extensions.ts'
import { contactText } from './headers.ts'
import { provenContext } from './proven-context.ts'
import { refuse, retryAfter } from './respond.ts'
import { type Plan, planOf } from './route.ts'
import { reliably } from './say-reliably.ts'
import { tooBrief } from './session-timer.ts'
import { isTooMuch } from './shed-load.ts'
import { type State, setDialog } from './state.ts'
import { tellFact, tellLog } from './tell.ts'

/** The call, when it was taken. */
export function place(state: State, incoming: Incoming, side: Side): Call | undefined {
  const { request } = incoming
  const context = provenContext(state, request, side)
  if (context === undefined) {
    tellLog(state, '', 'INVITE without a valid context', { from: incoming.from.remote }, 'warn')
    refuse(state, incoming, 403)
    return undefined
  }
  if (isTooMuch(state, request, context)) {
    refuse(state, incoming, 503, retryAfter(state.house.overload.retryAfter()))
    return undefined
  }
  if (incoming.merged === true || state.calls.has(context.call)) {
    refuse(state, incoming, 482)
    return undefined
  }
  const plan = planOf(context, request, state.house.directory)
  const server = state.layer.accept(state.now, incoming)
  tellFact(state, { call: context.call, leg: 'a', kind: 'attempt', ...plan.attempt })
  tellLog(state, context.call, 'call attempt', plan.attempt)
  const objection = objectionTo(state, request) ?? (plan.route.kind === 'refuse' ? plan.route : undefined)
  const call = objection === undefined ? newCall(state, request, server, context, side, plan) : undefined
  if (call === undefined) refuseAttempt(state, server, context.call, objection ?? { status: 400, cause: 'no usable Contact' })
  else if (plan.route.kind === 'dial') dial(state, call, context, plan.attempt, plan.route, request)
  else serveEcho(state, call, request)
  return call
}

interface Objection {
  readonly status: number
  readonly cause: string
  readonly fill?: (edit: MessageEdit) => void
}

function objectionTo(state: State, request: SipRequest): Objection | undefined {
  if (state.draining) return { status: 503, cause: 'draining', fill: retryAfter(5) }
  const unknown = unknownIn(request)
  if (unknown.length > 0)
    return { status: 420, cause: 'unknown extension required', fill: edit => edit.raw('Unsupported', unknown.join(', ')) }
  if (hasForeignBody(request)) return { status: 415, cause: 'not a session description', fill: edit => edit.raw('Accept', SDP) }
  const minSe = tooBrief(state.now, request)
  if (minSe !== undefined) return { status: 422, cause: 'session too brief', fill: edit => edit.append(MinSE, { seconds: minSe }) }
  if (request.headers.get(MaxForwards) === 0) return { status: 483, cause: 'too many hops' }
  return undefined
}

/** Recorded, answered, and nothing remembered but the transaction. */
function refuseAttempt(state: State, server: ServerTransaction, call: string, { status, cause, fill }: Objection): void {
  const edit = responseTo(server.request, status, { toTag: state.house.token() })
  fill?.(edit)
  state.layer.respond(state.now, server, edit)
  tellFact(state, { call, kind: 'end', by: 'platform', status, cause })
  tellLog(state, call, 'call ended', { by: 'platform', status, cause })
}

function newCall(
  state: State,
  request: SipRequest,
  server: ServerTransaction,
  context: Context,
  side: Side,
  { attempt }: Plan,
): Call | undefined {
  const tag = state.house.token()
  const dialog = dialogAsServer(request, tag, contactText(state.house, context.call))
  if (dialog === undefined) return undefined
  const serving = { server: server.id, cseq: dialog.remoteSequence ?? 0, offered: sdpIn(request) !== '' }
  const a: CallerLeg = { name: 'a', side, state: 'waiting', tag, serving }
  if (requires(request, '100rel')) a.reliable = reliably(state, serving.cseq)
  const call: Call = { id: context.call, tenant: attempt.tenant, a, rang: false }
  state.calls.set(call.id, call)
  state.works.set(server.id, { side: 'server', handle: server, call: call.id, leg: 'a', is: 'invite', method: 'INVITE' })
  setDialog(state, call, call.a, dialog)
  return call
}

/** The relay makes no offers (NG has none), so who wants one is told that there is none: 488. */
function serveEcho(state: State, call: Call, request: SipRequest): void {
  const sdp = sdpIn(request)
  if (sdp === '') return endCall(state, call, ended(call, 'platform', 488, 'echo needs an offer'))
  askEcho(state, call, 'invite', sdp)
}
