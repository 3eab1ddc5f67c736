/** The ACK of a 2xx of ours. RFC 3261 §13.3.1.4, RFC 6337 §2.2. */
import { CSeq, type SipRequest } from '@strowger/sip-parser'
import { dialogId, dialogIdOf } from '../dialog.ts'
import type { State } from './agent-state.ts'
import type { Call, Leave } from './call.ts'
import { descriptionIn } from './description.ts'
import { move } from './move.ts'
import { hears } from './session.ts'

/** No session was agreed, and none will be. RFC 3261 §13.2.1. */
const NO_ANSWER: Leave = { by: 'network', cause: 'no answer in the ACK' }

/** The call it belongs to; one that comes again, or to nothing, changes nothing. */
export function acknowledge(state: State, request: SipRequest): Call | undefined {
  const id = dialogIdOf(request)
  const call = state.calls.get(state.dialogs.get(id) ?? '')
  const at = call?.dialogs.find(({ dialog }) => dialogId(dialog) === id)
  const cseq = request.headers.get(CSeq)?.sequence
  const serving = call?.servings.find(each => each.method === 'INVITE' && each.final !== undefined && each.cseq === cseq)
  if (call === undefined || at === undefined || serving === undefined) return call
  delete serving.final
  const verdict = hears(state, call, at, { method: 'ACK', description: descriptionIn(request) })
  if (serving.is === 'invite' || call.state === 'leaving') move(state, call, 'ACK')
  if (serving.is === 'invite' && verdict === 'no answer') move(state, call, 'gone', { leave: NO_ANSWER })
  return call
}
