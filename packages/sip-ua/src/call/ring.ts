/** Verb: says 180, 183 or another 1xx to who calls. RFC 3261 §13.3.1.1, RFC 3262 §3. */
import type { State } from './agent-state.ts'
import type { Call, Said } from './call.ts'
import { move } from './move.ts'

/** False when the call is not waiting for it any more. */
export function ring(state: State, call: Call, said: Said): boolean {
  if (said.status <= 100 || said.status > 199) throw new TypeError(`a provisional response is 101 to 199, not ${said.status}`)
  return move(state, call, 'ring', { said })
}
