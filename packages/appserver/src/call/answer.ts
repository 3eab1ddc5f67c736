/** The called side answers: the caller gets a 200, and the called side its ACK when the caller's has come. RFC 3261 §13.2.2.4, §13.3.1.4. */
import type { SipResponse } from '@strowger/sip-parser'
import type { Dialog } from '@strowger/sip-ua'
import { sdpIn } from './body.ts'
import type { Call } from './call.ts'
import { moveCallee, moveCaller } from './move.ts'
import { takeTimer } from './session-timer.ts'
import { type State, setDialog } from './state.ts'
import { tellFact, tellLog } from './tell.ts'

export function answerCall(state: State, call: Call, dialog: Dialog, response: SipResponse): void {
  const { b } = call
  if (b === undefined) return
  setDialog(state, call, b, dialog)
  takeTimer(state.now, b, response)
  moveCallee(state, call, 'answer')
  // An answer given in a 18x of the same phone need not be repeated in its 200, but ours is the first the caller can rely on.
  const sdp = sdpIn(response) || (b.early?.tag === dialog.remoteTag ? b.early.sdp : '')
  delete b.early
  delete call.noAnswerAt
  delete call.progressAt
  call.answeredAt = state.now
  call.limitAt = state.now + state.house.maxCallMs
  moveCaller(state, call, 'answer', { sdp })
  tellFact(state, { call: call.id, kind: 'answer' })
  tellLog(state, call.id, 'answered')
}
