/** Ends a call: one `end` fact, and both legs are told in the way that their states allow. RFC 3261 §15. */
import type { MessageEdit } from '@strowger/sip-parser'
import type { Call, End } from './call.ts'
import { legOf, otherLeg } from './call.ts'
import { moveLeg } from './move.ts'
import { answer } from './respond.ts'
import { sendAck } from './send.ts'
import type { State } from './state.ts'
import { tellFact, tellLog } from './tell.ts'

/** May be called again: the first reason counts. `fill` adds header fields to the refusal or BYE, `reason` goes into a CANCEL. */
export function endCall(state: State, call: Call, end: End, fill?: (edit: MessageEdit) => void, reason?: string): void {
  if (call.end === undefined) begin(state, call, end)
  abandonExchange(state, call)
  abandonReoffer(state, call)
  for (const leg of [call.a, call.b]) {
    if (leg !== undefined)
      moveLeg(state, call, leg, 'hang up', { status: end.status, ...(fill ? { fill } : {}), ...(reason ? { reason } : {}) })
  }
}

/** An answered call is a 200 whatever ends it. */
export function ended(call: Call, by: End['by'], status: number, cause?: string): End {
  return { by, status: call.answeredAt === undefined ? status : 200, ...(cause === undefined ? {} : { cause }) }
}

function begin(state: State, call: Call, end: End): void {
  call.end = end
  delete call.noAnswerAt
  delete call.limitAt
  delete call.progressAt
  for (const leg of [call.a, call.b]) delete leg?.timer
  tellFact(state, { call: call.id, kind: 'end', ...end })
  const seconds = call.answeredAt === undefined ? 0 : Math.round((state.now - call.answeredAt) / 1000)
  tellLog(state, call.id, 'call ended', { ...end, seconds })
  if (call.echo !== undefined) release(state, call)
}

/** A session that was asked for and not answered yet is released when the answer comes. */
function release(state: State, call: Call): void {
  if (call.echo === undefined || call.echo.asks > 0) return
  state.outputs.push({ kind: 'release', call: call.id, session: call.echo.session, fromTag: call.echo.fromTag })
}

/** What was on its way through dies with the call (RFC 3261 §15.1.2); a 2xx that has come is acknowledged first. */
function abandonExchange(state: State, call: Call): void {
  const { exchange } = call
  if (exchange === undefined) return
  delete call.exchange
  const asked = otherLeg(call, exchange.by)
  const from = legOf(call, exchange.by)
  if (exchange.answered === true) {
    if (asked?.dialog !== undefined && asked.asking !== undefined) {
      asked.asking.ack = { sdp: '' }
      sendAck(state, asked.dialog, asked.side, asked.asking.cseq)
    }
    delete from?.serving?.answer
    return
  }
  answer(state, exchange.server, 487)
  const work = exchange.client === undefined ? undefined : state.works.get(exchange.client)
  if (work?.side === 'client' && exchange.method === 'INVITE') state.layer.cancel(state.now, work.handle)
}

/** Nobody waits for the descriptions any more: what was accepted is acknowledged, what was not is cancelled. */
function abandonReoffer(state: State, call: Call): void {
  const { reoffer } = call
  if (reoffer === undefined) return
  delete call.reoffer
  const [first, second] = [legOf(call, reoffer.by), otherLeg(call, reoffer.by)]
  for (const [leg, client, accepted] of [
    [first, reoffer.client, reoffer.offer !== undefined],
    [second, reoffer.other, false],
  ] as const) {
    if (leg?.asking === undefined || client === undefined || leg.asking.client !== client) continue
    leg.asking.ack = { sdp: '' }
    const work = state.works.get(client)
    if (accepted && leg.dialog !== undefined) sendAck(state, leg.dialog, leg.side, leg.asking.cseq)
    else if (work?.side === 'client') state.layer.cancel(state.now, work.handle)
  }
}
