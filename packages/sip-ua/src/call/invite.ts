/** Verb: calls somebody. RFC 3261 §13.2.1. */
import {
  CallId,
  CSeq,
  Expires,
  From,
  MaxForwards,
  type MessageEdit,
  MinSE,
  newRequest,
  Route,
  edit as rewrite,
  SessionExpires,
  type SipRequest,
  To,
  type Uri,
  Via,
} from '@strowger/sip-parser'
import { dialogId, dialogSeed } from '../dialog.ts'
import { raiseTimer } from '../session-timer.ts'
import { forgetDialogs, keepCall, otherWay, type State } from './agent-state.ts'
import { sameRequest, sendAsk, withNextSequence } from './ask.ts'
import type { Ask, Call, HeaderLine } from './call.ts'
import { callTable } from './call-table.ts'
import { putDescription } from './description.ts'
import { move } from './move.ts'
import { expiresWith, newCall } from './new-call.ts'
import { putLines, putOurs, putProduct, uriOf } from './our-headers.ts'
import { putTimerRequest } from './timer-headers.ts'

/** Whom to call, as whom, with what. URIs are text. RFC 3261 §8.1.1, §13.2.1. */
export interface InviteOptions {
  /** Whom: Request-URI and To. */
  readonly to: string
  /** Who we are: From. */
  readonly from: string
  /** Display name in From. */
  readonly fromName?: string
  /** Our session description; without one they offer, and `answerOffer` goes into the ACK (RFC 6337 §2.2). */
  readonly offer?: Uint8Array
  /** Pre-loaded Route, first to be visited first; loose routers. RFC 3261 §8.1.1.1. */
  readonly routes?: readonly string[]
  /** Instead of the agent's Contact. */
  readonly contact?: string
  /** Instead of one drawn: for who spreads calls by it. At least 64 random bits. RFC 3261 §8.1.1.4. */
  readonly callId?: string
  /** Seconds after which nobody need answer any more: it goes into Expires, and the call is cancelled then. RFC 3261 §13.2.1. */
  readonly expires?: number
  /** Further header fields: Subject, Replaces, Referred-By, `Require`. */
  readonly headers?: readonly HeaderLine[]
}

export function invite(state: State, options: InviteOptions, offer: string | undefined): Call {
  const { token } = state.options
  const call = newCall(state, { id: token(), role: 'caller', callId: options.callId ?? token(), localTag: token() }, options.contact)
  const edit = inviteFor(state, call, options, offer)
  keepCall(state, call)
  expiresWith(state, call, edit.get(Expires))
  send(state, call, edit, uriOf(options.to, 'to'), { headers: options.headers ?? [], ...(offer !== undefined && { offer }) })
  return call
}

/** Once more, after a challenge or a 422: the same INVITE with the next CSeq; earlier phones ring no more. RFC 3261 §22.2, RFC 4028 §7.3. */
export function inviteAgain(
  state: State,
  call: Call,
  ask: Ask,
  request: SipRequest,
  changed: Partial<Pick<Ask, 'answered' | 'rounds'>>,
): void {
  const edit = withNextSequence(rewrite(request).removeFirst(Via), ask.cseq + 1, 'INVITE')
  if (changed.rounds !== undefined) putTimerRequest(edit.remove(SessionExpires).remove(MinSE), call)
  for (const { dialog } of call.dialogs) state.dialogs.delete(dialogId(dialog))
  call.dialogs = []
  const { headers, offer, answered, rounds } = { ...ask, ...changed }
  send(state, call, edit, request.uri, { headers, answered, rounds, ...(offer !== undefined && { offer }) })
}

/** The same INVITE by another way, when there is one: as a new transaction, and nothing else is new. RFC 3263 §4.3. */
export function inviteElsewhere(state: State, call: Call, ask: Ask, request: SipRequest): boolean {
  const way = callTable[call.state].again === undefined ? undefined : otherWay(state, ask.transaction)
  if (way === undefined) return false
  move(state, call, 'again')
  call.abandoned = true
  forgetDialogs(state, call)
  call.dialogs = []
  const { headers, offer, answered, rounds } = ask
  sendTo(state, call, sameRequest(request), way, { headers, answered, rounds, ...(offer !== undefined && { offer }) })
  return true
}

/** Whether a 422 may be met by asking for more. RFC 4028 §7.3. */
export function raised(call: Call, minSe: number | undefined): boolean {
  const policy = call.policy && raiseTimer(call.policy, minSe)
  if (policy !== undefined) call.policy = policy
  return policy !== undefined
}

function send(
  state: State,
  call: Call,
  edit: MessageEdit,
  target: Uri,
  asking: Pick<Ask, 'headers'> & Partial<Pick<Ask, 'offer' | 'answered' | 'rounds'>>,
): void {
  sendTo(state, call, edit, { uri: edit.get(Route)?.uri ?? target }, asking)
}

function sendTo(state: State, call: Call, edit: MessageEdit, way: Parameters<typeof sendAsk>[3], asking: Parameters<typeof send>[4]): void {
  const ask = sendAsk(state, call, edit, way, { is: 'invite', method: 'INVITE', ...asking })
  const handle = state.transactions.get(ask.transaction)?.handle
  if (handle !== undefined) call.seed = dialogSeed(handle.request)
}

function inviteFor(
  state: State,
  call: Call,
  { to, from, fromName, routes = [], expires, headers }: InviteOptions,
  offer: string | undefined,
): MessageEdit {
  const target = uriOf(to, 'to')
  const edit = newRequest('INVITE', { ...target, headers: new Map() })
  for (const route of routes) edit.append(Route, { uri: uriOf(route, 'a route'), params: new Map() })
  edit
    .append(MaxForwards, 70)
    .append(From, {
      ...(fromName !== undefined && { displayName: fromName }),
      uri: uriOf(from, 'from'),
      params: new Map([['tag', call.localTag]]),
    })
    .append(To, { uri: target, params: new Map() })
    .append(CallId, call.callId)
    .append(CSeq, { sequence: 1, method: 'INVITE' })
  if (expires !== undefined) edit.append(Expires, expires)
  putTimerRequest(putOurs(edit, state.options, call.contact), call)
  return putDescription(putProduct(putLines(edit, headers), state.options), offer)
}
