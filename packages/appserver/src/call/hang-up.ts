/** Either side hangs up. RFC 3261 §15.1.2, RFC 3326. */
import { responseTo } from '@strowger/sip-parser'
import type { Incoming } from '@strowger/sip-transaction'
import type { AnyLeg, Call } from './call.ts'
import { endCall, ended } from './end-call.ts'
import { copyHeaders } from './headers.ts'
import { moveLeg } from './move.ts'
import type { State } from './state.ts'

/** The reason that one side gives is told to the other. */
export function hangUp(state: State, call: Call, leg: AnyLeg, incoming: Incoming): void {
  const { request } = incoming
  const server = state.layer.accept(state.now, incoming)
  const known = moveLeg(state, call, leg, 'BYE', { status: 487 })
  state.layer.respond(state.now, server, responseTo(request, known ? 200 : 481))
  if (known) endCall(state, call, ended(call, leg.name === 'a' ? 'caller' : 'callee', 487), edit => copyHeaders(edit, request, ['Reason']))
}
