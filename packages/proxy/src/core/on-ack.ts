/** ACK to a 2xx: a request of its own that nobody answers, so it is forwarded without state. RFC 3261 §16.11, §17.1.1.3. */
import type { SipRequest } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import { ask } from './ask.ts'
import { forwardedRequest, requestUriOf } from './forward.ts'
import { hopsTo } from './hops-to.ts'
import type { Wait } from './proxied.ts'
import { type Outcome, runSteps } from './run-steps.ts'
import { houseOf, type ProxyState } from './state.ts'
import { type BranchContext, type Context, NO_CHANGES, type Step } from './step.ts'

export function onAck(state: ProxyState, request: SipRequest, from: Hop): void {
  if (request.method !== 'ACK') return
  const context: Context = { request, from, side: 'outside', ownRoutes: 0, changes: NO_CHANGES, answers: {} }
  const outcome = runSteps(state.lists.onRequest, context, houseOf(state))
  if (outcome.kind !== 'forward' || outcome.targets[0] === undefined || outcome.context.token === undefined) return
  const branch: BranchContext = { ...outcome.context, target: outcome.targets[0], leg: outcome.context.token.leg }
  followAck(state, runSteps(state.lists.onBranch, branch, houseOf(state)))
}

export function resumeAck(state: ProxyState, wait: Wait & { at: 'ack' }): void {
  followAck(state, runSteps(wait.steps, wait.context, houseOf(state)))
}

function followAck(state: ProxyState, outcome: Outcome<BranchContext>): void {
  if (outcome.kind === 'asking') {
    ask(
      state,
      { at: 'ack', context: outcome.context, steps: outcome.steps as readonly Step<BranchContext>[] },
      outcome.effect,
      outcome.context,
    )
  } else if (outcome.kind === 'done') {
    const { context } = outcome
    const [hop] = hopsTo(context.target.flow, requestUriOf(context), state.policy)
    if (hop) state.layer.sendStateless(forwardedRequest(context, state.policy, state.policy.signRoute), hop)
  }
}
