/** A response from downstream: policy (the relay rewrites its SDP there), then up it goes. RFC 3261 §16.7. */
import { CallId, edit, type MessageEdit, type SipResponse, Via } from '@strowger/sip-parser'
import { putSession } from '../media/session-body.ts'
import { ask } from './ask.ts'
import { cancelBranches, finishBranch, noteAnswer, TIMER_C_MS, tryElsewhere } from './branches.ts'
import { keepRecordRoute } from './keep-record-route.ts'
import type { Branch, Proxied, Wait } from './proxied.ts'
import { releaseDialog, releaseEnded } from './release-media.ts'
import { type Outcome, runSteps } from './run-steps.ts'
import { houseOf, type ProxyState, type Sent } from './state.ts'
import { type Changes, NO_CHANGES, type ResponseStep, type Step } from './step.ts'

export function onResponse(state: ProxyState, clientId: number, response: SipResponse): void {
  const found = state.byClient.get(clientId)
  if (found === undefined) return
  const { proxied, branch } = found
  if (branch.client?.id === clientId) noteAnswer(state, branch, response)
  if (response.status === 100) return
  if (branch.client?.id !== clientId && !takeOver(state, found, response)) return
  if (tryElsewhere(state, proxied, branch, response.status)) return
  if (response.status < 200) proxied.timerC = state.now + TIMER_C_MS
  const { token } = proxied.context
  if (response.status === 481 && token) state.calls.ended(response.headers.get(CallId) ?? '', state.now)
  if (response.status === 481 && token && proxied.context.request.method === 'INVITE') releaseDialog(state, proxied.context, token)
  const context: ResponseStep = { ...branch.context, response: stripped(response), changes: NO_CHANGES, answers: {} }
  followResponse(state, proxied, branch, runSteps(state.lists.onResponse, context, houseOf(state)))
}

/** A server that was given up has answered after all: nobody else shall. Whatever else it says is of no use. RFC 3261 §16.7 step 10. */
function takeOver(state: ProxyState, { branch, recordRoute }: Sent, { status }: SipResponse): boolean {
  if (status < 200 || status >= 300) return false
  const isRinging = branch.client?.request.method === 'INVITE' && branch.state === 'sent'
  if (branch.client !== undefined && isRinging) state.layer.cancel(state.now, branch.client, { reason: ANSWERED_ELSEWHERE })
  if (recordRoute !== undefined) branch.recordRoute = recordRoute
  return true
}

export function resumeResponse(state: ProxyState, wait: Wait & { at: 'response' }): void {
  followResponse(state, wait.proxied, wait.branch, runSteps(wait.steps, wait.context, houseOf(state)))
}

function followResponse(state: ProxyState, proxied: Proxied, branch: Branch, outcome: Outcome<ResponseStep>): void {
  switch (outcome.kind) {
    case 'asking': {
      const known = outcome.effect.ask === 'media' ? proxied.rewrites.get(rewriteKey(branch, outcome.context.response)) : undefined
      if (known !== undefined) {
        const context = { ...outcome.context, answers: { media: known } }
        return followResponse(state, proxied, branch, runSteps(outcome.steps, context, houseOf(state)))
      }
      // A phone that was sent no offer makes one: then the relay has a session from here on.
      branch.media ||= outcome.effect.ask === 'media' && proxied.context.token === undefined
      return ask(
        state,
        { at: 'response', proxied, branch, context: outcome.context, steps: outcome.steps as readonly Step<ResponseStep>[] },
        outcome.effect,
        outcome.context,
      )
    }
    case 'done':
      return pass(state, proxied, branch, outcome.context)
    case 'reply':
      return outcome.context.response.status < 300 ? undefined : finishBranch(state, proxied, branch, outcome.reply, false)
    default:
      return
  }
}

/** Key of a rewritten body: who answered, and what it said. */
export function rewriteKey(branch: Branch, response: SipResponse): string {
  let text = `${branch.leg} `
  for (const byte of response.body) text += String.fromCharCode(byte)
  return text
}

function pass(state: ProxyState, proxied: Proxied, branch: Branch, context: ResponseStep): void {
  const { response, changes, answers } = context
  const mayKeep = proxied.rewrites.size < MOST_REWRITES
  if (mayKeep && answers.media instanceof Uint8Array && changes.sdp) proxied.rewrites.set(rewriteKey(branch, response), answers.media)
  if (response.status >= 300) return finishBranch(state, proxied, branch, changed(response, changes).toMessage() as SipResponse, false)
  if (proxied.answered && response.status < 200) return
  const out = changed(response, changes).removeFirst(Via)
  if (branch.recordRoute) keepRecordRoute(out, response, branch.recordRoute)
  state.layer.respond(state.now, proxied.server, out)
  if (response.status < 200) return
  if (branch.state !== 'ended') noteDialog(state, proxied)
  branch.state = 'ended'
  branch.final = response
  proxied.answered = true
  proxied.waiting.length = 0
  releaseEnded(state, proxied)
  cancelBranches(state, proxied, branch, ANSWERED_ELSEWHERE)
}

/** The first 2xx to an INVITE makes a dialog that comes through here; sent again it may come after the BYE. */
function noteDialog(state: ProxyState, { context: { request, token } }: Proxied): void {
  const callId = request.headers.get(CallId)
  if (request.method === 'INVITE' && token === undefined && callId !== undefined) state.calls.began(callId, state.now)
}

function changed(response: SipResponse, changes: Changes): MessageEdit {
  const out = edit(response)
  for (const name of changes.remove) out.removeRaw(name)
  for (const [name, value] of changes.add) out.raw(name, value)
  if (changes.sdp) putSession(out, response, changes.sdp)
  return out
}

/** Session descriptions kept of one request: of a callee that sends others without end the relay is asked each time. */
const MOST_REWRITES = 16

/** RFC 3326 §2: the phones that lost the race show no missed call. */
const ANSWERED_ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'

/** A refusal carries nothing of the far end's media upstream. */
function stripped(response: SipResponse): SipResponse {
  if (response.status < 300 || response.body.length === 0) return response
  return edit(response).body(undefined).toMessage() as SipResponse
}
