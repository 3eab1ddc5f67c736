/** Which ports a side is told: others when its peer has moved or its interface has changed, the same when all is as before. RFC 3264 §8.3.1. */
import { isUnspecified } from '@strowger/sdp'
import type { Media } from '../media.ts'
import { ownText } from './own-text.ts'
import { type Leg, lineOf, type Session, type TellPorts } from './session.ts'

/** Where the other side listens, by its SDP. */
export interface Peer {
  readonly address: string
  readonly port: number
}

/** What the m-line asks for. */
export interface Wanted {
  /** A peer that moved changes nothing. */
  readonly latch: boolean
  /** Pairs of ports (RFC 8866 §5.14). */
  readonly pairs: number
}

/** The media that `leg` is told for an m-line. @throws {RelayError} `ports-exhausted`. */
export function portsFor(session: Session, leg: Leg, index: number, { address, port }: Peer, { latch, pairs }: Wanted): Media {
  const peer = { address, port }
  const { told } = lineOf(leg, index)
  const now = leg.party.media[index]!
  if (told.length === 0) told.push({ peer: undefined, interface: leg.opened, media: now })
  const known = told.findLast(
    one => one.interface === leg.interface && isOf(one, leg) && one.media.pairs === pairs && (latch || fits(one, peer)),
  )
  if (known) {
    if (known.peer === undefined || isUnspecified(known.peer.address)) known.peer = peer
    leg.party.use(index, known.media)
    return known.media
  }
  const media = session.call.reopen(leg.party, index, leg.interface, pairs)
  told.push({ peer, interface: leg.interface, tag: leg.tag, media })
  // The party has closed what it no longer keeps.
  told.splice(0, told.length, ...told.filter(one => !one.media.closed))
  return media
}

/** Somebody answers what `leg` was told: he who does so first has those ports, the next is told others by the next offer. */
export function answersAs(leg: Leg, told: string): void {
  const tag = ownText(told)
  for (const line of leg.lines) for (const one of line?.told ?? []) one.tag ??= tag
  if (leg.tag !== undefined && leg.tag !== tag) leg.others = [...(leg.others ?? []).filter(one => one !== tag), leg.tag].slice(-MOST_OTHERS)
  leg.tag = tag
}

function isOf({ tag }: TellPorts, leg: Leg): boolean {
  return tag === undefined || leg.tag === undefined || tag === leg.tag
}

/** An address of nobody is a hold: the port alone says whose it is. */
function fits({ peer: known }: TellPorts, peer: Peer): boolean {
  if (known === undefined) return true
  if (known.port !== peer.port) return false
  return known.address === peer.address || isUnspecified(known.address) || isUnspecified(peer.address)
}

/** A fork rings more phones than that, but they do not all answer. */
const MOST_OTHERS = 8
