/** The ACK of a 2xx of ours: the other leg's ACK goes out with what it carries. RFC 3261 §13.2.2.4, §14. */
import { CSeq, type SipRequest } from '@strowger/sip-parser'
import { sdpIn } from './body.ts'
import { type AnyLeg, type Call, otherLeg } from './call.ts'
import { moveCallee, moveCaller } from './move.ts'
import { sendAck } from './send.ts'
import type { State } from './state.ts'

export function acknowledge(state: State, call: Call, leg: AnyLeg, ack: SipRequest): void {
  const { serving } = leg
  if (serving?.answer === undefined || ack.headers.get(CSeq)?.sequence !== serving.cseq) return
  // Only the answer to an offer of ours may stand in an ACK (RFC 3264 §4).
  const sdp = serving.offered ? '' : sdpIn(ack)
  if (call.exchange?.by === leg.name && call.exchange.server === serving.server) return acknowledgeExchange(state, call, leg, sdp)
  moveCaller(state, call, 'ACK')
  moveCallee(state, call, 'ACK', { sdp })
}

function acknowledgeExchange(state: State, call: Call, leg: AnyLeg, sdp: string): void {
  delete leg.serving?.answer
  delete call.exchange
  const asked = otherLeg(call, leg.name)
  if (asked?.dialog === undefined || asked.asking === undefined) return
  asked.asking.ack = { sdp }
  sendAck(state, asked.dialog, asked.side, asked.asking.cseq, sdp)
}
