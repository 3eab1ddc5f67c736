/** The caller gives up before an answer, or takes a re-INVITE back. RFC 3261 §9.2. */
import type { Call } from './call.ts'
import { endCall, ended } from './end-call.ts'
import type { ServerWork, State } from './state.ts'

export function cancelled(state: State, call: Call, is: ServerWork): void {
  if (is === 'invite') return endCall(state, call, ended(call, 'caller', 487, 'cancelled'))
  // A re-INVITE's answer is the other side's: 487, or the 2xx that crossed.
  const client = call.exchange?.client
  const work = client === undefined ? undefined : state.works.get(client)
  if (work?.side === 'client' && call.exchange?.method === 'INVITE') state.layer.cancel(state.now, work.handle)
}
