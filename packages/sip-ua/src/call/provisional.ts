/** Our 1xx: reliable where that was agreed, said again by the minute, one at a time until the first PRACK. RFC 3262 §3, RFC 3261 §13.3.1.1. */
import { type MessageEdit, Require, RSeq } from '@strowger/sip-parser'
import { sendReliable } from '../reliable-1xx.ts'
import type { State } from './agent-state.ts'
import { textOf } from './bytes.ts'
import { type Call, mainDialog, type Said, type Serving } from './call.ts'
import { respond } from './serve.ts'
import { wouldSay } from './session.ts'

/** Between the reminders of RFC 3261 §13.3.1.1. */
const REMIND_MS = 60_000

/** Sends a 1xx, or keeps it until the PRACK that it has to wait for. */
export function sayProvisional(state: State, call: Call, serving: Serving, said: Said): void {
  serving.last1xx = said.status
  call.remindAt = state.now + REMIND_MS
  if (serving.reliable === undefined) {
    const at = mainDialog(call)
    if (at !== undefined && said.description !== undefined) at.early = said.description
    respond(state, call, serving, said)
    return
  }
  const sent = sendReliable(serving.reliable, state.now, { status: said.status, description: isNews(call, said) })
  if (sent.kind === 'wait') serving.waiting = [...(serving.waiting ?? []), said]
  if (sent.kind !== 'send') return
  serving.reliable = sent.machine
  const edit = respond(state, call, serving, said, each => putReliable(each, sent.rseq))
  if (edit !== undefined) serving.unacknowledged = { ...serving.unacknowledged, [sent.rseq]: textOf(edit.toBytes()) }
}

/** The last 1xx once more, without what it described: reliably again where 1xx are. */
export function remind(state: State, call: Call, serving: Serving): void {
  sayProvisional(state, call, serving, { status: serving.last1xx ?? 180 })
}

/** A description in a reliable 1xx counts: it answers their offer, or offers; any other is left out. RFC 3262 §5, RFC 6337 §2.2. */
function isNews(call: Call, { status, description }: Said): boolean {
  const at = mainDialog(call)
  if (at === undefined || description === undefined) return false
  const verdict = wouldSay(at, { method: 'INVITE', status, reliable: true, description })
  return verdict === 'offer' || verdict === 'answer'
}

function putReliable(edit: MessageEdit, rseq: number): void {
  edit.append(Require, '100rel').append(RSeq, rseq)
}
