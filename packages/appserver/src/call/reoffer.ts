/**
 * The relay of a running call is gone: each side is asked for a description anew, and on their way through the proxies both meet a relay
 * that answers. One side gets an INVITE without an offer, what it offers goes to the other, whose answer goes into the ACK. RFC 3261 §14,
 * RFC 3725 §7.
 *
 * A refusal changes nothing: a proxy names the call again after some seconds, as long as no relay has it (docs/decisions/0018), and then
 * the other side is asked first.
 */
import { CSeq, MinSE, type SipResponse } from '@strowger/sip-parser'
import { refreshTarget } from '@strowger/sip-ua'
import { askEcho } from './ask-echo.ts'
import { putSdp, sdpIn } from './body.ts'
import { type AnyLeg, type Call, legOf, otherLeg } from './call.ts'
import { endCall, ended } from './end-call.ts'
import { heldAnswer } from './held-answer.ts'
import { endsDialog } from './refusal-status.ts'
import { farEndGone } from './reinvite.ts'
import { sendAck, sendInDialog } from './send.ts'
import { putTimerRequest, takeTimer } from './session-timer.ts'
import { type State, setDialog } from './state.ts'
import { tellLog } from './tell.ts'

/** A proxy says that no relay has the call's media. Nothing happens while it is set up, changed, or offered anew already. */
export function reoffer(state: State, call: Call): void {
  if (!isStill(call)) return
  const tries = call.reoffersFailed ?? 0
  if (tries >= MOST_TRIES) return endCall(state, call, ended(call, 'platform', 200, 'no media'))
  const order = [call.a, call.b].filter(leg => leg !== undefined).sort((one, other) => rank(one) - rank(other))
  const leg = order[tries % order.length] as AnyLeg
  const sent = sendInDialog(state, call, leg, 'INVITE', 'reoffer', edit => void putTimerRequest(edit, leg))
  leg.asking = sent
  call.reoffer = { by: leg.name, client: sent.client }
  tellLog(state, call.id, 'its relay is gone: offered anew', { first: leg.name, tries }, 'warn')
}

/** `leg` is the one that was asked. */
export function reofferResponded(state: State, call: Call, leg: AnyLeg, client: number, response: SipResponse): void {
  if (response.status < 200) return
  if (!isAwaited(call, client)) return ackAgain(state, leg, response)
  if (response.status >= 300) return refused(state, call, leg, response)
  if (leg.dialog !== undefined) setDialog(state, call, leg, refreshTarget(leg.dialog, response))
  takeTimer(state.now, leg, response)
  if (call.reoffer?.client === client) passOn(state, call, leg, sdpIn(response))
  else complete(state, call, leg, sdpIn(response))
}

/** Neither answer nor refusal came, or one that cannot be used. RFC 3261 §12.2.1.2. */
export function reofferFailed(state: State, call: Call, leg: AnyLeg, client: number, cause: 'timeout' | 'transport'): void {
  if (!isAwaited(call, client)) return
  giveUp(state, call)
  if (cause === 'timeout') farEndGone(state, call, leg)
}

/** Of a service, whose answer is our own relay's; empty where it gave none. */
export function reofferServed(state: State, call: Call, sdp: string): void {
  if (sdp === '') giveUp(state, call)
  else done(state, call, sdp)
}

function isStill({ a, b, end, exchange, reoffer: current }: Call): boolean {
  return end === undefined && exchange === undefined && current === undefined && a.state === 'up' && (b === undefined || b.state === 'up')
}

function isAwaited({ reoffer: current }: Call, client: number): boolean {
  return current !== undefined && (current.offer === undefined ? current.client === client : current.other === client)
}

/** Phones know an INVITE without an offer better than carriers do. */
function rank({ side }: AnyLeg): number {
  return side === 'users' ? 0 : 1
}

function passOn(state: State, call: Call, leg: AnyLeg, offer: string): void {
  const current = call.reoffer!
  current.offer = offer
  if (offer === '') return giveUp(state, call)
  const other = otherLeg(call, leg.name)
  if (other === undefined) return askEcho(state, call, 'reoffer', offer)
  const sent = sendInDialog(state, call, other, 'INVITE', 'reoffer', edit => putSdp(putTimerRequest(edit, other), offer))
  other.asking = sent
  current.other = sent.client
}

function complete(state: State, call: Call, leg: AnyLeg, sdp: string): void {
  acknowledge(state, leg, '')
  if (sdp === '') return giveUp(state, call)
  done(state, call, sdp)
}

function done(state: State, call: Call, sdp: string): void {
  acknowledge(state, legOf(call, call.reoffer!.by), sdp)
  delete call.reoffer
  delete call.reoffersFailed
  tellLog(state, call.id, 'goes on over another relay')
}

function refused(state: State, call: Call, leg: AnyLeg, response: SipResponse): void {
  const shortest = response.status === 422 ? response.headers.get(MinSE)?.seconds : undefined
  if (shortest !== undefined) leg.minSe = Math.max(shortest, leg.minSe ?? 0)
  tellLog(state, call.id, 'refuses to be offered anew', { leg: leg.name, status: response.status }, 'warn')
  giveUp(state, call)
  if (endsDialog(response.status)) farEndGone(state, call, leg)
}

/** Whose offer came gets an answer without media (RFC 3261 §13.2.2.4), until the next try. */
function giveUp(state: State, call: Call): void {
  const { by, offer } = call.reoffer!
  if (offer !== undefined) acknowledge(state, legOf(call, by), heldAnswer(offer))
  delete call.reoffer
  call.reoffersFailed = (call.reoffersFailed ?? 0) + 1
}

function acknowledge(state: State, leg: AnyLeg | undefined, sdp: string): void {
  if (leg?.dialog === undefined || leg.asking === undefined) return
  leg.asking.ack = { sdp }
  sendAck(state, leg.dialog, leg.side, leg.asking.cseq, sdp)
}

/** Our ACK was lost; one that was not sent yet waits for the other side's answer. */
function ackAgain(state: State, leg: AnyLeg, response: SipResponse): void {
  const cseq = response.headers.get(CSeq)?.sequence
  if (response.status >= 300 || leg.dialog === undefined || cseq === undefined) return
  if (leg.asking?.cseq !== cseq) return sendAck(state, leg.dialog, leg.side, cseq)
  if (leg.asking.ack !== undefined) sendAck(state, leg.dialog, leg.side, cseq, leg.asking.ack.sdp)
}

/** Two for each side; with the seconds in between as long as a call without sound is borne with. */
const MOST_TRIES = 4
