/** Which call an INVITE with Replaces or Join means, and whether it may have it. RFC 3891 §3, RFC 3911 §4. */
import type { Dialog } from './dialog.ts'

/** The value of a Replaces or Join header; tags as its receiver knows them: `toTag` is ours. RFC 3891 §6.1, RFC 3911 §7.1. */
export interface DialogReference {
  /** Of the call that is meant. */
  readonly callId: string
  /** The tag that its receiver has in the dialog. */
  readonly toTag: string
  /** The tag of its receiver's peer. */
  readonly fromTag: string
  /** Replaces only: not a call that was answered. */
  readonly earlyOnly?: boolean | undefined
}

/** A call that may be meant. */
export interface Replaceable {
  /** What names the call, and whether it was answered. */
  readonly dialog: Pick<Dialog, 'callId' | 'localTag' | 'remoteTag' | 'state'>
  /** We sent the INVITE that made it. */
  readonly initiated: boolean
  /** It has ended, and is remembered for a while. */
  readonly ended?: boolean
}

/** The headers of the INVITE. */
export interface ReplacingRequest {
  /** Of the request that carries them: only INVITE may. RFC 3891 §3, RFC 3911 §4. */
  readonly method: string
  /** All values of Replaces. */
  readonly replaces: readonly DialogReference[]
  /** All values of Join. */
  readonly join: readonly DialogReference[]
}

/**
 * - `none`: an ordinary request.
 * - `replace`: accept it in place of `call`, which gets BYE when `end` says so, or CANCEL when it is still ringing.
 * - `join`: mix it with `call`.
 * - `refuse`: with this status; the call that was meant stays as it is. 403 is the authorisation's word.
 */
export type ReplacesVerdict<Call extends Replaceable> =
  | { readonly kind: 'none' }
  | { readonly kind: 'replace'; readonly call: Call; readonly end: 'BYE' | 'CANCEL' }
  | { readonly kind: 'join'; readonly call: Call }
  | { readonly kind: 'refuse'; readonly status: 400 | 403 | 481 | 486 | 603 }

/**
 * Matches against `calls`, which are INVITE dialogs of this user agent, ended ones included while they are remembered.
 *
 * `mayTake` says whether the sender may have the call: it is asked last, so that nobody learns by it which calls there are. RFC 3891 §3,
 * §8: whoever may not is refused like a stranger.
 */
export function matchReplaces<Call extends Replaceable>(
  request: ReplacingRequest,
  calls: Iterable<Call>,
  mayTake: (call: Call) => boolean,
): ReplacesVerdict<Call> {
  const { method, replaces, join } = request
  const wanted = replaces[0] ?? join[0]
  if (!wanted) return { kind: 'none' }
  if (replaces.length + join.length > 1 || method !== 'INVITE') return refuse(400)
  const call = only(calls, wanted)
  // RFC 3911 §4: Join, unlike Replaces, may name a call that rings here.
  if (!call || (replaces.length > 0 && isEarly(call) && !call.initiated)) return refuse(481)
  if (!mayTake(call)) return refuse(403)
  if (call.ended === true) return refuse(603)
  if (replaces.length === 0) return { kind: 'join', call }
  if (wanted.earlyOnly === true && !isEarly(call)) return refuse(486)
  return { kind: 'replace', call, end: isEarly(call) ? 'CANCEL' : 'BYE' }
}

/** The one call that is named; several are as good as none. RFC 3891 §3. */
function only<Call extends Replaceable>(calls: Iterable<Call>, wanted: DialogReference): Call | undefined {
  let found: Call | undefined
  for (const call of calls) {
    if (!isNamed(call.dialog, wanted)) continue
    if (found) return undefined
    found = call
  }
  return found
}

function isNamed({ callId, localTag, remoteTag }: Replaceable['dialog'], wanted: DialogReference): boolean {
  return callId === wanted.callId && sameTag(localTag, wanted.toTag) && sameTag(remoteTag, wanted.fromTag)
}

/** A peer of RFC 2543 has no tag, which is written `0`. RFC 3891 §6.1. */
function sameTag(tag: string, wanted: string): boolean {
  return tag === wanted || (tag === '' && wanted === '0')
}

function isEarly({ dialog, ended }: Replaceable): boolean {
  return dialog.state === 'early' && ended !== true
}

function refuse(status: 400 | 403 | 481 | 486 | 603): { readonly kind: 'refuse'; readonly status: typeof status } {
  return { kind: 'refuse', status }
}
