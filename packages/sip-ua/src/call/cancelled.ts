/** The caller gave up on an INVITE of its own. RFC 3261 §9.2. */
import type { SipRequest } from '@strowger/sip-parser'
import type { State } from './agent-state.ts'
import { type Call, dialogTagged, type Serving } from './call.ts'
import { move } from './move.ts'
import { respond } from './serve.ts'

/** 487; of a re-INVITE, the session stays as it was (RFC 6141 §3.4). */
export function cancelled(state: State, call: Call, serving: Serving, cancel: SipRequest): void {
  if (serving.is === 'invite') {
    move(state, call, 'CANCEL', { request: cancel, leave: { by: 'them', status: 487, cause: 'cancelled' } })
    return
  }
  if (respond(state, call, serving, { status: 487 }) === undefined) return
  const at = dialogTagged(call, serving.dialog)
  if (at?.owed?.in === '2xx' && at.owed.serving === serving.id) delete at.owed
}
