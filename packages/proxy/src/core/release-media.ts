/** Tells the daemon to close media sessions: when a branch has failed, and when a BYE passes. */
import { CallId } from '@strowger/sip-parser'
import type { Branch, Proxied } from './proxied.ts'
import type { RouteToken } from './route-token.ts'
import type { ProxyState } from './state.ts'
import type { Context } from './step.ts'
import { tagsOf } from './tags.ts'

/** The session that a failed branch had; once. */
export function releaseBranch(state: ProxyState, proxied: Proxied, branch: Branch): void {
  const { context } = proxied
  if (!branch.media || context.call === undefined) return
  branch.media = false
  const { from } = tagsOf(context.request)
  release(state, context.call, branch.leg, from, context.side === 'outside' ? from : undefined, false)
}

/** Those that branches still have which were given up and may yet have answered: now another has, or nobody will. */
export function releaseEnded(state: ProxyState, proxied: Proxied): void {
  for (const branch of proxied.branches) {
    const { state: at, final } = branch
    // What has answered is a dialog, whose BYE releases it.
    if (at === 'ended' && (final === undefined || final.status >= 300)) releaseBranch(state, proxied, branch)
  }
}

/**
 * A BYE ends the media at once, whatever its answer will be, and never waits for the relay (design §8.5). So does the answer that the
 * other side knows no such dialog (RFC 3261 §12.2.1.2): the re-INVITE it refuses has just asked the relay for ports again.
 */
export function releaseDialog(state: ProxyState, context: Context, token: RouteToken): void {
  const tags = tagsOf(context.request)
  state.calls.ended(context.request.headers.get(CallId) ?? '', state.now)
  release(state, token.call, token.leg, tags.from, context.side === 'outside' ? tags.from : tags.to, true)
}

function release(state: ProxyState, call: string, leg: string, fromTag: string, outsideTag: string | undefined, count: boolean): void {
  const output = { kind: 'release', call, leg, fromTag, outsideTag, count } as const
  if (state.sessions.mayRelease(output)) state.outputs.push(output)
}
