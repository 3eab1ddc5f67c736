/** What is due in a call: 2xx and 1xx again, offers again, session refresh, reminders. RFC 3261 §13.3.1.4, §14.1, RFC 3262 §3, RFC 4028 §10. */
import type { Millis } from '@strowger/sip-transaction'
import { nextWake1xx, wakeReliable1xx } from '../reliable-1xx.ts'
import { wakeReliable2xx } from '../reliable-2xx.ts'
import { nextTimerWake, timerRefreshing, wakeTimer } from '../session-timer.ts'
import { type State, tell } from './agent-state.ts'
import { type Call, dialogTagged, firstServing, mainDialog, type Serving } from './call.ts'
import { move } from './move.ts'
import { offer, refreshSession } from './offer.ts'
import { remind } from './provisional.ts'
import { repeat } from './serve.ts'

export function timePasses(state: State, call: Call): void {
  for (const serving of [...call.servings]) {
    repeat2xx(state, call, serving)
    repeat1xx(state, call, serving)
  }
  if (call.remindAt !== undefined && state.now >= call.remindAt) remindCaller(state, call)
  for (const retry of call.retries.filter(({ at }) => state.now >= at)) {
    call.retries = call.retries.filter(each => each !== retry)
    const at = dialogTagged(call, retry.dialog)
    if (at === undefined || offer(state, call, at, retry.offer, { by: retry.method, headers: retry.headers }, { rounds: retry.rounds }))
      continue
    tell(state, { kind: 'offer refused', call: call.id, dialog: retry.dialog, status: 491 })
  }
  refresh(state, call)
  expire(state, call)
}

/** When the call wants to be woken; `Infinity` when nothing is due. */
export function nextWakeOf(call: Call): Millis {
  let least = call.remindAt ?? Number.POSITIVE_INFINITY
  if (call.timer !== undefined) least = Math.min(least, nextTimerWake(call.timer))
  if (call.expires !== undefined) least = Math.min(least, call.expires.at)
  for (const { at } of call.retries) least = Math.min(least, at)
  for (const { final, reliable } of call.servings) {
    if (final !== undefined) least = Math.min(least, final.repeat.nextWake)
    if (reliable !== undefined) least = Math.min(least, nextWake1xx(reliable))
  }
  return least
}

function repeat2xx(state: State, call: Call, serving: Serving): void {
  if (serving.final === undefined) return
  const { wire } = serving.final
  const woken = wakeReliable2xx(serving.final.repeat, state.now)
  if (woken.effect === 'give up') {
    delete serving.final
    move(state, call, 'no ACK', { leave: { by: 'network', status: 408, cause: 'no ACK' } })
    return
  }
  serving.final = { wire, repeat: woken.next }
  if (woken.effect === 'resend') repeat(state, serving, wire)
}

function repeat1xx(state: State, call: Call, serving: Serving): void {
  if (serving.reliable === undefined) return
  const { machine, resend, giveUp } = wakeReliable1xx(serving.reliable, state.now)
  serving.reliable = machine
  for (const rseq of resend) repeat(state, serving, serving.unacknowledged?.[rseq] ?? '')
  if (giveUp) move(state, call, 'no PRACK', { leave: { by: 'network', status: 504, cause: 'no PRACK' } })
}

function remindCaller(state: State, call: Call): void {
  const serving = firstServing(call)
  delete call.remindAt
  if (serving !== undefined && call.state === 'ringing') remind(state, call, serving)
}

/** Nobody has answered in time: CANCEL, or a refusal. Afterwards it means nothing. RFC 3261 §13.2.1, §13.3.1. */
function expire(state: State, call: Call): void {
  if (call.expires === undefined || state.now < call.expires.at) return
  const { status } = call.expires
  delete call.expires
  move(state, call, 'expired', { leave: { by: 'network', status, cause: 'expired' } })
}

function refresh(state: State, call: Call): void {
  if (call.timer === undefined) return
  const woken = wakeTimer(call.timer, state.now)
  if (woken === 'bye') {
    delete call.timer
    move(state, call, 'gone', { leave: { by: 'network', status: 408, cause: 'session expired' } })
  }
  const at = mainDialog(call)
  if (woken !== 'refresh' || call.timer === undefined || at === undefined) return
  call.timer = timerRefreshing(call.timer)
  // An UPDATE refreshes without a description (RFC 4028 §7.4).
  refreshSession(state, call, at, at.update ? undefined : at.local)
}
