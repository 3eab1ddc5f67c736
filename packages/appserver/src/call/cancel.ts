/** The caller gives up before an answer, or takes a re-INVITE back. RFC 3261 §9.2. */
import type { SipRequest } from '@strowger/sip-parser'
import type { Call } from './call.ts'
import { endCall, ended } from './end-call.ts'
import { isWritable } from './headers.ts'
import type { ServerWork, State } from './state.ts'

/** The reason that the caller gives is told to who is called. RFC 3326 §2. */
export function cancelled(state: State, call: Call, is: ServerWork, cancel: SipRequest): void {
  const reason = cancel.headers.raw('Reason').filter(isWritable).join(', ')
  if (is === 'invite') return endCall(state, call, ended(call, 'caller', 487, 'cancelled'), undefined, reason || undefined)
  // A re-INVITE's answer is the other side's: 487, or the 2xx that crossed.
  const client = call.exchange?.client
  const work = client === undefined ? undefined : state.works.get(client)
  if (work?.side === 'client' && call.exchange?.method === 'INVITE') state.layer.cancel(state.now, work.handle)
}
