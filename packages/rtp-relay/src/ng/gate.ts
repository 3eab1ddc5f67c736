/**
 * `block media`, `silence media`, `block DTMF`, and what undoes them: held back of what one party sends, or of the whole call. It is received,
 * counted and reported all the same, and RTCP passes. RFC 4733, RFC 3551 §4.5.
 */
import type { NgGate, NgReply } from '@strowger/media-control'
import { OPEN, type Sieve } from '../media.ts'
import { silencesIn } from './codecs.ts'
import { refuse } from './refusal.ts'
import { type Gates, type Leg, type Line, lineOf, type Session } from './session.ts'
import type { Switchboard } from './switchboard.ts'

export function gate(board: Switchboard, command: NgGate): NgReply {
  const session = board.find(command['call-id'])
  const [verb, what] = command.command.split(' ') as [string, string]
  const undo = verb.startsWith('un')
  const name: keyof Gates = what === 'DTMF' ? 'events' : verb.endsWith('silence') ? 'silence' : 'media'
  const all = command.flags?.includes('all') === true
  const whom = isNamed(command) ? named(session, command) : [session]
  for (const one of all && undo ? [session, ...session.legs] : whom) one.gates = { ...one.gates, [name]: !undo }
  applyGates(session)
  return { result: 'ok' }
}

/** What was blocked of the call stays so when a party is let through, and the other way round. Called again where m-lines change. */
export function applyGates(session: Session): void {
  if (!session.gates && session.legs.every(({ gates }) => !gates)) return
  for (const leg of session.legs) {
    const own = { ...session.gates, ...only(leg.gates) }
    for (let index = 0; index < leg.party.media.length; index++) leg.party.sift(index, sieveOf(own, lineOf(leg, index)))
  }
}

/** Silence is of sound: another m-line passes. */
function sieveOf({ media, silence, events }: Gates, { kind, speaks }: Line): Sieve {
  if (!media && !silence && !events) return OPEN
  if (media) return { voice: 'block', events: !events }
  return silence && kind === 'audio'
    ? { voice: 'silence', events: !events, silences: silencesIn(speaks) }
    : { voice: 'pass', events: !events }
}

/** Those that are shut. */
function only(gates: Gates | undefined): Gates {
  return Object.fromEntries(Object.entries(gates ?? {}).filter(([, shut]) => shut))
}

function isNamed({ 'from-tag': tag, label, address }: NgGate): boolean {
  return tag !== undefined || label !== undefined || address !== undefined
}

function named(session: Session, { 'from-tag': tag, label, address }: NgGate): readonly Leg[] {
  const legs = session.legs.filter(
    leg =>
      (tag === undefined || leg.tag === tag) &&
      (label === undefined || leg.label === label) &&
      (address === undefined || leg.party.media.some(media => media.remote?.address === address)),
  )
  if (legs.length === 0) throw refuse('No party of that tag, label or address')
  return legs
}
