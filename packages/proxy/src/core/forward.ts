/** Builds what leaves: Request-URI, Max-Forwards, Record-Route, Route. The layer adds the Via. RFC 3261 §16.6. */
import { edit, MaxForwards, type MessageEdit, parseUri, RecordRoute, Route, type Uri, Via } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import { putSession } from '../media/session-body.ts'
import { type FlowToken, flowOf, type RouteToken } from './route-token.ts'
import { routeUri } from './route-value.ts'
import type { BranchContext, Context, Policy, Side } from './step.ts'

/** Max-Forwards put into a request that has none (RFC 3261 §16.6 step 3). */
const DEFAULT_MAX_FORWARDS = 70

export function forwardedRequest(context: BranchContext, policy: Policy, signToken: (token: RouteToken) => string): MessageEdit {
  const { request, target, changes } = context
  const out = edit(request)
  for (const name of changes.remove) out.removeRaw(name)
  out.replace(MaxForwards, (request.headers.get(MaxForwards) ?? DEFAULT_MAX_FORWARDS + 1) - 1)
  for (let i = 0; i < context.ownRoutes; i++) out.removeFirst(Route)
  for (const value of [...(target.route ?? [])].reverse()) prependRoute(out, value)
  if (target.uri !== undefined) out.uri(target.uri)
  if (context.token === undefined && DIALOG_MAKERS.has(request.method) && context.call !== undefined) {
    for (const value of recordRoutes(context, policy, signToken)) out.prepend(RecordRoute, value)
  }
  for (const [name, value] of changes.add) out.raw(name, value)
  if (changes.sdp) putSession(out, request, changes.sdp)
  return out
}

/** Requests that make dialogs here, so that what follows in them comes through us (RFC 3261 §16.6 step 4). */
const DIALOG_MAKERS: ReadonlySet<string> = new Set(['INVITE'])

/**
 * Two values, one for each side, so that the neighbour who sees one on top of its Route says by it where it is (RFC 5658).
 * In the order to prepend: the sender's first, so the receiver's ends on top.
 */
function recordRoutes(
  context: BranchContext,
  policy: Policy,
  signToken: (token: RouteToken) => string,
): readonly { uri: Uri; params: ReadonlyMap<string, string> }[] {
  const outsideFlow = outsideOf(context, policy)
  const both: readonly [Side, Hop['transport']][] = [
    [context.side, context.from.transport],
    [context.target.side, context.target.flow.transport],
  ]
  return both.map(([side, transport]) => {
    const token = signToken({ call: context.call as string, side, leg: context.leg, flow: outsideFlow })
    return { uri: ownUri(policy, transport, token), params: new Map<string, string>() }
  })
}

function outsideOf(context: BranchContext, policy: Policy): FlowToken {
  if (context.side === 'outside') return flowOf(context.from, policy.boot, isBehindNat(context))
  return context.target.flow
}

/** Our `sip:` URI for a transport, with `lr` (RFC 3261 §19.1.1). */
export function ownUri(policy: Pick<Policy, 'own'>, transport: Hop['transport'], user: string): Uri {
  const own = policy.own.find(o => o.transport === transport) ?? policy.own[0]!
  const params = new Map<string, string>([['lr', '']])
  if (transport !== 'UDP') params.set('transport', transport.toLowerCase())
  return { scheme: 'sip', user, host: own.address, port: own.port, params, headers: new Map() }
}

/** The top Via names another host than the one it came from (RFC 3261 §18.2.1 puts `received` there). */
export function isBehindNat(context: Pick<Context, 'request' | 'from'>): boolean {
  const via = context.request.headers.get(Via)
  return via !== undefined && via.host.toLowerCase() !== context.from.remote.address
}

/** The Request-URI that the request leaves with (RFC 3261 §16.6 step 2). */
export function requestUriOf({ request, target }: BranchContext): Uri {
  return (target.uri !== undefined ? parseUri(target.uri) : undefined) ?? request.uri
}

function prependRoute(out: MessageEdit, value: string): void {
  const uri = routeUri(value)
  if (uri) out.prepend(Route, { uri, params: new Map() })
}
