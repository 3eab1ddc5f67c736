/** `silent`: which sessions ended because nobody sent anything, for who controls them. Ours; NG has no message from the relay. */
import type { NgReply, NgSilent } from '@strowger/media-control'
import type { Switchboard } from './switchboard.ts'

export function silent(board: Switchboard, command: NgSilent): NgReply {
  const { started: epoch, departed } = board
  const after = command.epoch === epoch ? (command.after ?? 0) : 0
  const told = departed.after(after, MOST)
  return { result: 'ok', epoch, last: told.at(-1)?.number ?? after, calls: told.map(({ id }) => id) }
}

/** More might not fit a datagram. */
const MOST = 200
