/** Verb: offers a new session inside a call, by re-INVITE or UPDATE. RFC 3261 §14.1, RFC 3311 §5.1. */
import type { State } from './agent-state.ts'
import { askInDialog } from './ask.ts'
import type { Ask, Call, CallDialog, HeaderLine } from './call.ts'
import { says } from './session.ts'

/** How an offer inside a call is made. RFC 3261 §14.1, RFC 3311 §5.1. */
export interface OfferOptions {
  /** Default: INVITE in a call that is up, UPDATE before. RFC 3311 §5.1. */
  readonly by?: 'INVITE' | 'UPDATE'
  /** Further header fields. */
  readonly headers?: readonly HeaderLine[]
}

/**
 * False when it may not be made now: an offer or a re-INVITE is under way, or the call is not up and the peer has no UPDATE.
 * Without a description, a re-INVITE asks for theirs.
 */
export function offer(
  state: State,
  call: Call,
  at: CallDialog,
  description: string | undefined,
  options: OfferOptions,
  more: Partial<Pick<Ask, 'rounds' | 'refresh'>> = {},
): boolean {
  const { by = call.state === 'confirmed' ? 'INVITE' : 'UPDATE', headers = [] } = options
  if (!isPossible(call, at, by) || says(at, { method: by, description }) === 'not allowed') return false
  // Each INVITE counts its reliable 1xx anew (RFC 3262 §3).
  if (by === 'INVITE') delete at.rseq
  const { rounds, refresh } = more
  askInDialog(state, call, at, {
    is: by === 'INVITE' ? 'reinvite' : 'update',
    method: by,
    headers,
    ...(description !== undefined && { offer: description }),
    ...(rounds !== undefined && { rounds }),
    ...(refresh && { refresh }),
  })
  return true
}

/** Says once more what stands: a session refresh (RFC 4028 §10), or a settlement after a doubtful refusal. The user hears of no answer that says nothing new. */
export function refreshSession(state: State, call: Call, at: CallDialog, description: string | undefined): boolean {
  return offer(state, call, at, description, { by: at.update ? 'UPDATE' : 'INVITE' }, { refresh: true })
}

/** What the session does not know of: the state of the call, what they allow, and a 2xx of ours without ACK. RFC 3261 §14.1, RFC 3311 §4. */
function isPossible({ state, servings }: Call, at: CallDialog, by: 'INVITE' | 'UPDATE'): boolean {
  if (by === 'UPDATE') return at.update && UPDATING.has(state)
  return state === 'confirmed' && !servings.some(({ method, final }) => method === 'INVITE' && final !== undefined)
}

const UPDATING: ReadonlySet<string> = new Set(['early', 'ringing', 'holding', 'answered', 'confirmed'])
