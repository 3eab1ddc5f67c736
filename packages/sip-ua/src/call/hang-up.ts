/** Verb: ends a call in the way its state allows: refusal, CANCEL, BYE, or BYE after the ACK. RFC 3261 §15, §9.1. */
import type { State } from './agent-state.ts'
import type { Call, Leave } from './call.ts'
import { move } from './move.ts'

/** False when it is over already, or about to be. A `status` from 300 to 699 counts for a call that is not answered; default 480. */
export function hangUp(state: State, call: Call, how: Omit<Leave, 'by'> = {}): boolean {
  const { status = 480 } = how
  if (status < 300 || status > 699) throw new TypeError(`a call is refused with a status from 300 to 699, not ${status}`)
  return move(state, call, 'hang up', { leave: { by: 'us', ...how, ...(call.role === 'callee' && { status }) } })
}
