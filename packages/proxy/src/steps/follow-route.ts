/** Takes our own Route values off and sends requests of a dialog where its signed token says. RFC 3261 §16.4, §16.12. */
import { Route, To, tagOf, type Uri } from '@strowger/sip-parser'
import { isOwn } from '../core/is-own.ts'
import type { FlowToken, RouteToken } from '../core/route-token.ts'
import { type Context, next, type Policy, reply, type Step, type Verdict } from '../core/step.ts'

export const followRoute: Step = (context, { policy }) => {
  const read = context.request.headers.readAll(Route)
  // An empty or unreadable value would be taken off in place of one of ours (RFC 3261 §20.34).
  if (read.kind === 'malformed') return reply(400, { reason: 'Bad Route' })
  const { ownRoutes, token } = takeOwnRoutes(read.kind === 'absent' ? [] : read.value, policy)
  const to = context.request.headers.get(To)
  const inDialog = to !== undefined && tagOf(to) !== undefined
  if (!inDialog) return next({ ...context, ownRoutes })
  if (token === undefined) return context.request.method === 'ACK' ? { kind: 'drop' } : reply(481)
  if (!mayUse(context, token, policy)) return reply(403)
  return forwardInDialog({ ...context, ownRoutes, token, side: token.side, call: token.call }, token, policy)
}

function takeOwnRoutes(routes: readonly { readonly uri: Uri }[], policy: Policy): { ownRoutes: number; token: RouteToken | undefined } {
  let ownRoutes = 0
  let token: RouteToken | undefined
  for (const route of routes) {
    if (!isOwn(route.uri, policy)) break
    ownRoutes++
    if (token === undefined && route.uri.user !== undefined) token = policy.verifyRoute(route.uri.user)
  }
  return { ownRoutes, token }
}

/** Tags and token can leak in a log; whoever uses them must also sit where the dialog's party sits. */
function mayUse(context: Context, token: RouteToken, policy: Policy): boolean {
  if (token.side === 'inside') return policy.isAppserver(context.from)
  return context.from.remote.address === token.flow.address
}

function forwardInDialog(context: Context, token: RouteToken, policy: Policy): Verdict<Context> {
  if (token.side === 'inside') return { kind: 'forward', order: 'serial', context, targets: [{ flow: token.flow, side: 'outside' }] }
  const inside = insideTarget(context.request.uri, policy)
  if (inside === undefined) return reply(403)
  return { kind: 'forward', order: 'serial', context, targets: [{ flow: inside, side: 'inside' }] }
}

/** The remote target of a dialog from outside must be an application server: we are no open relay. */
function insideTarget(uri: Uri, policy: Policy): FlowToken | undefined {
  const flow: FlowToken = { transport: 'UDP', address: uri.host, port: uri.port ?? 5060 }
  return policy.isAppserver({ transport: 'UDP', remote: flow, local: policy.localFor(flow) }) ? flow : undefined
}
