/** Every verb of NG that this relay knows, one file each. */
import type { NgCommand, NgReply } from '@strowger/media-control'
import { answer } from './answer.ts'
import { deleteSession } from './delete.ts'
import { echo } from './echo.ts'
import { forwarding } from './forwarding.ts'
import { gate } from './gate.ts'
import { list } from './list.ts'
import { offer } from './offer.ts'
import { ping } from './ping.ts'
import { query } from './query.ts'
import { silent } from './silent.ts'
import { statistics } from './statistics.ts'
import type { Switchboard } from './switchboard.ts'

type Verb = NgCommand['command']
type Verbs = { readonly [V in Verb]: (board: Switchboard, command: Extract<NgCommand, { command: V }>) => NgReply }

const VERBS: Verbs = {
  answer,
  delete: deleteSession,
  echo,
  list,
  offer,
  ping,
  query,
  silent,
  statistics,
  'block media': gate,
  'unblock media': gate,
  'block DTMF': gate,
  'unblock DTMF': gate,
  'silence media': gate,
  'unsilence media': gate,
  'start forwarding': forwarding,
  'stop forwarding': forwarding,
}

/** @throws a refusal (`MediaError` `refused`) whose message is the `error-reason`. */
export function handle(board: Switchboard, command: NgCommand): NgReply {
  const verb = VERBS[command.command] as (board: Switchboard, command: NgCommand) => NgReply
  try {
    return verb(board, command)
  } catch (error) {
    board.refused += 1
    throw error
  }
}
