/** Verb: answers a call, at once or as soon as a PRACK lets us; a call that it replaces ends. RFC 3261 §13.3.1.4, RFC 3262 §3, RFC 3891 §3. */
import { confirm } from '../dialog.ts'
import { mayAnswer } from '../reliable-1xx.ts'
import type { State } from './agent-state.ts'
import { type Call, firstServing, mainDialog, type Said } from './call.ts'
import { hangUp } from './hang-up.ts'
import { move } from './move.ts'

/**
 * False when the call is not waiting for an answer any more. Without a `description` the one said in a 1xx counts.
 * Throws a TypeError when an offer of theirs is left without an answer (RFC 3261 §13.3.1.4).
 */
export function answer(state: State, call: Call, said: Said): boolean {
  const [serving, at] = [firstServing(call), mainDialog(call)]
  if (serving === undefined || at === undefined || !UNANSWERED.has(call.state)) return false
  const description = said.description ?? serving.waiting?.findLast(each => each.description !== undefined)?.description ?? at.early
  if (at.session.by === 'INVITE' && description === undefined)
    throw new TypeError('an INVITE with an offer is answered with a description (RFC 3261 §13.3.1.4)')
  const whole: Said = { ...said, ...(description !== undefined && { description }) }
  if (serving.reliable !== undefined && !mayAnswer(serving.reliable, 200)) {
    serving.waiting = [whole]
    return move(state, call, 'accept later')
  }
  delete serving.waiting
  const done = move(state, call, 'accept', { said: said200(call, whole) })
  if (done) endReplaced(state, call)
  return done
}

/** What goes into the 2xx, a description only where it says something new. Call it once, as the 2xx leaves. */
export function said200(call: Call, { description, headers }: Said): Said {
  const at = mainDialog(call)
  if (at === undefined) return { status: 200 }
  at.dialog = confirm(at.dialog)
  delete at.early
  return { status: 200, ...(headers && { headers }), ...(description !== undefined && { description }) }
}

/** The 2xx is out: the call that this one replaces gets its BYE or CANCEL. RFC 3891 §3. */
export function endReplaced(state: State, call: Call): void {
  const replaced = call.replaces === undefined ? undefined : state.calls.get(call.replaces)
  if (replaced !== undefined) hangUp(state, replaced, { cause: 'replaced' })
}

const UNANSWERED: ReadonlySet<string> = new Set(['incoming', 'ringing'])
