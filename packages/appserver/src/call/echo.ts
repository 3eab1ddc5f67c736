/** The echo service: a session of our own on the relay gives the caller back what it says (design §8.7). */
import { latin1 } from '@strowger/media-control'
import { putSdp } from './body.ts'
import type { Call } from './call.ts'
import { endCall, ended } from './end-call.ts'
import { putContact } from './headers.ts'
import { moveCaller, send2xx } from './move.ts'
import type { EchoAnswer } from './output.ts'
import { reofferServed } from './reoffer.ts'
import { answer } from './respond.ts'
import { putTimerAnswer } from './session-timer.ts'
import type { State } from './state.ts'
import { tellFact, tellLog } from './tell.ts'

/** The relay's answer, which may come when nobody waits for it any more. */
export function echoAnswered(state: State, id: number, reply: EchoAnswer): Call | undefined {
  const ask = state.asks.get(id)
  if (ask === undefined) return undefined
  state.asks.delete(id)
  const call = state.calls.get(ask.call)
  if (call?.echo !== undefined) call.echo.asks--
  if (call === undefined || call.end !== undefined) {
    state.outputs.push({ kind: 'release', call: ask.call, session: ask.session, fromTag: ask.fromTag })
    return call
  }
  if (ask.is === 'invite') begin(state, call, reply)
  else if (ask.is === 'reoffer') reofferServed(state, call, 'sdp' in reply ? latin1(reply.sdp) : '')
  else goOn(state, call, reply)
  return call
}

function begin(state: State, call: Call, reply: EchoAnswer): void {
  if ('unavailable' in reply) {
    const status = statusOf(reply.unavailable)
    return endCall(state, call, ended(call, 'platform', status, `relay: ${reply.unavailable}`))
  }
  moveCaller(state, call, 'answer', { sdp: latin1(reply.sdp) })
  call.answeredAt = state.now
  call.limitAt = state.now + state.house.maxCallMs
  tellFact(state, { call: call.id, kind: 'answer' })
  tellLog(state, call.id, 'echo answered')
}

/** Of a re-INVITE or UPDATE: the call stays as it was where the relay says no. RFC 3261 §14.2. */
function goOn(state: State, call: Call, reply: EchoAnswer): void {
  const { exchange } = call
  if (exchange === undefined) return
  if ('unavailable' in reply) {
    delete call.exchange
    answer(state, exchange.server, statusOf(reply.unavailable))
    return
  }
  const sdp = latin1(reply.sdp)
  if (exchange.method === 'INVITE') {
    exchange.answered = true
    send2xx(state, call, call.a, sdp)
    return
  }
  delete call.exchange
  answer(state, exchange.server, 200, {
    fill: (edit, request) => putSdp(putTimerAnswer(putContact(edit, state.house, call.id), state.now, call.a, request), sdp),
  })
}

/** A relay that understood and refused did not like the offer. */
function statusOf(unavailable: 'timeout' | 'refused' | 'exhausted'): number {
  return unavailable === 'refused' ? 488 : 503
}
