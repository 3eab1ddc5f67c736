/** `block media` and its like: what a party sends is heard by nobody, until `unblock media`; it is received and counted all the same. */
import type { NgGate, NgReply } from '@strowger/media-control'
import { refuse } from './refusal.ts'
import type { Leg, Session } from './session.ts'
import type { Switchboard } from './switchboard.ts'

export function gate(board: Switchboard, command: NgGate): NgReply {
  const session = board.find(command['call-id'])
  const { command: verb } = command
  if (verb === 'silence media' || verb === 'block DTMF') throw refuse(`${verb} is not there yet: what passes is not looked into`)
  // What was never done is undone already.
  if (verb === 'unsilence media' || verb === 'unblock DTMF') return { result: 'ok' }
  for (const { party } of named(session, command)) party.blocked = verb === 'block media'
  return { result: 'ok' }
}

function named(session: Session, { 'from-tag': tag, label, address, flags }: NgGate): readonly Leg[] {
  if (flags?.includes('all') || (tag === undefined && label === undefined && address === undefined)) return session.legs
  const legs = session.legs.filter(
    leg =>
      (tag === undefined || leg.tag === tag) &&
      (label === undefined || leg.label === label) &&
      (address === undefined || leg.party.media.some(media => media.remote?.address === address)),
  )
  if (legs.length === 0) throw refuse('No party of that tag, label or address')
  return legs
}
