/** A new request: policy decides, then it is answered without state, or accepted and forwarded. RFC 3261 §16.3–16.6. */
import type { Incoming } from '@strowger/sip-transaction'
import { ask } from './ask.ts'
import { startBranches } from './branches.ts'
import { ownResponse } from './own-response.ts'
import type { Wait } from './proxied.ts'
import type { RouteToken } from './route-token.ts'
import { type Outcome, runSteps } from './run-steps.ts'
import { houseOf, type ProxyState } from './state.ts'
import { type Context, NO_CHANGES, type Reply, type Target } from './step.ts'
import { tagsOf } from './tags.ts'

export function onRequest(state: ProxyState, incoming: Incoming): void {
  const context: Context = {
    request: incoming.request,
    from: incoming.from,
    side: 'outside',
    ownRoutes: 0,
    changes: NO_CHANGES,
    answers: {},
  }
  follow(state, incoming, runSteps(state.lists.onRequest, context, houseOf(state)))
}

/** Goes on with a request whose step had asked for something. */
export function resumeRequest(state: ProxyState, wait: Wait & { at: 'request' }): void {
  follow(state, wait.incoming, runSteps(wait.steps, wait.context, houseOf(state)))
}

function follow(state: ProxyState, incoming: Incoming, outcome: Outcome<Context>): void {
  switch (outcome.kind) {
    case 'reply':
      return answerStateless(state, incoming, outcome.reply, outcome.context)
    case 'forward':
      return forward(state, incoming, outcome.context, outcome.targets, outcome.order)
    case 'asking':
      return ask(state, { at: 'request', incoming, context: outcome.context, steps: outcome.steps }, outcome.effect, outcome.context)
    case 'done':
      return answerStateless(state, incoming, { status: 500 }, outcome.context)
    case 'drop':
      return
  }
}

function answerStateless(state: ProxyState, incoming: Incoming, reply: Reply, context: Context): void {
  if (incoming.request.method === 'ACK') return
  if (isNewCall(context)) {
    state.outputs.push({ kind: 'attempt', context, dialled: context.request })
    state.outputs.push({ kind: 'refused', call: context.call as string, status: reply.status, cause: reply.reason ?? 'refused by policy' })
  }
  state.outputs.push({ kind: 'replied', method: incoming.request.method, status: reply.status })
  state.layer.replyStateless(incoming, ownResponse(incoming.request, reply))
}

function forward(state: ProxyState, incoming: Incoming, context: Context, targets: readonly Target[], order: 'parallel' | 'serial'): void {
  if (incoming.request.method === 'ACK') return
  const server = state.layer.accept(state.now, incoming)
  if (isNewCall(context)) {
    state.outputs.push({ kind: 'attempt', context, dialled: context.request })
  }
  if (context.request.method === 'BYE' && context.token !== undefined) releaseMedia(state, context, context.token)
  startBranches(state, server, context, targets, order)
}

/** A BYE ends the media at once, whatever its answer will be, and never waits for the relay (design §8.5). */
function releaseMedia(state: ProxyState, context: Context, token: RouteToken): void {
  const tags = tagsOf(context.request)
  const outsideTag = context.side === 'outside' ? tags.from : tags.to
  state.outputs.push({ kind: 'release', call: token.call, leg: token.leg, fromTag: tags.from, outsideTag, count: true })
}

/** An outside party's INVITE that was given a call id: it leaves a record, whatever becomes of it. */
function isNewCall({ call, side, token, request }: Context): boolean {
  return call !== undefined && side === 'outside' && token === undefined && request.method === 'INVITE'
}
