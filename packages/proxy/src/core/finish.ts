/** What happens when a branch ends: next target, or the best response goes upstream. RFC 3261 §16.7 steps 4 to 10. */
import { edit, type SipResponse, Via } from '@strowger/sip-parser'
import { bestResponse } from './best-response.ts'
import { ownResponse } from './on-request.ts'
import type { Branch, Proxied } from './proxied.ts'
import { startWaiting } from './send-branch.ts'
import type { ProxyState } from './state.ts'
import { tagsOf } from './tags.ts'

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
