/** A call before anything has happened to it. RFC 3261 §8.1.1.8, §19.3. */
import { SESSION_TIMER } from '../session-timer.ts'
import type { State } from './agent-state.ts'
import type { Call } from './call.ts'

export function newCall(state: State, names: Pick<Call, 'id' | 'role' | 'callId' | 'localTag'>, contact?: string): Call {
  const { sessionTimer } = state.options
  return {
    ...names,
    contact: contact ?? contactOf(state, names.id),
    state: names.role === 'caller' ? 'calling' : 'incoming',
    dialogs: [],
    asks: [],
    servings: [],
    retries: [],
    challenges: [],
    nextId: 1,
    ...(sessionTimer !== 'off' && { policy: sessionTimer ?? SESSION_TIMER }),
  }
}

/** Notes when an INVITE with this Expires, in seconds, or our own limit, runs out. RFC 3261 §13.2.1, §13.3.1. */
export function expiresWith({ options, now }: State, call: Call, expires: number | undefined): void {
  const [theirs, ours] = [expires ?? Number.POSITIVE_INFINITY, options.unansweredSeconds ?? Number.POSITIVE_INFINITY]
  const seconds = Math.min(theirs, ours)
  if (seconds < Number.POSITIVE_INFINITY) call.expires = { at: now + seconds * 1000, status: theirs <= ours ? 487 : 480 }
}

export function contactOf({ options: { contact } }: State, call: string): string {
  return typeof contact === 'string' ? contact : contact(call)
}
