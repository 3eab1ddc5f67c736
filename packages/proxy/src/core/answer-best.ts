/** Sends the best of all final responses upstream, once every branch has ended. RFC 3261 §16.7 steps 6 to 9. */
import { edit, type SipResponse, Via } from '@strowger/sip-parser'
import { bestResponse } from './best-response.ts'
import { ownResponse } from './own-response.ts'
import type { Proxied } from './proxied.ts'
import type { ProxyState } from './state.ts'
import type { Reply } from './step.ts'

/** `ours` when the response that ended the request did not come from downstream. */
export function answerBest(state: ProxyState, proxied: Proxied, ours: boolean): void {
  const finals = proxied.branches.map(b => b.final ?? { status: 408 })
  const best = finals[bestResponse(finals)] ?? { status: 480 }
  proxied.answered = true
  state.layer.respond(
    state.now,
    proxied.server,
    isResponse(best) ? passedOn(proxied, best) : ownResponse(proxied.context.request, made(proxied, best)),
  )
  reportRefusal(state, proxied, best.status, ours)
}

function passedOn(proxied: Proxied, best: SipResponse): ReturnType<typeof ownResponse> {
  const { request, side } = proxied.context
  // A 503 speaks of the next hop only, so it goes on as 500 (RFC 3261 §16.7 step 6).
  if (best.status === 503 && side === 'outside') return ownResponse(request, { status: 500 })
  // Nobody upstream has cancelled: what ended the phone's ringing was timer C (RFC 3261 §16.8).
  if (best.status === 487 && proxied.expired && !proxied.cancelled) return ownResponse(request, { status: 408 })
  return edit(best).removeFirst(Via)
}

/** A 408 to anything but an INVITE ends the transaction in silence; the layer sees to that (RFC 4320 §4.2). */
function made(proxied: Proxied, best: Reply): Reply {
  if (proxied.context.request.method !== 'INVITE') return best
  if (proxied.cancelled) return { status: 487 }
  return best.status === 487 && proxied.expired ? { status: 408 } : best
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

function isResponse(final: SipResponse | Reply): final is SipResponse {
  return 'kind' in final && final.kind === 'response'
}
