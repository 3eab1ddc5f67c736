/** A request inside a call's dialog: in order, understood, and then whose is it? RFC 3261 §12.2.2. */
import { CSeq, Event } from '@strowger/sip-parser'
import type { Incoming } from '@strowger/sip-transaction'
import { dialogId, dialogIdOf, refreshTarget } from '../dialog.ts'
import { receiveIn } from '../dialog-receive.ts'
import { type State, tell } from './agent-state.ts'
import type { Call, CallDialog, Serving } from './call.ts'
import { move } from './move.ts'
import { allow, knownEvents, surfacing } from './our-headers.ts'
import { putRefusal, refusalOfRequest } from './screen.ts'
import { respond, serve } from './serve.ts'
import { serveOffer } from './serve-offer.ts'
import { servePrack } from './serve-prack.ts'
import { abilities } from './stateless.ts'

/** The call it is about; `undefined` when there is none. */
export function receiveInDialog(state: State, incoming: Incoming): Call | undefined {
  const { request } = incoming
  const id = dialogIdOf(request)
  const call = state.calls.get(state.dialogs.get(id) ?? '')
  const at = call?.dialogs.find(({ dialog }) => dialogId(dialog) === id)
  if (call === undefined || at === undefined) return undefined
  const cseq = request.headers.get(CSeq)?.sequence ?? 0
  const serving = serve(state, call, incoming, IS[request.method] ?? 'request', { dialog: at.dialog.remoteTag, cseq })
  const order = receiveIn(at.dialog, request)
  const refusal = 'refuse' in order ? { status: order.refuse } : refusalOfRequest(state, request)
  if (!('refuse' in order)) at.dialog = order.dialog
  if (refusal !== undefined) respond(state, call, serving, { status: refusal.status }, edit => putRefusal(edit, refusal))
  else {
    call.from = incoming.from
    dispatch(state, call, at, serving, incoming)
  }
  return call
}

function dispatch(state: State, call: Call, at: CallDialog, serving: Serving, incoming: Incoming): void {
  const { request } = incoming
  if (request.method === 'BYE') return serveBye(state, call, at, serving, incoming)
  if (call.state === 'ending') return void respond(state, call, serving, { status: 481 })
  if (serving.is === 'reinvite' || serving.is === 'update') return serveOffer(state, call, at, serving, request)
  if (serving.is === 'prack') return servePrack(state, call, at, serving, request)
  if (request.method === 'OPTIONS') return void respond(state, call, serving, { status: 200 }, edit => abilities(state, edit))
  if (!surfacing(state.options).includes(request.method))
    return void respond(state, call, serving, { status: 405 }, edit => edit.raw('Allow', allow(state.options)))
  if (isBadEvent(state, incoming))
    return void respond(state, call, serving, { status: 489 }, edit => edit.raw('Allow-Events', knownEvents(state.options).join(', ')))
  if (TARGETING.has(request.method)) at.dialog = refreshTarget(at.dialog, request)
  tell(state, { kind: 'request', call: call.id, dialog: at.dialog.remoteTag, id: serving.id, request })
}

/** Always 200. RFC 3261 §15.1.2. */
function serveBye(state: State, call: Call, at: CallDialog, serving: Serving, { request }: Incoming): void {
  // Another phone's, which answered too and had its BYE from us.
  if (call.chosen !== at.dialog.remoteTag) return void respond(state, call, serving, { status: 200 })
  const known = move(state, call, 'BYE', { request, leave: { by: 'them', status: 487 } })
  respond(state, call, serving, { status: known ? 200 : 481 })
}

/** RFC 6665 §7.2. */
function isBadEvent({ options }: State, { request }: Incoming): boolean {
  if (request.method !== 'NOTIFY' && request.method !== 'SUBSCRIBE') return false
  const event = request.headers.get(Event)
  return event === undefined || !knownEvents(options).includes(event.type)
}

const IS: Readonly<Record<string, Serving['is']>> = { INVITE: 'reinvite', UPDATE: 'update', PRACK: 'prack' }
/** Besides INVITE and UPDATE, these refresh the target when they are served. RFC 6665 §4.1.2.1. */
const TARGETING: ReadonlySet<string> = new Set(['NOTIFY', 'SUBSCRIBE', 'REFER'])
