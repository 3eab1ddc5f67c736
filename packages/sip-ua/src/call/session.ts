/** Offers and answers of one dialog: what is agreed, what is on the table. RFC 3264 §4, RFC 6337 §2, RFC 6141 §3. */
import { type OfferAnswerVerdict, offerAnswerStep } from '../offer-answer.ts'
import type { State } from './agent-state.ts'
import { tell } from './agent-state.ts'
import { bytesOf } from './bytes.ts'
import type { Call, CallDialog } from './call.ts'

/** Our offer leaves. False when it may not. */
export function offered(at: CallDialog, description: string): boolean {
  return step(at, 'send offer', () => {
    at.offer = description
  })
}

/** Their offer came. */
export function takeOffer(at: CallDialog, description: string): OfferAnswerVerdict {
  const { machine, verdict } = offerAnswerStep(at.session, 'receive offer')
  at.session = machine
  if (verdict === 'take') at.offer = description
  return verdict
}

/** Our answer leaves. */
export function answeredWith(at: CallDialog, description: string): boolean {
  return step(at, 'send answer', () => agree(at, description, at.offer))
}

/** Their answer came; the user hears of it unless it only says again what is agreed. */
export function takeAnswer(state: State, call: Call, at: CallDialog, description: string): void {
  const { remote } = at
  const taken = step(at, 'receive answer', () => agree(at, at.offer, description))
  if (taken && remote !== description) tellAnswer(state, call, at, description, false)
}

export function tellAnswer(state: State, call: Call, at: CallDialog, description: string, early: boolean): void {
  tell(state, { kind: 'answer', call: call.id, dialog: at.dialog.remoteTag, answer: bytesOf(description), early })
}

export function tellOffer(state: State, call: Call, at: CallDialog, description: string | undefined): void {
  const offer = description === undefined ? undefined : { offer: bytesOf(description) }
  tell(state, { kind: 'offer', call: call.id, dialog: at.dialog.remoteTag, ...offer })
}

/** The offer on the table came to nothing: what was agreed before counts. RFC 6141 §3. */
export function rolledBack(at: CallDialog): void {
  at.session = offerAnswerStep(at.session, 'refused').machine
  delete at.offer
}

function agree(at: CallDialog, local: string | undefined, remote: string | undefined): void {
  if (local !== undefined) at.local = local
  if (remote !== undefined) at.remote = remote
  delete at.offer
}

function step(at: CallDialog, event: 'send offer' | 'send answer' | 'receive answer', act: () => void): boolean {
  const { machine, verdict } = offerAnswerStep(at.session, event)
  at.session = machine
  if (verdict === 'take') act()
  return verdict === 'take'
}
