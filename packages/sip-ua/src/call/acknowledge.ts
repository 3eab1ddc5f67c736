/** The ACK of a 2xx of ours. RFC 3261 §13.3.1.4, RFC 6337 §2.2. */
import { CSeq, type SipRequest } from '@strowger/sip-parser'
import { dialogId, dialogIdOf } from '../dialog.ts'
import type { State } from './agent-state.ts'
import type { Call } from './call.ts'
import { descriptionIn } from './description.ts'
import { move } from './move.ts'
import { rolledBack, takeAnswer } from './session.ts'

/** The call it belongs to; one that comes again, or to nothing, changes nothing. */
export function acknowledge(state: State, request: SipRequest): Call | undefined {
  const id = dialogIdOf(request)
  const call = state.calls.get(state.dialogs.get(id) ?? '')
  const at = call?.dialogs.find(({ dialog }) => dialogId(dialog) === id)
  const cseq = request.headers.get(CSeq)?.sequence
  const serving = call?.servings.find(each => each.method === 'INVITE' && each.final !== undefined && each.cseq === cseq)
  if (call === undefined || at === undefined || serving === undefined) return call
  delete serving.final
  const description = descriptionIn(request)
  if (!serving.offered && at.session.state === 'offered') {
    if (description === undefined) rolledBack(at)
    else takeAnswer(state, call, at, description)
  }
  if (serving.is === 'invite' || call.state === 'leaving') move(state, call, 'ACK')
  return call
}
