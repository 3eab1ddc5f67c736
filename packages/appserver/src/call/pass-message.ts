/**
 * A MESSAGE outside of calls goes from one phone to those of another user of the same client, under the name that calls would have. It makes no
 * dialog and leaves no record of a call. RFC 3428 §4, §7, §11.1.
 */
import type { MessageEdit, SipRequest, SipResponse } from '@strowger/sip-parser'
import { MaxForwards } from '@strowger/sip-parser'
import type { Incoming } from '@strowger/sip-transaction'
import { fitsMessage } from '@strowger/sip-ua/events'
import type { Side } from './call.ts'
import { unknownIn } from './extensions.ts'
import { ALLOW, copyHeaders, isWritable } from './headers.ts'
import { outgoing } from './outgoing.ts'
import { provenContext } from './proven-context.ts'
import { refusalStatus } from './refusal-status.ts'
import { answer, copyRefusal, refuse, retryAfter } from './respond.ts'
import { messagePlanOf } from './route.ts'
import { isTooMuch } from './shed-load.ts'
import { hopTo, type State, type Work } from './state.ts'
import { tellLog } from './tell.ts'

export function passMessage(state: State, incoming: Incoming, side: Side): void {
  const { request } = incoming
  if (side !== 'users') return refuse(state, incoming, 405, edit => edit.raw('Allow', ALLOW))
  const context = provenContext(state, request, side)
  if (context === undefined) return refuse(state, incoming, 403)
  if (isTooMuch(state, request, context)) return refuse(state, incoming, 503, retryAfter(state.house.overload.retryAfter()))
  if (incoming.merged === true) return refuse(state, incoming, 482)
  const plan = messagePlanOf(context, request, state.house.directory)
  const objection: Objection | undefined = objectionTo(state, request) ?? (plan.route.kind === 'refuse' ? plan.route : undefined)
  if (objection !== undefined) return refuse(state, incoming, objection.status, objection.fill)
  if (plan.route.kind !== 'dial') return refuse(state, incoming, 404)
  const { edit, to, sipCallId } = outgoing(state, 'MESSAGE', context, plan.attempt, plan.route, request)
  copyText(edit, request)
  if (!fitsMessage(edit)) return refuse(state, incoming, 513)
  send(state, incoming, context.call, edit)
  tellLog(state, context.call, 'message', { ...plan.attempt, to, sip: sipCallId })
}

/** The final answer of the phones, as far as it says something to who wrote: neither Contact nor body (RFC 3428 §7). */
export function messageResponded(state: State, server: number, response: SipResponse): void {
  const { status } = response
  if (status < 200) return
  if (status < 300) answer(state, server, status)
  else answer(state, server, refusalStatus(status, 'users'), { fill: edit => copyRefusal(edit, response) })
}

/** A timeout is a 408, which is never sent (RFC 4320 §4.2). */
export function messageFailed(state: State, server: number, cause: 'timeout' | 'transport'): void {
  answer(state, server, cause === 'timeout' ? 408 : 503)
}

function send(state: State, incoming: Incoming, call: string, edit: MessageEdit): void {
  const server = state.layer.accept(state.now, incoming)
  const handle = state.layer.send(state.now, edit, hopTo(state, 'users'))
  const work: Pick<Work, 'call' | 'leg'> & { readonly is: 'message' } = { call, leg: 'a', is: 'message' }
  state.works.set(server.id, { ...work, side: 'server', handle: server, method: 'MESSAGE' })
  state.works.set(handle.id, { ...work, side: 'client', handle, towards: 'users', server: server.id })
}

interface Objection {
  readonly status: number
  readonly fill?: (edit: MessageEdit) => void
}

function objectionTo(state: State, request: SipRequest): Objection | undefined {
  if (state.draining) return { status: 503, fill: retryAfter(5) }
  const unknown = unknownIn(request)
  if (unknown.length > 0) return { status: 420, fill: edit => edit.raw('Unsupported', unknown.join(', ')) }
  if (request.headers.get(MaxForwards) === 0) return { status: 483 }
  if (request.body.length > 0 && !request.headers.raw('Content-Type').some(isWritable)) return { status: 400 }
  return undefined
}

function copyText(edit: MessageEdit, request: SipRequest): void {
  copyHeaders(edit, request, COPIED)
  const [type] = request.headers.raw('Content-Type')
  if (request.body.length > 0 && type !== undefined) edit.body(type, request.body)
}

/** What says how and when to read it. RFC 3428 §9. */
const COPIED: readonly string[] = ['Content-Disposition', 'Content-Encoding', 'Content-Language', 'Date', 'Expires', 'Priority', 'Subject']
