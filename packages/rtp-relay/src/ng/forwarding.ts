/** `start forwarding`: a copy of the media goes elsewhere. Not there yet; to stop what never began is no error. */
import type { NgForwarding, NgReply } from '@strowger/media-control'
import { refuse } from './refusal.ts'
import type { Switchboard } from './switchboard.ts'

export function forwarding(board: Switchboard, command: NgForwarding): NgReply {
  board.find(command['call-id'])
  if (command.command === 'stop forwarding') return { result: 'ok' }
  throw refuse('start forwarding is not there yet: there is nowhere to forward to')
}
