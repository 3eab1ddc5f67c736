/** A request of ours towards a user or a number, outside of dialogs, through its proxy, with the signed context. RFC 3261 §8.1.1. */
import { CONTEXT_HEADER, type Context } from '@strowger/runtime'
import {
  CallId,
  CSeq,
  From,
  formatUri,
  MaxForwards,
  type MessageEdit,
  type NameAddr,
  newRequest,
  Route as RouteHeader,
  type SipRequest,
  To,
  type Uri,
} from '@strowger/sip-parser'
import type { Side } from './call.ts'
import { isWritable, NO_PARAMS } from './headers.ts'
import type { Attempt, Route, Shown } from './route.ts'
import type { State } from './state.ts'

export interface Outgoing {
  readonly edit: MessageEdit
  /** As it is said in the log. */
  readonly to: string
  readonly sipCallId: string
}

/** `request`: what it follows from. */
export function outgoing(
  state: State,
  method: 'INVITE' | 'MESSAGE',
  context: Context,
  attempt: Attempt,
  { side, user, host, from }: Route & { readonly kind: 'dial' },
  request: SipRequest,
): Outgoing {
  const to = plainUri(user, host)
  const callId = inSameShard(state, request.headers.get(CallId) ?? '')
  const fromTag = state.house.token()
  const binding = { method, callId, fromTag, uri: formatUri(to) }
  const edit = newRequest(method, to)
    .append(RouteHeader, { uri: proxyUri(state, side), params: NO_PARAMS })
    .append(From, fromOf(from, fromTag))
    .append(To, { uri: to, params: NO_PARAMS })
    .append(CallId, callId)
    .append(CSeq, { sequence: 1, method })
    .append(MaxForwards, (request.headers.get(MaxForwards) ?? DEFAULT_MAX_FORWARDS + 1) - 1)
    .raw(CONTEXT_HEADER, state.house.sign(contextFor(context, attempt), binding, state.wall))
  return { edit, to: binding.uri, sipCallId: callId }
}

/** The client is 0 while nobody knows whose number it is. */
function contextFor(context: Context, { tenant, user, caller }: Attempt): Context {
  return {
    call: context.call,
    brand: context.brand,
    client: tenant.client ?? 0,
    ...(user === undefined ? {} : { user }),
    caller,
    from: 'appserver',
    ...(context.media === undefined ? {} : { media: context.media }),
  }
}

/** Both legs belong to one worker (design §8.1): a number is counted up behind random bits until the shard fits. No host: it says nothing to anybody. */
function inSameShard(state: State, callId: string): string {
  const { token, shardOf } = state.house
  const wanted = shardOf(callId)
  const random = token()
  for (let n = 0; ; n++) {
    const candidate = `${random}-${n.toString(36)}`
    if (shardOf(candidate) === wanted) return candidate
  }
}

function fromOf({ name, user, host }: Shown, tag: string): NameAddr {
  return {
    ...(name === undefined || !isWritable(name) ? {} : { displayName: name }),
    uri: plainUri(user, host),
    params: new Map([['tag', tag]]),
  }
}

function proxyUri(state: State, side: Side): Uri {
  const { address, port } = state.house.proxies.at(side)
  return { scheme: 'sip', host: address, port, params: new Map([['lr', '']]), headers: NO_PARAMS }
}

function plainUri(user: string, host: string): Uri {
  return { scheme: 'sip', user, host, params: NO_PARAMS, headers: NO_PARAMS }
}

const DEFAULT_MAX_FORWARDS = 70
