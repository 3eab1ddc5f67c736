/** A request inside a dialog of ours, or one that claims to be. RFC 3261 §12.2.2. */
import { MinSE } from '@strowger/sip-parser'
import type { Incoming } from '@strowger/sip-transaction'
import { dialogIdOf, receiveIn } from '@strowger/sip-ua'
import { hasForeignBody, SDP } from './body.ts'
import type { AnyLeg, Call, Side } from './call.ts'
import { unknownIn } from './extensions.ts'
import { hangUp } from './hang-up.ts'
import { ALLOW } from './headers.ts'
import { servePrack } from './prack.ts'
import { reinvite } from './reinvite.ts'
import { relayRequest } from './relay-request.ts'
import { refuse } from './respond.ts'
import { tooBrief } from './session-timer.ts'
import { findLeg, type State, setDialog } from './state.ts'

/** The call it is about, if there is one. */
export function receiveInDialog(state: State, incoming: Incoming, side: Side): Call | undefined {
  const { request } = incoming
  const found = findLeg(state, dialogIdOf(request))
  if (found?.leg.dialog === undefined || found.leg.side !== side) {
    refuse(state, incoming, 481)
    return undefined
  }
  const { call, leg } = found
  const unknown = unknownIn(request)
  const minSe = tooBrief(state.now, request)
  const order = receiveIn(found.leg.dialog, request)
  if ('refuse' in order) refuse(state, incoming, order.refuse)
  else if (unknown.length > 0) refuse(state, incoming, 420, edit => edit.raw('Unsupported', unknown.join(', ')))
  else if (DESCRIBING.has(request.method) && hasForeignBody(request)) refuse(state, incoming, 415, edit => edit.raw('Accept', SDP))
  else if (minSe !== undefined) refuse(state, incoming, 422, edit => edit.append(MinSE, { seconds: minSe }))
  else {
    setDialog(state, call, leg, order.dialog)
    serve(state, call, leg, incoming)
  }
  return call
}

function serve(state: State, call: Call, leg: AnyLeg, incoming: Incoming): void {
  const { request } = incoming
  if (request.method === 'BYE') return hangUp(state, call, leg, incoming)
  if (request.method === 'PRACK') return servePrack(state, call, leg, incoming)
  if (request.method === 'OPTIONS') return refuse(state, incoming, 200, edit => edit.raw('Allow', ALLOW))
  const handle = state.layer.accept(state.now, incoming)
  const is = request.method === 'INVITE' ? 'reinvite' : 'relayed'
  state.works.set(handle.id, { side: 'server', handle, call: call.id, leg: leg.name, is, method: request.method })
  if (is === 'reinvite') reinvite(state, call, leg, request, handle.id)
  else relayRequest(state, call, leg, request, handle.id)
}

/** Requests whose body is a session description. */
const DESCRIBING: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'PRACK'])
