/** A new request: policy decides, then it is answered without state, or accepted and forwarded. RFC 3261 §16.3–16.6. */
import { CallId } from '@strowger/sip-parser'
import type { Incoming } from '@strowger/sip-transaction'
import { ask } from './ask.ts'
import { startBranches } from './branches.ts'
import { breadthShare } from './max-breadth.ts'
import type { Wait } from './proxied.ts'
import { releaseDialog } from './release-media.ts'
import type { RouteToken } from './route-token.ts'
import { type Outcome, runSteps } from './run-steps.ts'
import { houseOf, type ProxyState } from './state.ts'
import { type Context, NO_CHANGES, type Order, type Reply, type Target, withChanges } from './step.ts'

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
      if (isNewAndTooMuch(state, outcome.context)) return answerStateless(state, incoming, later(state), outcome.context)
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
  state.layer.replyStateless(incoming, reply)
}

function forward(state: ProxyState, incoming: Incoming, context: Context, targets: readonly Target[], order: Order): void {
  if (incoming.request.method === 'ACK') return
  const share = breadthShare(context.request, order === 'serial' ? 1 : targets.length)
  if (isNewAndTooMuch(state, context)) return answerStateless(state, incoming, later(state), context)
  if (share === 0) return answerStateless(state, incoming, { status: 440, reason: 'Max-Breadth Exceeded' }, context)
  const server = state.layer.accept(state.now, incoming)
  if (context.call !== undefined) state.policy.named(context.request.headers.get(CallId) ?? '', context.call)
  // A retransmission that was held beside its request.
  if (state.byServer.has(server.id)) return
  if (isNewCall(context)) {
    state.outputs.push({ kind: 'attempt', context, dialled: context.request })
  }
  if (context.token !== undefined) noteInDialog(state, context, context.token)
  const changes = withChanges(context.changes, { remove: ['Max-Breadth'], add: [['Max-Breadth', String(share)]] })
  startBranches(state, server, { ...context, changes }, targets, order)
}

/** So many steps wait for the relay or for somebody else that nothing is begun that would wait behind them. */
function isNewAndTooMuch(state: ProxyState, { token }: Context): boolean {
  if (token !== undefined || state.waits.size < MOST_WAITS) return false
  state.refusedForWaits++
  return true
}

function later({ policy }: ProxyState): Reply {
  const seconds = policy.overload.retryAfter()
  const headers = seconds > 0 ? [['Retry-After', String(seconds)] as const] : []
  return { status: 503, reason: 'Too Many Waiting', headers }
}

/** Steps that may wait at once; requests in dialogs find room beyond it. */
export const MOST_WAITS = 10_000

/** A BYE ends the dialog; any other request may show one that a process before us had let through. */
function noteInDialog(state: ProxyState, context: Context, token: RouteToken): void {
  if (context.request.method === 'BYE') releaseDialog(state, context, token)
  else state.calls.began(context.request.headers.get(CallId) ?? '', state.now)
}

/** An outside party's INVITE that was given a call id: it leaves a record, whatever becomes of it. */
function isNewCall({ call, side, token, request }: Context): boolean {
  return call !== undefined && side === 'outside' && token === undefined && request.method === 'INVITE'
}
