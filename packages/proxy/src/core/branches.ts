/**
 * The branches of a proxied request: policy per branch first (the relay is asked there), then the client transaction, and when all
 * have ended the best response goes upstream. RFC 3261 §16.6, §16.7.
 */
import { edit, type SipResponse, Via } from '@strowger/sip-parser'
import type { ServerTransaction } from '@strowger/sip-transaction'
import { ask } from './ask.ts'
import { bestResponse } from './best-response.ts'
import { forwardedRequest } from './forward.ts'
import { ownResponse } from './own-response.ts'
import type { Branch, Proxied, Wait } from './proxied.ts'
import { hopOf } from './route-token.ts'
import { type Outcome, runSteps } from './run-steps.ts'
import { houseOf, type ProxyState } from './state.ts'
import type { BranchContext, Context, Step, Target } from './step.ts'
import { tagsOf } from './tags.ts'

/** Timer C, longer than 3 minutes (RFC 3261 §16.6 step 11). */
export const TIMER_C_MS = 185_000

export function startBranches(
  state: ProxyState,
  server: ServerTransaction,
  context: Context,
  targets: readonly Target[],
  order: 'parallel' | 'serial',
): void {
  const proxied: Proxied = {
    server,
    context,
    order,
    waiting: [...targets],
    branches: [],
    rewrites: new Map(),
    answered: false,
    cancelled: false,
    timerC: context.request.method === 'INVITE' ? state.now + TIMER_C_MS : Number.POSITIVE_INFINITY,
  }
  state.byServer.set(server.id, proxied)
  startWaiting(state, proxied)
}

/** Starts the next target (serial) or all of them (parallel). */
export function startWaiting(state: ProxyState, proxied: Proxied): void {
  const count = proxied.order === 'serial' ? 1 : proxied.waiting.length
  const starting = proxied.waiting.splice(0, count).map(target => openBranch(state, proxied, target))
  for (const branch of starting) {
    if (branch.state === 'asking') followBranch(state, proxied, branch, runSteps(state.lists.onBranch, branch.context, houseOf(state)))
  }
}

function openBranch(state: ProxyState, proxied: Proxied, target: Target): Branch {
  const { context } = proxied
  const leg = context.token?.leg ?? (context.side === 'outside' ? 'a' : `b${state.policy.newCallId().slice(-8)}`)
  const branch: Branch = { leg, target, state: 'asking', context: { ...context, target, leg }, media: false }
  proxied.branches.push(branch)
  return branch
}

export function resumeBranch(state: ProxyState, wait: Wait & { at: 'branch' }): void {
  if (wait.branch.state === 'ended') return
  followBranch(state, wait.proxied, wait.branch, runSteps<BranchContext>(wait.steps, wait.branch.context, houseOf(state)))
}

function followBranch(state: ProxyState, proxied: Proxied, branch: Branch, outcome: Outcome<BranchContext>): void {
  switch (outcome.kind) {
    case 'asking':
      branch.context = outcome.context
      branch.media ||= outcome.effect.ask === 'media' && proxied.context.token === undefined
      return ask(
        state,
        { at: 'branch', proxied, branch, steps: outcome.steps as readonly Step<BranchContext>[] },
        outcome.effect,
        outcome.context,
      )
    case 'reply':
      return finishBranch(state, proxied, branch, { status: outcome.reply.status }, true)
    case 'done':
      branch.context = outcome.context
      return send(state, proxied, branch)
    default:
      return finishBranch(state, proxied, branch, { status: 500 }, true)
  }
}

function send(state: ProxyState, proxied: Proxied, branch: Branch): void {
  if (proxied.cancelled) return finishBranch(state, proxied, branch, { status: 487 }, true)
  const message = forwardedRequest(branch.context, state.policy, state.policy.signRoute)
  const { flow } = branch.target
  const client = state.layer.send(state.now, message, hopOf(flow, state.policy.boot, state.policy.localFor(flow)))
  branch.client = client
  branch.sentAt = state.now
  branch.state = 'sent'
  state.byClient.set(client.id, { proxied, branch })
}

/** A branch got its final response, or none. `ours` when no response came from downstream. */
export function finishBranch(
  state: ProxyState,
  proxied: Proxied,
  branch: Branch,
  final: SipResponse | { readonly status: number },
  ours: boolean,
): void {
  branch.state = 'ended'
  branch.final = final
  releaseBranch(state, proxied, branch, final)
  if (proxied.answered) return
  if (final.status >= 600) {
    proxied.waiting.length = 0
    cancelBranches(state, proxied, branch)
  }
  const goOn = !proxied.cancelled && proxied.order === 'serial' && proxied.waiting.length > 0 && state.lists.tryNext(final.status)
  if (goOn) return startWaiting(state, proxied)
  if (proxied.order === 'serial') proxied.waiting.length = 0
  if (proxied.branches.some(b => b.state !== 'ended')) return
  answerBest(state, proxied, ours)
}

function answerBest(state: ProxyState, proxied: Proxied, ours: boolean): void {
  const finals = proxied.branches.map(b => b.final ?? { status: 408 })
  const best = finals[bestResponse(finals)] ?? { status: 480 }
  proxied.answered = true
  const { request } = proxied.context
  if (isResponse(best)) {
    // A 503 speaks of the next hop only, so it goes on as 500 (RFC 3261 §16.7 step 6).
    const out =
      best.status === 503 && proxied.context.side === 'outside' ? ownResponse(request, { status: 500 }) : edit(best).removeFirst(Via)
    state.layer.respond(state.now, proxied.server, out)
  } else {
    const status = upstreamStatus(proxied, best.status)
    if (status !== undefined) state.layer.respond(state.now, proxied.server, ownResponse(request, { status }))
  }
  reportRefusal(state, proxied, best.status, ours)
}

/** A call that no application server took is refused here; the record needs to know. */
function reportRefusal(state: ProxyState, proxied: Proxied, status: number, ours: boolean): void {
  const { call, side, token, request } = proxied.context
  if (!ours || call === undefined || side !== 'outside' || token !== undefined || request.method !== 'INVITE') return
  state.outputs.push({ kind: 'refused', call, status: proxied.cancelled ? 487 : status, cause: CAUSES[status] ?? 'not forwarded' })
}

const CAUSES: Readonly<Record<number, string>> = {
  408: 'no answer from the application server',
  503: 'application server or relay unavailable',
}

/** RFC 4320 §4.1: a non-INVITE never gets a 408; silence is the answer. */
function upstreamStatus(proxied: Proxied, status: number): number | undefined {
  if (proxied.context.request.method === 'INVITE') return proxied.cancelled ? 487 : status
  return status === 408 ? undefined : status
}

/** Cancels all other branches that have not ended (RFC 3261 §16.7 step 10). */
export function cancelBranches(state: ProxyState, proxied: Proxied, except: Branch | undefined, reason?: string): void {
  for (const branch of proxied.branches) {
    if (branch === except || branch.state === 'ended' || branch.state === 'cancelling') continue
    if (branch.client !== undefined && proxied.context.request.method === 'INVITE') {
      branch.state = 'cancelling'
      state.layer.cancel(state.now, branch.client, reason !== undefined ? { reason } : {})
    } else if (branch.state === 'asking') {
      branch.state = 'ended'
      branch.final = { status: 487 }
      releaseBranch(state, proxied, branch, { status: 487 })
    }
  }
}

function releaseBranch(state: ProxyState, proxied: Proxied, branch: Branch, final: { readonly status: number }): void {
  const { context } = proxied
  if (!branch.media || final.status < 300 || context.call === undefined) return
  branch.media = false
  const { from } = tagsOf(context.request)
  state.outputs.push({
    kind: 'release',
    call: context.call,
    leg: branch.leg,
    fromTag: from,
    outsideTag: context.side === 'outside' ? from : undefined,
    count: false,
  })
}

function isResponse(final: SipResponse | { readonly status: number }): final is SipResponse {
  return 'kind' in final && final.kind === 'response'
}
