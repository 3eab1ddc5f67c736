/** INFO, MESSAGE and UPDATE inside a call go through to the other leg, and the answer comes back. RFC 6086 §4.2, RFC 3428 §7, RFC 3311 §5. */
import type { MessageEdit, SipRequest, SipResponse } from '@strowger/sip-parser'
import { refreshTarget } from '@strowger/sip-ua'
import { askEcho } from './ask-echo.ts'
import { putSdp, sdpIn } from './body.ts'
import { type AnyLeg, type Call, otherLeg } from './call.ts'
import { copyHeaders, isWritable, putContact } from './headers.ts'
import { endsDialog, refusalStatusInDialog } from './refusal-status.ts'
import { farEndGone, offerRefusal, refuseOffer } from './reinvite.ts'
import { answer, copyRefusal } from './respond.ts'
import { sendInDialog } from './send.ts'
import { putTimerAnswer, putTimerRequest, takeTimer } from './session-timer.ts'
import { type State, setDialog } from './state.ts'

/** `server` is accepted and among the works. */
export function relayRequest(state: State, call: Call, leg: AnyLeg, request: SipRequest, server: number): void {
  const offers = request.method === 'UPDATE' && sdpIn(request) !== ''
  const refusal = offers ? offerRefusal(call, leg) : undefined
  if (refusal !== undefined) return refuseOffer(state, server, refusal)
  if (request.method === 'UPDATE' && leg.dialog !== undefined) setDialog(state, call, leg, refreshTarget(leg.dialog, request))
  const asked = otherLeg(call, leg.name)
  if (asked === undefined && offers) return askService(state, call, leg, request, server)
  if (asked === undefined || (request.method === 'UPDATE' && !offers)) return answerHere(state, call, leg, server)
  if (asked.dialog === undefined || call.end !== undefined) {
    answer(state, server, call.end === undefined ? 491 : 481)
    return
  }
  const fill = (edit: MessageEdit): void => {
    if (request.method === 'UPDATE') putSdp(putTimerRequest(edit, asked), sdpIn(request))
    else copyContent(edit, request)
  }
  const { client } = sendInDialog(state, call, asked, request.method, 'relayed', fill, server)
  if (offers) call.exchange = { by: leg.name, method: 'UPDATE', server, client }
}

/** The final answer; a call that is over meanwhile does not keep it from who waits for it. */
export function relayedResponded(
  state: State,
  call: Call | undefined,
  leg: AnyLeg | undefined,
  client: number,
  server: number,
  response: SipResponse,
): void {
  if (response.status < 200) return
  if (call?.exchange?.client === client) delete call.exchange
  const update = response.status < 300 && isUpdate(state, server)
  if (update && call?.end === undefined && call !== undefined && leg?.dialog !== undefined) {
    setDialog(state, call, leg, refreshTarget(leg.dialog, response))
    takeTimer(state.now, leg, response)
  }
  answer(state, server, response.status < 300 ? response.status : refusalStatusInDialog(response.status), {
    fill: (edit, request) => {
      if (response.status >= 300) return copyRefusal(edit, response)
      if (!update) return copyContent(edit, response)
      const asker = call && leg && otherLeg(call, leg.name)
      if (call !== undefined) putContact(edit, state.house, call.id)
      if (asker !== undefined && call?.end === undefined) putTimerAnswer(edit, state.now, asker, request)
      putSdp(edit, sdpIn(response))
    },
  })
  if (call !== undefined && leg !== undefined && endsDialog(response.status)) farEndGone(state, call, leg)
}

/** A timeout is a 408, which is never sent (RFC 4320 §4.2): the sender's own timer says it. */
export function relayedFailed(
  state: State,
  call: Call | undefined,
  leg: AnyLeg | undefined,
  client: number,
  server: number,
  cause: 'timeout' | 'transport',
): void {
  if (call?.exchange?.client === client) delete call.exchange
  answer(state, server, cause === 'timeout' ? 408 : 503)
  if (cause === 'timeout' && call !== undefined && leg !== undefined) farEndGone(state, call, leg)
}

/** A service plays on with what an UPDATE offers. */
function askService(state: State, call: Call, leg: AnyLeg, request: SipRequest, server: number): void {
  call.exchange = { by: leg.name, method: 'UPDATE', server }
  askEcho(state, call, 'reinvite', sdpIn(request))
}

/** A service takes note; an UPDATE that offers nothing refreshes its own leg, and is nobody else's business (RFC 4028 §7.4). */
function answerHere(state: State, call: Call, leg: AnyLeg, server: number): void {
  answer(state, server, 200, {
    fill: (edit, request) => {
      if (request.method === 'UPDATE') putTimerAnswer(putContact(edit, state.house, call.id), state.now, leg, request)
    },
  })
}

function isUpdate(state: State, server: number): boolean {
  const work = state.works.get(server)
  return work?.side === 'server' && work.method === 'UPDATE'
}

/** Body and what says how to read it; of what describes the session only the description goes on. */
function copyContent(edit: MessageEdit, message: SipRequest | SipResponse): void {
  copyHeaders(edit, message, ['Content-Disposition', 'Info-Package'])
  const [type] = message.headers.raw('Content-Type')
  if (message.body.length === 0 || type === undefined || !isWritable(type)) return
  edit.body(type, message.body)
}
