/**
 * The session of one dialog: every message that may describe it is a step of its exchange, whose texts are kept here.
 * RFC 3264 §4, RFC 6337 §2.2, RFC 3311 §5, RFC 6141 §3.
 */
import { exchangeStep, type SessionMessage, type SessionVerdict, type Way } from '../session-exchange.ts'
import type { State } from './agent-state.ts'
import { tell } from './agent-state.ts'
import { bytesOf } from './bytes.ts'
import type { Call, CallDialog } from './call.ts'

/** A message as far as the session is concerned, with its description as text. */
export type Spoken = Omit<SessionMessage, 'description'> & { readonly description?: string | undefined }

/** A message of ours is about to leave. `not allowed`: nothing has changed, and it must not leave so. */
export function says(at: CallDialog, message: Spoken): SessionVerdict {
  return step(at, 'send', message)
}

/**
 * A message of theirs. The user hears of an answer, unless it only says again what is agreed and nobody `awaits` it, and of a preview that
 * is new. An `offer` is the caller's to tell.
 */
export function hears(state: State, call: Call, at: CallDialog, message: Spoken, awaits = false): SessionVerdict {
  const { remote, early } = at
  const verdict = step(at, 'receive', message)
  const isNews = at.remote !== remote || (awaits && verdict === 'answer')
  if (at.remote !== undefined && isNews) tellAnswer(state, call, at, at.remote, false)
  if (verdict === 'preview' && at.early !== undefined && at.early !== early) tellAnswer(state, call, at, at.early, true)
  return verdict
}

/** What `says` would find, without a change. */
export function wouldSay(at: CallDialog, { description, ...message }: Spoken): SessionVerdict {
  return exchangeStep(at.session, 'send', { ...message, description: description !== undefined }).verdict
}

function tellAnswer(state: State, call: Call, at: CallDialog, description: string, early: boolean): void {
  tell(state, { kind: 'answer', call: call.id, dialog: at.dialog.remoteTag, answer: bytesOf(description), early })
}

export function tellOffer(state: State, call: Call, at: CallDialog, description: string | undefined): void {
  const offer = description === undefined ? undefined : { offer: bytesOf(description) }
  tell(state, { kind: 'offer', call: call.id, dialog: at.dialog.remoteTag, ...offer })
}

function step(at: CallDialog, way: Way, { description, ...message }: Spoken): SessionVerdict {
  const { exchange, verdict } = exchangeStep(at.session, way, { ...message, description: description !== undefined })
  const isRelied = verdict === 'none' && at.session.previewed === true && exchange.previewed === undefined
  at.session = exchange
  if (verdict === 'offer' && description !== undefined) at.offer = description
  if (verdict === 'preview' && description !== undefined) at.early = description
  if (verdict === 'answer') agree(at, way, description)
  // A 2xx without the answer: what the 1xx showed counts.
  if (isRelied) agree(at, way, at.early)
  if (exchange.by === undefined) delete at.offer
  return verdict
}

function agree(at: CallDialog, way: Way, answer: string | undefined): void {
  const [local, remote] = way === 'send' ? [answer, at.offer] : [at.offer, answer]
  if (local !== undefined) at.local = local
  if (remote !== undefined) at.remote = remote
}
