/** Verbs: answer, or refuse, what an `offer` told of. RFC 6337 §2.2, RFC 6141 §3. */
import type { State } from './agent-state.ts'
import { sendAck } from './ask.ts'
import type { Call, CallDialog, HeaderLine } from './call.ts'
import { hangUp } from './hang-up.ts'
import { move } from './move.ts'
import { sendPrack } from './prack.ts'
import { requestOf, respond } from './serve.ts'
import { accept } from './serve-offer.ts'

/** Our answer, or our offer where they asked for one, goes where it is owed. False when nothing is owed any more. */
export function answerOffer(state: State, call: Call, at: CallDialog, description: string): boolean {
  const { owed } = at
  if (owed === undefined) return false
  delete at.owed
  if (owed.in === '2xx') return into2xx(state, call, at, owed.serving, description)
  if (owed.in === 'PRACK') sendPrack(state, call, at, owed, description)
  else if (!move(state, call, 'describe', { said: { status: 200, description } })) acknowledge(state, call, at, owed.cseq, description)
  return true
}

/** Of a re-INVITE without an offer of ours. */
function acknowledge(state: State, call: Call, at: CallDialog, cseq: number, description: string): void {
  const ask = call.asks.find(each => each.method === 'INVITE' && each.cseq === cseq)
  if (ask !== undefined) sendAck(state, call, ask, at, description)
}

function into2xx(state: State, call: Call, at: CallDialog, id: number, description: string): boolean {
  const serving = call.servings.find(each => each.id === id)
  const request = serving && requestOf(state, serving)
  if (serving === undefined || request === undefined) return false
  if (serving.is === 'prack') respond(state, call, serving, { status: 200, description })
  else accept(state, call, at, serving, request, description)
  return true
}

/**
 * Refuses their offer; the session stays as it was. An offer in a 2xx or a reliable 1xx cannot be refused: the call ends.
 * False when nothing is owed.
 */
export function refuseOffer(state: State, call: Call, at: CallDialog, status: number, headers: readonly HeaderLine[] = []): boolean {
  const { owed } = at
  if (owed === undefined) return false
  if (owed.in !== '2xx') return hangUp(state, call, { cause: 'offer not acceptable' })
  delete at.owed
  const serving = call.servings.find(each => each.id === owed.serving)
  if (serving === undefined) return false
  return respond(state, call, serving, { status, headers }) !== undefined
}
