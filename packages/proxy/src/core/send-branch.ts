/** Opens the branches of a proxied request: policy per branch first (the relay is asked there), then the client transaction. RFC 3261 §16.6. */
import { CallId } from '@strowger/sip-parser'
import type { ServerTransaction } from '@strowger/sip-transaction'
import { finishBranch } from './finish.ts'
import { forwardedRequest } from './forward.ts'
import { ask } from './on-request.ts'
import type { Branch, Proxied, Wait } from './proxied.ts'
import { hopOf } from './route-token.ts'
import { type Outcome, runSteps } from './run-steps.ts'
import { houseOf, type ProxyState } from './state.ts'
import type { BranchContext, Context, Step, Target } from './step.ts'

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
      beginMedia(state, proxied.context, outcome.effect.ask)
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

/** While the relay works for this dialog, its later messages queue. */
export function beginMedia(state: ProxyState, context: Context, asked: string): void {
  if (asked === 'media') state.queue.begin(context.request.headers.get(CallId) as string)
}

function send(state: ProxyState, proxied: Proxied, branch: Branch): void {
  if (proxied.cancelled) return finishBranch(state, proxied, branch, { status: 487 }, true)
  const message = forwardedRequest(branch.context, state.policy, state.policy.signRoute)
  const { flow } = branch.target
  const client = state.layer.send(state.now, message, hopOf(flow, state.policy.boot, state.policy.localFor(flow)))
  branch.client = client
  branch.state = 'sent'
  state.byClient.set(client.id, { proxied, branch })
}
