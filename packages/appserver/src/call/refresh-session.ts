/** What a leg's session timer does when it is due: our refresh goes out, or the call ends. RFC 4028 §10. */
import { MinSE, type SipResponse } from '@strowger/sip-parser'
import { raiseTimer, SESSION_TIMER, timerAgain, timerRefreshing, wakeTimer } from '@strowger/sip-ua/rules'
import type { AnyLeg, Call } from './call.ts'
import { endCall, ended } from './end-call.ts'
import { endsDialog } from './refusal-status.ts'
import { farEndGone } from './reinvite.ts'
import { sendInDialog } from './send.ts'
import { putTimerRequest, takeTimer } from './session-timer.ts'
import type { State } from './state.ts'

export function wakeSession(state: State, call: Call, leg: AnyLeg): void {
  const due = leg.timer === undefined ? 'none' : wakeTimer(leg.timer, state.now)
  if (leg.timer === undefined || due === 'none') return
  if (due === 'bye') {
    delete leg.timer
    return endCall(state, call, ended(call, 'platform', 408, `session of the ${leg.name === 'a' ? 'caller' : 'callee'} expired`))
  }
  if (leg.state !== 'up') leg.timer = timerAgain(leg.timer, state.now, RETRY_MS)
  else refresh(state, call, leg)
}

function refresh(state: State, call: Call, leg: AnyLeg): void {
  sendInDialog(state, call, leg, 'UPDATE', 'refresh', edit => void putTimerRequest(edit, leg))
  if (leg.timer !== undefined) leg.timer = timerRefreshing(leg.timer)
}

/** A refusal that is none of the dialog is tried again, as long as the session lives. */
export function refreshed(state: State, call: Call, leg: AnyLeg, response: SipResponse): void {
  const { status } = response
  if (status < 200 || call.end !== undefined) return
  if (status < 300) return takeTimer(state.now, leg, response)
  if (endsDialog(status)) return farEndGone(state, call, leg)
  const wanted = response.headers.get(MinSE)?.seconds
  if (status === 422 && raiseTimer({ ...SESSION_TIMER, minSe: leg.minSe ?? 0 }, wanted) !== undefined && wanted !== undefined) {
    leg.minSe = wanted
    return refresh(state, call, leg)
  }
  refreshLater(state, leg)
}

export function refreshFailed(state: State, call: Call, leg: AnyLeg, cause: 'timeout' | 'transport'): void {
  if (call.end !== undefined) return
  if (cause === 'timeout') farEndGone(state, call, leg)
  else refreshLater(state, leg)
}

function refreshLater(state: State, leg: AnyLeg): void {
  if (leg.timer !== undefined) leg.timer = timerAgain(leg.timer, state.now, RETRY_MS)
}

/** More than the longest wait after a 491. RFC 3261 §14.1. */
const RETRY_MS = 5000
