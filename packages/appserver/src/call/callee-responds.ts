/** A response to the INVITE of the second leg, which may come from several phones. RFC 3261 §13.2.2, §9.1. */
import { type SipResponse, statusPhrase } from '@strowger/sip-parser'
import { type Dialog, dialogId, type ForkStep, takeResponse } from '@strowger/sip-ua'
import { answerCall } from './answer.ts'
import type { Call, CalleeLeg } from './call.ts'
import { endCall, ended } from './end-call.ts'
import { moveCallee } from './move.ts'
import { ackAndBye } from './orphan.ts'
import { hearReliable, sendPrack } from './prack.ts'
import { refusalStatus } from './refusal-status.ts'
import { copyRefusal } from './respond.ts'
import { ring } from './ring.ts'
import { sendAck } from './send.ts'
import { type State, setDialog } from './state.ts'

export function calleeResponds(state: State, call: Call, leg: CalleeLeg, response: SipResponse): void {
  const heard = hearReliable(leg, response)
  if (UNHEARD.has(heard)) return
  const { forks, steps } = takeResponse(leg.forks, response)
  leg.forks = forks
  for (const step of steps) follow(state, call, leg, step, response)
  if (heard === 'prack' && call.end === undefined) sendPrack(state, call, leg, response)
}

function follow(state: State, call: Call, leg: CalleeLeg, step: ForkStep, response: SipResponse): void {
  switch (step.kind) {
    case 'progress':
      if (step.dialog !== undefined && call.end === undefined) setDialog(state, call, leg, step.dialog)
      return ring(state, call, response)
    case 'answered':
      return answerCall(state, call, step.dialog, response)
    case 'ack again':
      return ackAgain(state, leg, step.dialog)
    case 'ack and bye':
      return answeredTooLate(state, call, leg, step.dialog)
    case 'refused':
      return refused(state, call, leg, response)
    case 'ended':
      return
  }
}

/** Our ACK was lost. One that was not sent yet waits for the caller's. */
function ackAgain(state: State, leg: CalleeLeg, dialog: Dialog): void {
  const own = leg.dialog !== undefined && dialogId(leg.dialog) === dialogId(dialog)
  if (!own) return sendAck(state, dialog, leg.side, leg.forks.seed.localSequence)
  if (leg.asking?.cseq !== leg.forks.seed.localSequence) return sendAck(state, leg.dialog!, leg.side, leg.forks.seed.localSequence)
  if (leg.asking.ack !== undefined) sendAck(state, leg.dialog!, leg.side, leg.asking.cseq, leg.asking.ack.sdp)
}

/** The first 2xx after our CANCEL is the leg's own; any other is of a phone that lost the race. */
function answeredTooLate(state: State, call: Call, leg: CalleeLeg, dialog: Dialog): void {
  if (leg.state !== 'cancelling') return ackAndBye(state, dialog, leg.side, leg.forks.seed.localSequence)
  setDialog(state, call, leg, dialog)
  moveCallee(state, call, 'answer')
}

function refused(state: State, call: Call, leg: CalleeLeg, response: SipResponse): void {
  moveCallee(state, call, 'refusal')
  const status = refusalStatus(response.status, leg.side)
  const by = response.status === 408 || response.status === 503 ? 'platform' : 'callee'
  const cause = (response.reason || statusPhrase(response.status)).toLowerCase().slice(0, CAUSE_LENGTH)
  endCall(state, call, ended(call, by, status, cause), edit => copyRefusal(edit, response))
}

/** No final response came: timer B, the end of waiting after a CANCEL, or a proxy that is not there. RFC 3261 §8.1.3.1. */
export function calleeFailed(state: State, call: Call, cause: 'timeout' | 'transport'): void {
  moveCallee(state, call, 'refusal')
  const status = cause === 'timeout' ? 480 : 503
  endCall(state, call, ended(call, 'platform', status, cause === 'timeout' ? 'no response' : 'proxy unreachable'))
}

/** Seen before, or one before it is missing: it comes again. RFC 3262 §4. */
const UNHEARD: ReadonlySet<string> = new Set(['again', 'out of order', 'ignore'])
const CAUSE_LENGTH = 60
