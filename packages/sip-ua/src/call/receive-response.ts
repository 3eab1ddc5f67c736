/** A response to one of our requests, or the news that none will come. RFC 3261 §8.1.3, §12.2.1.2. */
import { MinSE, RetryAfter, edit as rewrite, SessionExpires, type SipRequest, type SipResponse, Via } from '@strowger/sip-parser'
import { refreshTarget } from '../dialog.ts'
import { glareDelayMs } from '../glare.ts'
import type { SessionVerdict } from '../session-exchange.ts'
import { timerAgain } from '../session-timer.ts'
import { otherWay, type State, tell, wantedOf } from './agent-state.ts'
import { isAcknowledged, sameRequest, sendAck, sendAsk, withNextSequence } from './ask.ts'
import { type Ask, type Call, type CallDialog, dialogTagged } from './call.ts'
import { learn, learnNextNonce } from './credentials.ts'
import { descriptionIn } from './description.ts'
import { endsCall } from './ends-call.ts'
import { minSeIn } from './extension-headers.ts'
import { inviteElsewhere, raised } from './invite.ts'
import { inviteResponds } from './invite-responds.ts'
import { move } from './move.ts'
import { refreshSession } from './offer.ts'
import { hears, type Spoken, tellOffer } from './session.ts'
import { takeProvisional } from './take-provisional.ts'
import { putTimerRequest, takeTimer } from './timer-headers.ts'

/** `request`: ours, where it may still be read. */
export function receiveResponse(state: State, call: Call, ask: Ask, response: SipResponse, request: SipRequest | undefined): void {
  if (response.status >= 200 && response.status < 300) learnNextNonce(call, response)
  if (ask.is === 'invite') return inviteResponds(state, call, ask, response, request)
  const at = dialogTagged(call, ask.dialog)
  if (at === undefined) return
  if (response.status < 200) return provisional(state, call, ask, at, response)
  if (ask.done) return repeated(state, call, ask, at)
  ask.done = true
  if (response.status >= 300 && request !== undefined && again(state, call, ask, at, response, request)) return
  conclude(state, call, ask, at, response.status, response)
}

/** Timer B or F, or no way there: 408, 503. `request`: ours, where it may still be read. RFC 3261 §8.1.3.1. */
export function receiveFailure(state: State, call: Call, ask: Ask, cause: 'timeout' | 'transport', request?: SipRequest): void {
  if (ask.done) return
  ask.done = true
  if (request !== undefined && goesElsewhere(state, call, ask, cause, request)) return
  const status = cause === 'timeout' ? 408 : 503
  if (ask.is === 'invite') return void move(state, call, 'no answer', { leave: { by: 'network', status, cause } })
  const at = dialogTagged(call, ask.dialog)
  if (at !== undefined) conclude(state, call, ask, at, status)
}

/** In a dialog the other side may have heard what was not answered: only what had no way there goes by another one. RFC 3263 §4.3. */
function goesElsewhere(state: State, call: Call, ask: Ask, cause: 'timeout' | 'transport', request: SipRequest): boolean {
  if (ask.is === 'invite') return inviteElsewhere(state, call, ask, request)
  const way = cause === 'transport' ? otherWay(state, ask.transaction) : undefined
  if (way === undefined) return false
  const { transaction: _, cseq: __, auth: ___, ...asking } = ask
  sendAsk(state, call, sameRequest(request), way, { ...asking, body: request.body })
  return true
}

function provisional(state: State, call: Call, ask: Ask, at: CallDialog, response: SipResponse): void {
  if (ask.is === 'reinvite') takeProvisional(state, call, ask, at, response)
}

/** A 2xx to a re-INVITE that came again: our ACK was lost. */
function repeated(state: State, call: Call, ask: Ask, at: CallDialog): void {
  if (ask.is === 'reinvite' && isAcknowledged(ask, at)) sendAck(state, call, ask, at)
}

/** Once more with credentials, or a longer session, when that is what they ask for. */
function again(state: State, call: Call, ask: Ask, at: CallDialog, response: SipResponse, request: SipRequest): boolean {
  const answered = learn(state, call, ask, response)
  const longer = response.status === 422 && ask.rounds === 0 && raised(call, minSeIn(response))
  if (answered === undefined && !longer) return false
  const sequence = at.dialog.localSequence + 1
  at.dialog = { ...at.dialog, localSequence: sequence }
  const edit = withNextSequence(rewrite(request).removeFirst(Via), sequence, ask.method)
  if (longer) putTimerRequest(edit.remove(SessionExpires).remove(MinSE), call)
  const { transaction: _, cseq: __, auth: ___, ...asking } = ask
  sendAsk(state, call, edit, wantedOf(call, at), {
    ...asking,
    body: request.body,
    ...(answered && { answered }),
    ...(longer && { rounds: 1 }),
  })
  return true
}

function conclude(state: State, call: Call, ask: Ask, at: CallDialog, status: number, response?: SipResponse): void {
  if (ask.is === 'bye') {
    if (ask.dialog === call.chosen) move(state, call, 'BYE answered')
    return
  }
  if (ask.is === 'request' && ask.id !== undefined)
    tell(state, { kind: 'response', call: call.id, id: ask.id, status, ...(response && { response }) })
  const verdict = spoken(state, call, ask, at, status, response)
  if (response !== undefined && status < 300) return accepted(state, call, ask, at, response, verdict)
  refused(state, call, ask, at, status, verdict, response)
  // An early dialog may be gone while another phone rings on.
  if (ask.dialog === call.chosen && endsCall(ask.method, status)) move(state, call, 'gone', gone(status, response))
}

/** What a final response, or that none came, does to the session. */
function spoken(state: State, call: Call, ask: Ask, at: CallDialog, status: number, response?: SipResponse): SessionVerdict {
  if (OVER.has(call.state) || ask.is === 'request') return 'none'
  const method = ask.method as Spoken['method']
  return hears(state, call, at, { method, status, description: response && descriptionIn(response) }, ask.refresh === undefined)
}

function accepted(state: State, call: Call, ask: Ask, at: CallDialog, response: SipResponse, verdict: SessionVerdict): void {
  if (ask.is !== 'reinvite' && ask.is !== 'update') return
  // A call that ended while a re-INVITE was out owes its 2xx an ACK still.
  if (!OVER.has(call.state)) {
    at.dialog = refreshTarget(at.dialog, response)
    takeTimer(state, call, response)
  }
  if (ask.is === 'update') return
  if (verdict !== 'offer') return sendAck(state, call, ask, at)
  at.owed = { in: 'ACK', cseq: ask.cseq }
  tellOffer(state, call, at, descriptionIn(response))
}

function gone(
  status: number,
  response: SipResponse | undefined,
): { readonly leave: NonNullable<Call['leave']>; readonly response?: SipResponse } {
  return {
    leave: { by: 'network', status, cause: status === 408 ? 'no answer in the call' : 'call unknown' },
    ...(response && { response }),
  }
}

function refused(
  state: State,
  call: Call,
  ask: Ask,
  at: CallDialog,
  status: number,
  verdict: SessionVerdict,
  response?: SipResponse,
): void {
  if (verdict === 'resync') resync(state, call, ask, at, status)
  else if (ask.is === 'prack' && verdict === 'back') tellRefused(state, call, at, status)
  else if (ask.is === 'reinvite' || ask.is === 'update') offerRefused(state, call, ask, at, status, response)
}

/** Refused after a part of it had come into force: that stays, and is offered once more, so that both know. RFC 6141 §3.4. */
function resync(state: State, call: Call, ask: Ask, at: CallDialog, status: number): void {
  tellRefused(state, call, at, status)
  // Once: a peer that does it again and again is left to its view.
  if (!ask.refresh && !endsCall(ask.method, status)) refreshSession(state, call, at, at.local)
}

/** The session stays as it was (RFC 6141 §3); what only came at a bad moment is tried again. RFC 3261 §14.1, RFC 3311 §5.3. */
function offerRefused(state: State, call: Call, ask: Ask, at: CallDialog, status: number, response: SipResponse | undefined): void {
  const delayMs = retryDelay(state, call, status, response)
  if (delayMs !== undefined && ask.rounds < MOST_ROUNDS && call.state === 'confirmed') {
    const { method, headers, offer, refresh, rounds } = ask
    if (refresh && call.timer !== undefined) call.timer = timerAgain(call.timer, state.now, delayMs)
    else
      call.retries.push({
        at: state.now + delayMs,
        dialog: at.dialog.remoteTag,
        method: method as 'INVITE' | 'UPDATE',
        headers,
        rounds: rounds + 1,
        ...(offer !== undefined && { offer }),
      })
    return
  }
  if (!ask.refresh) tellRefused(state, call, at, status)
}

function tellRefused(state: State, call: Call, at: CallDialog, status: number): void {
  tell(state, { kind: 'offer refused', call: call.id, dialog: at.dialog.remoteTag, status })
}

function retryDelay(state: State, call: Call, status: number, response: SipResponse | undefined): number | undefined {
  if (status === 491) return glareDelayMs(call.role === 'caller', state.options.random())
  const seconds = response?.headers.get(RetryAfter)?.seconds
  return status === 500 && seconds !== undefined && seconds <= MOST_SECONDS ? Math.max(seconds * 1000, LEAST_MS) : undefined
}

const OVER: ReadonlySet<Call['state']> = new Set(['ending', 'ended'])
/** Offers that meet a 491 again and again are given up. */
const MOST_ROUNDS = 4
const MOST_SECONDS = 10
const LEAST_MS = 100
