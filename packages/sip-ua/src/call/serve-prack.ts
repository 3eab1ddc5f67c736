/** A PRACK of the far end: it releases what waited, and may bring an answer or a new offer. RFC 3262 §3, §5. */
import { RAck, type SipRequest } from '@strowger/sip-parser'
import { mayAnswer, takePrack } from '../reliable-1xx.ts'
import type { State } from './agent-state.ts'
import { endReplaced, said200 } from './answer.ts'
import { type Call, type CallDialog, firstServing, type Serving } from './call.ts'
import { descriptionIn } from './description.ts'
import { move } from './move.ts'
import { sayProvisional } from './provisional.ts'
import { refuseCrossing, respond } from './serve.ts'
import { hears, tellOffer } from './session.ts'

export function servePrack(state: State, call: Call, at: CallDialog, serving: Serving, request: SipRequest): void {
  const [invite, rack] = [firstServing(call), request.headers.get(RAck)]
  const verdict = invite?.reliable === undefined || rack === undefined ? undefined : takePrack(invite.reliable, rack)
  if (invite === undefined || verdict?.kind !== 'ok') return void respond(state, call, serving, { status: 481 })
  const description = descriptionIn(request)
  const heard = hears(state, call, at, { method: 'PRACK', description })
  // Without the answer it owes it acknowledges nothing: the 1xx goes on being repeated (RFC 3262 §5).
  if (heard === 'no answer') return void respond(state, call, serving, { status: 400 })
  invite.reliable = verdict.machine
  const { [verdict.rseq]: _, ...rest } = invite.unacknowledged ?? {}
  invite.unacknowledged = rest
  if (heard === 'refuse 491' || heard === 'refuse 500') refuseCrossing(state, call, serving, heard === 'refuse 491' ? 491 : 500)
  else settle(state, call, at, serving, heard === 'offer' ? description : undefined)
  release(state, call, invite)
}

/** 200, unless a new offer waits for our answer. */
function settle(state: State, call: Call, at: CallDialog, serving: Serving, offer: string | undefined): void {
  serving.inExchange = true
  if (offer === undefined) return void respond(state, call, serving, { status: 200 })
  at.owed = { in: '2xx', serving: serving.id }
  tellOffer(state, call, at, offer)
}

/** What `ring` or `answer` asked for meanwhile. */
function release(state: State, call: Call, invite: Serving): void {
  const waiting = invite.waiting ?? []
  delete invite.waiting
  for (const said of waiting) {
    if (said.status < 200) sayProvisional(state, call, invite, said)
    else if (invite.reliable !== undefined && !mayAnswer(invite.reliable, 200)) invite.waiting = [said]
    else if (move(state, call, 'PRACK', { said: said200(call, said) })) endReplaced(state, call)
  }
}
