/** `query`: the statistics of a session that goes on. */
import type { NgQuery, NgReply } from '@strowger/media-control'
import { sessionStats } from './session-stats.ts'
import type { Switchboard } from './switchboard.ts'

export function query(board: Switchboard, command: NgQuery): NgReply {
  return sessionStats(board.find(command['call-id']))
}
