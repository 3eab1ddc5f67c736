/** The outcome of a request of ours: a response, or none. RFC 3261 §8.1.3. */
import type { SipResponse } from '@strowger/sip-parser'
import { type AnyLeg, type Call, legOf } from './call.ts'
import { calleeFailed, calleeResponds } from './callee-responds.ts'
import { moveLeg } from './move.ts'
import { endOrphan } from './orphan.ts'
import { messageFailed, messageResponded } from './pass-message.ts'
import { refreshed, refreshFailed } from './refresh-session.ts'
import { reinviteFailed, reinviteResponded } from './reinvite.ts'
import { relayedFailed, relayedResponded } from './relay-request.ts'
import { reofferFailed, reofferResponded } from './reoffer.ts'
import type { State, Work } from './state.ts'

type ClientSide = Work & { readonly side: 'client' }

/** The call that may have changed. */
export function receiveResponse(state: State, work: ClientSide, response: SipResponse): Call | undefined {
  const { call, leg } = placeOf(state, work)
  const { id } = work.handle
  if (work.is === 'message') messageResponded(state, work.server!, response)
  else if (work.is === 'relayed') relayedResponded(state, call, leg, id, work.server!, response)
  else if (call === undefined || leg === undefined) orphaned(state, work, response)
  else if (work.is === 'reinvite') reinviteResponded(state, call, leg, id, response)
  else if (work.is === 'reoffer') reofferResponded(state, call, leg, id, response)
  else if (work.is === 'invite' && leg.name === 'b') calleeResponds(state, call, leg, response)
  else if (work.is === 'refresh') refreshed(state, call, leg, response)
  else if (work.is === 'bye' && response.status >= 200) moveLeg(state, call, leg, 'gone')
  return call
}

export function receiveFailure(state: State, work: ClientSide, cause: 'timeout' | 'transport'): Call | undefined {
  const { call, leg } = placeOf(state, work)
  const { id } = work.handle
  if (work.is === 'message') messageFailed(state, work.server!, cause)
  else if (work.is === 'relayed') relayedFailed(state, call, leg, id, work.server!, cause)
  else if (call === undefined || leg === undefined) return undefined
  else if (work.is === 'reinvite') reinviteFailed(state, call, leg, id, cause)
  else if (work.is === 'reoffer') reofferFailed(state, call, leg, id, cause)
  else if (work.is === 'invite') calleeFailed(state, call, cause)
  else if (work.is === 'bye') moveLeg(state, call, leg, 'gone')
  else if (work.is === 'refresh') refreshFailed(state, call, leg, cause)
  return call
}

/**
 * The layer forgets a transaction. Where its user still waits, the outcome was one that cannot be used: a 2xx whose To tag could not
 * be sent back makes no dialog.
 */
export function receiveTermination(state: State, work: ClientSide): Call | undefined {
  const { call, leg } = placeOf(state, work)
  if (call === undefined || leg === undefined) return undefined
  if (work.is === 'bye') moveLeg(state, call, leg, 'gone')
  else if (work.is === 'reinvite') reinviteFailed(state, call, leg, work.handle.id, 'timeout')
  else if (work.is === 'reoffer') reofferFailed(state, call, leg, work.handle.id, 'timeout')
  else if (work.is === 'invite' && UNDECIDED.has(leg.state)) calleeFailed(state, call, 'timeout')
  return call
}

const UNDECIDED: ReadonlySet<string> = new Set(['waiting', 'ringing', 'cancelling'])

function placeOf(state: State, work: Work): { readonly call: Call | undefined; readonly leg: AnyLeg | undefined } {
  const call = state.calls.get(work.call)
  return { call, leg: call && legOf(call, work.leg) }
}

/** The call has ended and gone meanwhile. */
function orphaned(state: State, work: ClientSide, response: SipResponse): void {
  if (work.is !== 'bye' && response.status >= 200 && response.status < 300) endOrphan(state, response, work.towards)
}
