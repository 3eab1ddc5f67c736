/** Places the second leg: a new dialog of ours towards a user or a number, through its proxy. RFC 3261 §8.1.1, §13.2.1. */
import type { Context } from '@strowger/runtime'
import type { MessageEdit, SipRequest } from '@strowger/sip-parser'
import { forksOf } from '@strowger/sip-ua'
import { putSdp, sdpIn } from './body.ts'
import type { Call, Side } from './call.ts'
import { putContact } from './headers.ts'
import { outgoing } from './outgoing.ts'
import type { Attempt, Route } from './route.ts'
import { hopTo, type State } from './state.ts'
import { tellLog } from './tell.ts'

export function dial(
  state: State,
  call: Call,
  context: Context,
  attempt: Attempt,
  route: Route & { readonly kind: 'dial' },
  request: SipRequest,
): void {
  const { edit, to, sipCallId } = outgoing(state, 'INVITE', context, attempt, route, request)
  const sdp = sdpIn(request)
  // Without an offer of ours a reliable 1xx would have to make one, and wait for an answer that only the caller's ACK can bring.
  edit.raw('Supported', sdp === '' ? 'timer' : '100rel, timer')
  send(state, call, route.side, putSdp(putContact(edit, state.house, call.id), sdp))
  tellLog(state, call.id, 'dialled', { to, sip: sipCallId })
}

function send(state: State, call: Call, side: Side, invite: MessageEdit): void {
  const handle = state.layer.send(state.now, invite, hopTo(state, side))
  call.b = { name: 'b', side, state: 'waiting', forks: forksOf(handle.request), asking: { client: handle.id, cseq: 1 } }
  call.noAnswerAt = state.now + state.house.noAnswerMs
  state.works.set(handle.id, { side: 'client', handle, call: call.id, leg: 'b', is: 'invite', towards: side })
}
