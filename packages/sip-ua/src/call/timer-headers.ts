/** Puts session timers into our requests and responses and takes theirs. RFC 4028 §7, §9. */
import { type MessageEdit, MinSE, Require, SessionExpires, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { askTimer, SESSION_TIMER, serveTimer, timerAsClient } from '../session-timer.ts'
import type { State } from './agent-state.ts'
import type { Call } from './call.ts'
import { timerRequestIn } from './extension-headers.ts'

/** Into an INVITE or UPDATE of ours. */
export function putTimerRequest(edit: MessageEdit, { policy, timer }: Call): MessageEdit {
  if (policy === undefined) return edit
  const { expires, minSe } = askTimer(policy, timer)
  const { seconds, refresher } = expires
  edit.append(SessionExpires, { seconds, ...(refresher !== undefined && { refresher }) })
  return minSe === undefined ? edit : edit.append(MinSE, { seconds: minSe })
}

/** The 2xx to one of ours. */
export function takeTimer(state: State, call: Call, response: SipResponse): void {
  if (call.policy === undefined) return
  const timer = timerAsClient(state.now, response.headers.get(SessionExpires))
  if (timer === undefined) delete call.timer
  else call.timer = timer
}

/** The Min-SE to refuse with, when they ask for too short a session. */
export function tooBrief(state: State, request: SipRequest): number | undefined {
  const { sessionTimer } = state.options
  if (sessionTimer === 'off') return undefined
  const served = serveTimer(state.now, timerRequestIn(request), sessionTimer ?? SESSION_TIMER)
  return served.kind === 'refuse 422' ? served.minSe : undefined
}

/** Into our 2xx to their INVITE or UPDATE; the timer runs from here. */
export function putTimerAnswer(edit: MessageEdit, state: State, call: Call, request: SipRequest): MessageEdit {
  if (call.policy === undefined) return edit
  const served = serveTimer(state.now, timerRequestIn(request), call.policy, call.timer)
  if (served.kind !== 'timer') return edit
  call.timer = served.timer
  const { seconds, refresher = 'uas' } = served.expires
  edit.append(SessionExpires, { seconds, refresher })
  return served.require ? edit.append(Require, 'timer') : edit
}
