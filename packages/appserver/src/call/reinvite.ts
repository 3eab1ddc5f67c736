/** Hold, resume, a change of codecs: an INVITE inside the call goes through to the other leg and its answer back. RFC 3261 §14. */
import { CSeq, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { refreshTarget } from '@strowger/sip-ua'
import { askEcho } from './ask-echo.ts'
import { putSdp, sdpIn } from './body.ts'
import { type AnyLeg, type Call, legOf, otherLeg } from './call.ts'
import { endCall, ended } from './end-call.ts'
import { moveLeg, send2xx } from './move.ts'
import { endsDialog, refusalStatusInDialog } from './refusal-status.ts'
import { answer, copyRefusal, retryAfter } from './respond.ts'
import { sendAck, sendInDialog } from './send.ts'
import { putTimerRequest, takeTimer } from './session-timer.ts'
import { type State, setDialog } from './state.ts'

/** 491 when the other side's offer, or one that we ask for, is on its way, 500 when the same side's is. RFC 3261 §14.2, RFC 3311 §5.2. */
export function offerRefusal(call: Call, leg: AnyLeg): 491 | 500 | undefined {
  const other = otherLeg(call, leg.name)
  if (call.exchange !== undefined) return call.exchange.by === leg.name ? 500 : 491
  if (call.reoffer !== undefined) return 491
  return leg.state === 'up' && (other === undefined || other.state === 'up') ? undefined : 491
}

export function refuseOffer(state: State, server: number, status: 491 | 500): void {
  answer(state, server, status, status === 500 ? { fill: retryAfter(1) } : {})
}

/** `server` is accepted and among the works. */
export function reinvite(state: State, call: Call, leg: AnyLeg, request: SipRequest, server: number): void {
  const refusal = offerRefusal(call, leg)
  if (refusal !== undefined) return refuseOffer(state, server, refusal)
  const sdp = sdpIn(request)
  const cseq = request.headers.get(CSeq)?.sequence ?? 0
  const asked = otherLeg(call, leg.name)
  if (asked === undefined && sdp === '') {
    answer(state, server, 488)
    return
  }
  leg.serving = { server, cseq, offered: sdp !== '' }
  if (leg.dialog !== undefined) setDialog(state, call, leg, refreshTarget(leg.dialog, request))
  if (asked === undefined) {
    call.exchange = { by: leg.name, method: 'INVITE', server }
    return askEcho(state, call, 'reinvite', sdp)
  }
  const sent = sendInDialog(state, call, asked, 'INVITE', 'reinvite', edit => putSdp(putTimerRequest(edit, asked), sdp), server)
  asked.asking = sent
  call.exchange = { by: leg.name, method: 'INVITE', server, client: sent.client }
}

/** `leg` is the one that was asked. */
export function reinviteResponded(state: State, call: Call, leg: AnyLeg, client: number, response: SipResponse): void {
  if (response.status < 200) return
  const { exchange } = call
  if (exchange?.client !== client || exchange.answered === true) return ackReinviteAgain(state, leg, response)
  if (response.status < 300) return accepted(state, call, leg, response)
  delete call.exchange
  answer(state, exchange.server, refusalStatusInDialog(response.status), { fill: edit => copyRefusal(edit, response) })
  if (endsDialog(response.status)) farEndGone(state, call, leg)
}

/** Neither answer nor refusal came. RFC 3261 §12.2.1.2: a timeout is a 408; a proxy that is not there says nothing about the dialog. */
export function reinviteFailed(state: State, call: Call, leg: AnyLeg, client: number, cause: 'timeout' | 'transport'): void {
  const { exchange } = call
  if (exchange?.client !== client || exchange.answered === true) return
  delete call.exchange
  answer(state, exchange.server, cause === 'timeout' ? 408 : 503)
  if (cause === 'timeout') farEndGone(state, call, leg)
}

/** The call ends, because one of its ends does not know it any more. */
export function farEndGone(state: State, call: Call, leg: AnyLeg): void {
  endCall(state, call, ended(call, 'platform', 480, leg.name === 'a' ? 'caller is gone' : 'callee is gone'))
}

/** 64*T1 without the ACK of a 2xx of ours. RFC 3261 §13.3.1.4, §14.2. */
export function neverAcknowledged(state: State, call: Call, leg: AnyLeg): void {
  moveLeg(state, call, leg, 'no ACK')
  endCall(state, call, ended(call, 'platform', 408, 'no ACK'))
}

function accepted(state: State, call: Call, asked: AnyLeg, response: SipResponse): void {
  const { exchange } = call
  const leg = exchange && legOf(call, exchange.by)
  if (exchange === undefined || leg === undefined) return
  if (asked.dialog !== undefined) setDialog(state, call, asked, refreshTarget(asked.dialog, response))
  takeTimer(state.now, asked, response)
  exchange.answered = true
  send2xx(state, call, leg, sdpIn(response))
}

/** Our ACK was lost; one that was not sent yet waits for the other side's. */
function ackReinviteAgain(state: State, leg: AnyLeg, response: SipResponse): void {
  const cseq = response.headers.get(CSeq)?.sequence
  if (response.status >= 300 || leg.dialog === undefined || cseq === undefined) return
  if (leg.asking?.cseq !== cseq) return sendAck(state, leg.dialog, leg.side, cseq)
  if (leg.asking.ack !== undefined) sendAck(state, leg.dialog, leg.side, cseq, leg.asking.ack.sdp)
}
