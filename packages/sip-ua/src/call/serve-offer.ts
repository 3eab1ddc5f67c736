/** A re-INVITE or UPDATE of the far end. RFC 3261 §14.2, RFC 3311 §5.2, RFC 6141 §3. */
import { Allow, type SipRequest } from '@strowger/sip-parser'
import { refreshTarget } from '../dialog.ts'
import { reinviteVerdict } from '../glare.ts'
import type { State } from './agent-state.ts'
import type { Call, CallDialog, Serving } from './call.ts'
import { descriptionIn } from './description.ts'
import { refuseCrossing, respond2xx } from './serve.ts'
import { answeredWith, takeOffer, tellOffer } from './session.ts'

export function serveOffer(state: State, call: Call, at: CallDialog, serving: Serving, request: SipRequest): void {
  const crossing = serving.is === 'reinvite' ? reinviteVerdict(pendingInvites(call, serving)) : 'accept'
  if (crossing !== 'accept') return refuseCrossing(state, call, serving, crossing)
  at.update = request.headers.all(Allow).includes('UPDATE') || at.update
  const offer = descriptionIn(request)
  if (offer === undefined) return serveWithout(state, call, at, serving, request)
  const verdict = takeOffer(at, offer)
  if (verdict === 'refuse 491' || verdict === 'refuse 500')
    return refuseCrossing(state, call, serving, verdict === 'refuse 491' ? 491 : 500)
  if (offer === at.remote && at.local !== undefined) return acceptSame(state, call, at, serving, request, at.local)
  at.owed = { in: '2xx', serving: serving.id }
  tellOffer(state, call, at, offer)
}

/** An UPDATE without a description only refreshes; a re-INVITE without one asks for ours. RFC 3311 §5.1, RFC 3261 §14.2. */
function serveWithout(state: State, call: Call, at: CallDialog, serving: Serving, request: SipRequest): void {
  if (serving.is === 'update') return accept(state, call, at, serving, request)
  if (at.session.state === 'offered' || at.session.state === 'owing') return refuseCrossing(state, call, serving, 491)
  at.owed = { in: '2xx', serving: serving.id }
  tellOffer(state, call, at, undefined)
}

/** The same description as before changes nothing: a session refresh. RFC 4028 §7.4, RFC 3264 §8. */
function acceptSame(state: State, call: Call, at: CallDialog, serving: Serving, request: SipRequest, local: string): void {
  answeredWith(at, local)
  accept(state, call, at, serving, request, local)
}

/** 2xx; the target is refreshed only by what is accepted. RFC 3261 §12.2.2, RFC 6141 §4.5. */
export function accept(state: State, call: Call, at: CallDialog, serving: Serving, request: SipRequest, description?: string): void {
  at.dialog = refreshTarget(at.dialog, request)
  respond2xx(state, call, serving, { status: 200, ...(description !== undefined && { description }) })
}

function pendingInvites(call: Call, but: Serving): { readonly ours: boolean; readonly theirs: boolean } {
  return {
    ours: call.asks.some(({ method, done }) => method === 'INVITE' && !done),
    theirs: call.servings.some(each => each !== but && each.method === 'INVITE' && !each.done),
  }
}
