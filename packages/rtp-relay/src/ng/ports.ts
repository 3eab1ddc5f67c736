/** Which ports a side is told: others when its peer has moved or its interface has changed, the same when all is as before. RFC 3264 §8.3.1. */
import { isUnspecified } from '@strowger/sdp'
import type { Media } from '../media.ts'
import { type Leg, lineOf, type Session, type TellPorts } from './session.ts'

/** Where the other side listens, by its SDP. */
export interface Peer {
  readonly address: string
  readonly port: number
}

/** The media that `leg` is told for an m-line. With `latch` a peer that moved changes nothing. @throws {RelayError} `ports-exhausted`. */
export function portsFor(session: Session, leg: Leg, index: number, peer: Peer, latch: boolean): Media {
  const { told } = lineOf(leg, index)
  const now = leg.party.media[index]!
  if (told.length === 0) told.push({ peer: undefined, interface: leg.opened, media: now })
  const known = told.findLast(one => one.interface === leg.interface && (latch || fits(one, peer)))
  if (known) {
    if (known.peer === undefined || isUnspecified(known.peer.address)) known.peer = peer
    leg.party.use(index, known.media)
    return known.media
  }
  const media = session.call.reopen(leg.party, index, leg.interface)
  told.push({ peer, interface: leg.interface, media })
  // The party has closed what it no longer keeps.
  told.splice(0, told.length, ...told.filter(one => !one.media.closed))
  return media
}

/** An address of nobody is a hold: the port alone says whose it is. */
function fits({ peer: known }: TellPorts, peer: Peer): boolean {
  if (known === undefined) return true
  if (known.port !== peer.port) return false
  return known.address === peer.address || isUnspecified(known.address) || isUnspecified(peer.address)
}
