/** PRACKs of ours: at once, with an answer that was owed, or by the user's verb with a new offer. RFC 3262 §4, §5. */
import { RAck } from '@strowger/sip-parser'
import type { State } from './agent-state.ts'
import { askInDialog } from './ask.ts'
import type { Call, CallDialog, HeaderLine, Said } from './call.ts'
import { says, wouldSay } from './session.ts'

/** Which response it acknowledges: its RSeq, and the CSeq number of its INVITE. RFC 3262 §7.2. */
export interface Pracked {
  readonly rseq: number
  readonly cseq: number
}

/** `description`: our answer to an offer in the 1xx, or a new offer after an answer in it. */
export function sendPrack(
  state: State,
  call: Call,
  at: CallDialog,
  { rseq, cseq }: Pracked,
  description?: string,
  headers: readonly HeaderLine[] = [],
): void {
  says(at, { method: 'PRACK', description })
  askInDialog(state, call, at, { is: 'prack', method: 'PRACK', headers, ...(description !== undefined && { offer: description }) }, edit =>
    edit.append(RAck, { rseq, sequence: cseq, method: 'INVITE' }),
  )
}

/** Verb: the PRACK that waits. False when none does, or the offer is against the rules. */
export function prack(state: State, call: Call, at: CallDialog, { description, headers }: Omit<Said, 'status'>): boolean {
  const { held } = at
  if (held === undefined || wouldSay(at, { method: 'PRACK', description }) === 'not allowed') return false
  delete at.held
  sendPrack(state, call, at, held, description, headers)
  return true
}
