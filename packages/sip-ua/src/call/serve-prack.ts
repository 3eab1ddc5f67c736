/** A PRACK of the far end: it releases what waited, and may bring an answer or a new offer. RFC 3262 §3, §5. */
import { RAck, type SipRequest } from '@strowger/sip-parser'
import { mayAnswer, takePrack } from '../reliable-1xx.ts'
import type { State } from './agent-state.ts'
import { said200, settle } from './answer.ts'
import { type Call, type CallDialog, firstServing, type Serving } from './call.ts'
import { descriptionIn } from './description.ts'
import { move } from './move.ts'
import { sayProvisional } from './provisional.ts'
import { respond } from './serve.ts'
import { takeAnswer, takeOffer, tellOffer } from './session.ts'

export function servePrack(state: State, call: Call, at: CallDialog, serving: Serving, request: SipRequest): void {
  const [invite, rack] = [firstServing(call), request.headers.get(RAck)]
  const verdict = invite?.reliable === undefined || rack === undefined ? undefined : takePrack(invite.reliable, rack)
  if (invite === undefined || verdict?.kind !== 'ok') return void respond(state, call, serving, { status: 481 })
  invite.reliable = verdict.machine
  const { [verdict.rseq]: _, ...rest } = invite.unacknowledged ?? {}
  invite.unacknowledged = rest
  describe(state, call, at, serving, request)
  release(state, call, invite)
}

/** 200, unless a new offer waits for our answer. */
function describe(state: State, call: Call, at: CallDialog, serving: Serving, request: SipRequest): void {
  const description = descriptionIn(request)
  if (description !== undefined && at.session.state === 'offered') takeAnswer(state, call, at, description)
  else if (description !== undefined) {
    const verdict = takeOffer(at, description)
    if (verdict !== 'take') return void respond(state, call, serving, { status: verdict === 'refuse 491' ? 491 : 500 })
    at.owed = { in: '2xx', serving: serving.id }
    return tellOffer(state, call, at, description)
  }
  respond(state, call, serving, { status: 200 })
}

/** What `ring` or `answer` asked for meanwhile. */
function release(state: State, call: Call, invite: Serving): void {
  const waiting = invite.waiting ?? []
  delete invite.waiting
  for (const said of waiting) {
    if (said.status < 200) sayProvisional(state, call, invite, said)
    else if (invite.reliable !== undefined && !mayAnswer(invite.reliable, 200)) invite.waiting = [said]
    else if (move(state, call, 'PRACK', { said: said200(call, said) })) settle(state, call)
  }
}
