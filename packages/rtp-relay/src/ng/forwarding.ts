/** `start forwarding`: PCM for a recording daemon, which is not there yet; an rtpengine without one says ok and forwards nothing. To stop what never began is no error. */
import type { NgForwarding, NgReply } from '@strowger/media-control'
import { refuse } from './refusal.ts'
import { legsOfTag } from './session.ts'
import type { Switchboard } from './switchboard.ts'

export function forwarding(board: Switchboard, command: NgForwarding): NgReply {
  const session = board.find(command['call-id'])
  const { 'from-tag': tag } = command
  if (tag !== undefined && legsOfTag(session, tag).length === 0) throw refuse('No party of that tag')
  if (command.command === 'stop forwarding') return { result: 'ok' }
  throw refuse('start forwarding is not there yet: it sends sound to a recorder, and nothing is recorded here')
}
