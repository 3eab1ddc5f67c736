/** Finds the dialog that a command speaks of by its tags and Via branch, or makes it. RFC 3261 §12, §13.2.2.4, RFC 3264 §8. */
import { answersAs } from './ports.ts'
import type { Leg, Session } from './session.ts'
import type { Switchboard } from './switchboard.ts'

/** As a command has them: of who speaks, of who is spoken to, and which branch of a forked request it is. */
export interface Tags {
  readonly from: string
  readonly to: string | undefined
  readonly viaBranch: string | undefined
}

/** Names of the interfaces that face the two sides; of a dialog that is there, or of a new one. */
export type Facing = (legs: readonly [Leg, Leg] | undefined) => readonly [near: string, far: string]

/** The offerer's leg; its `peer` is the other. A re-offer may come from either side: its tags say which. */
export function dialogOfOffer(board: Switchboard, session: Session, tags: Tags, facing: Facing): Leg {
  const { from, to, viaBranch } = tags
  const own = legsOf(session, from)
  const known = dialogBetween(own, to) ?? unanswered(own, viaBranch, to !== undefined) ?? repeated(own, tags)
  if (!known?.peer) return openDialog(board, session, tags, facing(undefined))
  const [near, far] = facing([known, known.peer])
  known.interface = near
  known.peer.interface = far
  if (known.tag !== from) answersAs(known, from)
  if (to !== undefined) answersAs(known.peer, to)
  return known
}

/**
 * The offerer's leg of the dialog that `to` answers. Several phones may answer one offer, each with a tag of its own (RFC 3261
 * §13.2.2.4): they were told the same ports, so the one that answered last has them.
 */
export function dialogOfAnswer(session: Session, { from, to, viaBranch }: Tags): Leg | undefined {
  const own = legsOf(session, from)
  const known = dialogBetween(own, to) ?? unanswered(own, viaBranch, true) ?? ofBranch(own, viaBranch) ?? own.at(-1)
  if (known?.peer && to !== undefined) answersAs(known.peer, to)
  return known
}

/** Of that tag now, or of one that answered before another did. */
function legsOf({ legs }: Session, tag: string): Leg[] {
  return legs.filter(leg => leg.tag === tag || leg.others?.includes(tag))
}

function dialogBetween(own: readonly Leg[], to: string | undefined): Leg | undefined {
  if (to === undefined) return undefined
  return own.find(({ peer }) => peer?.tag === to) ?? own.find(({ peer }) => peer?.others?.includes(to))
}

/** Of that branch; where `any`, and no branch is named, the newest. */
function unanswered(own: readonly Leg[], viaBranch: string | undefined, any: boolean): Leg | undefined {
  const open = own.filter(({ peer }) => peer && peer.tag === undefined)
  return open.find(({ peer }) => peer?.viaBranch === viaBranch) ?? (viaBranch === undefined && any ? open.at(-1) : undefined)
}

function ofBranch(own: readonly Leg[], viaBranch: string | undefined): Leg | undefined {
  return viaBranch === undefined ? undefined : own.find(({ peer }) => peer?.viaBranch === viaBranch)
}

/** An offer again, without the tag of who has answered meanwhile: a retransmission, or the first offer of a restarted proxy. */
function repeated(own: readonly Leg[], { to, viaBranch }: Tags): Leg | undefined {
  if (to !== undefined) return undefined
  return viaBranch === undefined ? own.at(-1) : ofBranch(own, viaBranch)
}

function openDialog(board: Switchboard, session: Session, { from, to, viaBranch }: Tags, [near, far]: readonly [string, string]): Leg {
  const leg = board.addLeg(session, { tag: from, interface: near })
  try {
    const peer = board.addLeg(session, { tag: to, viaBranch, interface: far })
    leg.peer = peer
    peer.peer = leg
    session.call.joinTo(leg.party, peer.party)
    session.call.joinTo(peer.party, leg.party)
    return leg
  } catch (error) {
    board.dropLeg(session, leg)
    throw error
  }
}
