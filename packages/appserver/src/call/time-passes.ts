/** What time does to a call: a 2xx goes out again, a phone rings too long, a call lasts too long. RFC 3261 §13.3.1. */
import { wakeReliable2xx } from '@strowger/sip-ua'
import type { AnyLeg, Call } from './call.ts'
import { endCall, ended } from './end-call.ts'
import { repeat2xx } from './move.ts'
import { wakeSession } from './refresh-session.ts'
import { neverAcknowledged } from './reinvite.ts'
import { remind } from './ring.ts'
import { repeat1xx } from './say-reliably.ts'
import type { State } from './state.ts'

export function timePasses(state: State, call: Call): void {
  for (const leg of [call.a, call.b]) if (leg !== undefined) repeat(state, call, leg)
  if (repeat1xx(state, call.a)) endCall(state, call, ended(call, 'platform', 504, 'no PRACK'))
  if (isDue(state, call.noAnswerAt)) endCall(state, call, ended(call, 'platform', 480, 'no answer'))
  if (isDue(state, call.limitAt)) endCall(state, call, ended(call, 'platform', 200, 'longest duration reached'))
  if (isDue(state, call.progressAt)) remind(state, call)
  for (const leg of [call.a, call.b]) if (leg !== undefined) wakeSession(state, call, leg)
}

function isDue(state: State, at: number | undefined): boolean {
  return at !== undefined && at <= state.now
}

function repeat(state: State, call: Call, leg: AnyLeg): void {
  const sent = leg.serving?.answer
  if (sent === undefined) return
  const woken = wakeReliable2xx(sent.repeat, state.now)
  if (woken.effect === 'give up') return neverAcknowledged(state, call, leg)
  sent.repeat = woken.next
  if (woken.effect === 'resend') repeat2xx(state, leg)
}
