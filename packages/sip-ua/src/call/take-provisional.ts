/** A 1xx that makes or continues a dialog: PRACK, early answers and offers. RFC 3262 §4, §5, RFC 3261 §13.2.1. */
import { Allow, RAck, RSeq, type SipResponse } from '@strowger/sip-parser'
import { takeReliable } from '../reliable-1xx-receive.ts'
import type { State } from './agent-state.ts'
import { askInDialog } from './ask.ts'
import type { Ask, Call, CallDialog } from './call.ts'
import { descriptionIn } from './description.ts'
import { tagsIn } from './extension-headers.ts'
import { hears, type Spoken, says, tellOffer } from './session.ts'

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
  if (hears(state, call, at, { ...spoken, reliable: true }) === 'offer') {
    at.owed = { in: 'PRACK', rseq, cseq: ask.cseq }
    tellOffer(state, call, at, spoken.description)
  } else sendPrack(state, call, at, rseq, ask.cseq)
  return true
}

/** `description`: our answer to an offer in the 1xx. RFC 3262 §5. */
export function sendPrack(state: State, call: Call, at: CallDialog, rseq: number, cseq: number, description?: string): void {
  const offer = description === undefined ? {} : { offer: description }
  says(at, { method: 'PRACK', description })
  askInDialog(state, call, at, { is: 'prack', method: 'PRACK', headers: [], ...offer }, edit =>
    edit.append(RAck, { rseq, sequence: cseq, method: 'INVITE' }),
  )
}
