/**
 * A response whose transaction is gone with the process that had it: on it goes by the next Via, without state. RFC 3261 §16.7, §18.1.2.
 *
 * Deviation: one with a body is dropped, for the relay cannot be asked without the request; its sender repeats a 2xx until it gives up.
 * And one side of us must be an application server, or a stranger could have us send to anybody what he likes.
 */
import { isIP } from 'node:net'
import { edit, type SipResponse, Via } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import { insideHeaders } from './inside-headers.ts'
import type { ProxyState } from './state.ts'

export function onUnmatchedResponse(state: ProxyState, response: SipResponse, from: Hop): void {
  if (response.body.length > 0 || response.status === 100) return
  const [top, next] = response.headers.all(Via)
  if (top === undefined || next === undefined || !isOurs(state, top)) return
  const hop = hopBack(state, next)
  if (hop === undefined || !(state.policy.isAppserver(from) || state.policy.isAppserver(hop))) return
  const out = edit(response).removeFirst(Via)
  for (const name of insideHeaders(response)) out.removeRaw(name)
  state.layer.forwardStateless(out, hop)
}

function isOurs(state: ProxyState, via: Via): boolean {
  return state.policy.own.some(own => own.transport === via.transport && own.address === via.host && own.port === (via.port ?? 5060))
}

/** RFC 3261 §18.2.2, RFC 3581 §4; a connection is gone with the process that had it, and is not opened anew. */
function hopBack(state: ProxyState, via: Via): Hop | undefined {
  if (via.transport !== 'UDP') return undefined
  const address = via.received ?? via.host
  if (isIP(address) === 0) return undefined
  const port = typeof via.rport === 'number' ? via.rport : (via.port ?? 5060)
  const local = state.policy.localFor({ transport: 'UDP', address, port })
  return { transport: 'UDP', remote: { address, port }, local }
}
