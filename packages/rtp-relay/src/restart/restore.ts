/** Brings back the sessions that a relay had when it was killed, each on the ports that its parties know. */
import { applyGates } from '../ng/gate.ts'
import type { Leg, Session } from '../ng/session.ts'
import type { Switchboard } from '../ng/switchboard.ts'
import type { SavedSession } from './saved-session.ts'

export interface Restored {
  readonly sessions: number
  /** Whose ports or interfaces are not there any more, with why. */
  readonly lost: readonly { readonly id: string; readonly reason: string }[]
}

/** All ports first: parties may be ports of the relay too, in sessions that are written down later. */
export function restoreSessions(board: Switchboard, texts: readonly string[]): Restored {
  const lost: { id: string; reason: string }[] = []
  const opened: { readonly saved: SavedSession; readonly session: Session }[] = []
  for (const text of texts) {
    let id = ''
    try {
      const saved = JSON.parse(text) as SavedSession
      id = saved.id
      opened.push({ saved, session: openAgain(board, saved) })
    } catch (error) {
      lost.push({ id, reason: (error as Error).message })
    }
  }
  for (const { saved, session } of opened) goOn(saved, session)
  // Last: who hears whom may span sessions.
  for (const { session } of opened) {
    for (const { party } of session.legs) for (const media of party.media) media.takeOver()
  }
  return { sessions: opened.length, lost }
}

function openAgain(board: Switchboard, { legs, ...rest }: SavedSession): Session {
  const session: Session = { ...rest, call: board.openCall(rest.id), legs: [] }
  try {
    for (const saved of legs) session.legs.push(openLeg(session, saved))
  } catch (error) {
    session.call.close()
    throw error
  }
  board.adopt(session)
  return session
}

function openLeg({ call }: Session, saved: SavedSession['legs'][number]): Leg {
  const { name, settings, media, peer, speaksTo, lines, told, ...leg } = saved
  const party = call.party(name, { ...settings, media: 0 })
  for (const { port, interface: own, pairs = 1, counted } of media) {
    const again = call.openAgain(party, port, own, pairs)
    if (counted) again.countFrom(counted)
  }
  const { version, ...origin } = told
  const known: Leg = {
    ...leg,
    // JSON leaves out what is undefined.
    tag: leg.tag,
    viaBranch: leg.viaBranch,
    label: leg.label,
    party,
    peer: undefined,
    lines: [],
    told: version === undefined ? origin : { ...origin, version: BigInt(version) },
  }
  for (const [at, line] of lines.entries()) {
    if (line) known.lines[at] = { ...line, told: line.told ? [{ ...line.told, media: party.media[at]! }] : [] }
  }
  return known
}

function goOn(saved: SavedSession, session: Session): void {
  const { call, legs } = session
  applyGates(session)
  for (const [at, { peer, speaksTo }] of saved.legs.entries()) {
    const leg = legs[at]!
    leg.peer = peer === undefined ? undefined : legs[peer]
    if (speaksTo === 'itself') leg.party.echo()
    else if (speaksTo !== undefined && legs[speaksTo]) call.joinTo(leg.party, legs[speaksTo].party)
  }
  for (const [at, { media }] of saved.legs.entries()) {
    for (const [line, { remote, learned, held }] of media.entries()) {
      const own = legs[at]!.party.media[line]!
      own.hold(held)
      if (remote) own.connect(remote, learned)
    }
  }
}
