/** A re-INVITE or UPDATE of the far end. RFC 3261 §14.2, RFC 3311 §5.2, RFC 6141 §3. */
import { Allow, type SipRequest } from '@strowger/sip-parser'
import { refreshTarget } from '../dialog.ts'
import type { State } from './agent-state.ts'
import type { Call, CallDialog, Serving } from './call.ts'
import { descriptionIn } from './description.ts'
import { refuseCrossing, respond2xx } from './serve.ts'
import { hears, tellOffer } from './session.ts'

export function serveOffer(state: State, call: Call, at: CallDialog, serving: Serving, request: SipRequest): void {
  const method = serving.is === 'update' ? 'UPDATE' : 'INVITE'
  const offer = descriptionIn(request)
  const verdict = hears(state, call, at, { method, description: offer })
  if (verdict === 'refuse 491' || verdict === 'refuse 500')
    return refuseCrossing(state, call, serving, verdict === 'refuse 491' ? 491 : 500)
  serving.inExchange = true
  at.update = request.headers.all(Allow).includes('UPDATE') || at.update
  // An UPDATE without a description only refreshes; a re-INVITE without one asks for ours (RFC 3311 §5.1, RFC 3261 §14.2).
  if (method === 'UPDATE' && offer === undefined) return accept(state, call, at, serving, request)
  // The same description as before changes nothing: a session refresh (RFC 4028 §7.4, RFC 3264 §8).
  if (offer !== undefined && offer === at.remote && at.local !== undefined) return accept(state, call, at, serving, request, at.local)
  at.owed = { in: '2xx', serving: serving.id }
  tellOffer(state, call, at, offer)
}

/** 2xx; the target is refreshed only by what is accepted. RFC 3261 §12.2.2, RFC 6141 §4.5. */
export function accept(state: State, call: Call, at: CallDialog, serving: Serving, request: SipRequest, description?: string): void {
  at.dialog = refreshTarget(at.dialog, request)
  respond2xx(state, call, serving, { status: 200, ...(description !== undefined && { description }) })
}
