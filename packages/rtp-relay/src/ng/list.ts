/** `list`: the ids of the sessions there are, the oldest first. */
import type { NgList, NgReply } from '@strowger/media-control'
import type { Switchboard } from './switchboard.ts'

export function list(board: Switchboard, command: NgList): NgReply {
  const limit = Math.max(0, command.limit ?? DEFAULT_LIMIT)
  const calls: string[] = []
  for (const id of board.sessions.keys()) {
    if (calls.length >= limit) break
    calls.push(id)
  }
  return { result: 'ok', calls }
}

/** As an rtpengine; more might not fit a datagram. */
const DEFAULT_LIMIT = 32
