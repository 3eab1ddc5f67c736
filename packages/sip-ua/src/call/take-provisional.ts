/** A 1xx that makes or continues a dialog: PRACK, early answers and offers. RFC 3262 §4, §5, RFC 3261 §13.2.1. */
import { Allow, RAck, RSeq, type SipResponse } from '@strowger/sip-parser'
import { takeReliable } from '../reliable-1xx-receive.ts'
import type { State } from './agent-state.ts'
import { askInDialog } from './ask.ts'
import type { Ask, Call, CallDialog } from './call.ts'
import { descriptionIn } from './description.ts'
import { tagsIn } from './extension-headers.ts'
import { takeAnswer, takeOffer, tellAnswer, tellOffer } from './session.ts'

/** False when the response is a repetition, or came out of order, and says nothing. */
export function takeProvisional(state: State, call: Call, ask: Ask, at: CallDialog, response: SipResponse): boolean {
  const rseq = response.headers.get(RSeq)
  const verdict = takeReliable(at.rseq, { status: response.status, require: tagsIn(response).require, rseq })
  const description = descriptionIn(response)
  at.update = response.headers.all(Allow).includes('UPDATE') || at.update
  if (verdict === 'plain') {
    if (description !== undefined) preview(state, call, at, description)
    return true
  }
  if (verdict !== 'prack' || rseq === undefined) return false
  at.rseq = rseq
  if (describe(state, call, at, description)) at.owed = { in: 'PRACK', rseq, cseq: ask.cseq }
  else sendPrack(state, call, at, rseq, ask.cseq)
  return true
}

/** `description`: our answer to an offer in the 1xx. RFC 3262 §5. */
export function sendPrack(state: State, call: Call, at: CallDialog, rseq: number, cseq: number, description?: string): void {
  const offer = description === undefined ? {} : { offer: description }
  askInDialog(state, call, at, { is: 'prack', method: 'PRACK', headers: [], ...offer }, edit =>
    edit.append(RAck, { rseq, sequence: cseq, method: 'INVITE' }),
  )
}

/** What may be lost is only a preview: the 2xx says it again. One that is no answer to an offer of ours is dropped. */
function preview(state: State, call: Call, at: CallDialog, description: string): void {
  if (at.session.state !== 'offered' || at.early === description) return
  at.early = description
  tellAnswer(state, call, at, description, true)
}

/** Whether we owe an answer now. */
function describe(state: State, call: Call, at: CallDialog, description: string | undefined): boolean {
  if (description === undefined) return false
  if (at.session.state !== 'idle') {
    takeAnswer(state, call, at, description)
    return false
  }
  takeOffer(at, description)
  tellOffer(state, call, at, description)
  return true
}
