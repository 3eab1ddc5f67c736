/** The platform stops: whoever waits is refused, whoever rings is cancelled, whoever talks is hung up. RFC 3261 §15, §21.5.4. */
import type { Call } from './call.ts'
import { endCall, ended } from './end-call.ts'
import { moveLeg } from './move.ts'
import { retryAfter } from './respond.ts'
import type { State } from './state.ts'

/**
 * Deviation: RFC 3261 §15 has the called side wait for the ACK before it says BYE. There is no time for that here.
 */
export function stopCall(state: State, call: Call): void {
  const fill = call.answeredAt === undefined ? retryAfter(5) : undefined
  endCall(state, call, ended(call, 'platform', 503, 'platform stopped'), fill)
  moveLeg(state, call, call.a, 'no ACK')
}
