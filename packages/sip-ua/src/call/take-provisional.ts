/** A 1xx that makes or continues a dialog: PRACK, early answers and offers. RFC 3262 §4, §5, RFC 3261 §13.2.1. */
import { Allow, RSeq, type SipResponse } from '@strowger/sip-parser'
import { takeReliable } from '../reliable-1xx-receive.ts'
import type { State } from './agent-state.ts'
import type { Ask, Call, CallDialog } from './call.ts'
import { descriptionIn } from './description.ts'
import { tagsIn } from './extension-headers.ts'
import { sendPrack } from './prack.ts'
import { hears, type Spoken, tellOffer } from './session.ts'

/** False when the response is a repetition, or came out of order, and says nothing. */
export function takeProvisional(state: State, call: Call, ask: Ask, at: CallDialog, response: SipResponse): boolean {
  const rseq = response.headers.get(RSeq)
  const verdict = takeReliable(at.rseq, { status: response.status, require: tagsIn(response).require, rseq })
  const spoken: Spoken = { method: 'INVITE', status: response.status, description: descriptionIn(response) }
  at.update = response.headers.all(Allow).includes('UPDATE') || at.update
  if (verdict === 'plain') {
    hears(state, call, at, spoken)
    return true
  }
  if (verdict !== 'prack' || rseq === undefined) return false
  at.rseq = rseq
  acknowledge(state, call, ask, at, rseq, spoken)
  return true
}

/** The PRACK goes out at once, unless the user has something to put into it. */
function acknowledge(state: State, call: Call, ask: Ask, at: CallDialog, rseq: number, spoken: Spoken): void {
  const pracked = { rseq, cseq: ask.cseq }
  const verdict = hears(state, call, at, { ...spoken, reliable: true })
  if (verdict === 'offer') {
    at.owed = { in: 'PRACK', ...pracked }
    tellOffer(state, call, at, spoken.description)
  } else if (verdict === 'answer' && ask.is === 'invite' && state.options.pracks === 'by verb' && at.held === undefined) at.held = pracked
  else sendPrack(state, call, at, pracked)
}
