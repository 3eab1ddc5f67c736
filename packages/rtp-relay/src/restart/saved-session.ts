/** A session as it is written down: who was where, who heard whom, and what was counted so far. */
import type { StreamStats } from '../counters.ts'
import type { Media, MediaAddress, RemoteMedia } from '../media.ts'
import type { Leg, Line, Session, TellPorts, Told } from '../ng/session.ts'
import type { PartySettings } from '../party.ts'

export interface SavedSession extends Omit<Session, 'call' | 'legs'> {
  readonly legs: readonly SavedLeg[]
}

interface SavedLeg extends Omit<Leg, 'party' | 'peer' | 'lines' | 'told'> {
  /** The party's own name at the relay. */
  readonly name: string
  readonly settings: PartySettings
  /** Places in `legs`. */
  readonly peer?: number
  readonly speaksTo?: number | 'itself'
  readonly lines: readonly (SavedLine | null)[]
  readonly media: readonly SavedMedia[]
  readonly told: Omit<Told, 'version'> & { readonly version?: string }
}

/** Of the ports that a line was told in turn, those that are in use. */
interface SavedLine extends Omit<Line, 'told'> {
  readonly told: Pick<TellPorts, 'peer' | 'interface' | 'tag'> | null
}

interface SavedMedia {
  readonly port: number
  /** Name of its interface. */
  readonly interface: string
  /** Default 1. */
  readonly pairs?: number
  readonly remote?: RemoteMedia
  readonly learned?: MediaAddress
  readonly held: boolean
  /** Nothing when it is not there. */
  readonly counted?: StreamStats
}

export function saveSession({ call, legs, ...rest }: Session): SavedSession {
  return { ...rest, legs: legs.map(leg => saveLeg(leg, legs)) }
}

function saveLeg({ party, peer, lines, told, ...leg }: Leg, legs: readonly Leg[]): SavedLeg {
  const { speaksTo, settings } = party
  const { version, ...origin } = told
  return {
    ...leg,
    name: party.tag,
    settings,
    told: version === undefined ? origin : { ...origin, version: String(version) },
    lines: Array.from(lines, (line, at) => line && saveLine(line, party.media[at])),
    media: party.media.map((media, at) => ({
      port: media.local.port,
      interface: lines[at]?.told.find(one => one.media === media)?.interface ?? leg.opened,
      ...(media.pairs > 1 ? { pairs: media.pairs } : {}),
      ...(media.remote ? { remote: media.remote } : {}),
      ...(media.learned ? { learned: media.learned } : {}),
      held: media.held,
      ...(media.untouched ? {} : { counted: media.received }),
    })),
    ...(peer ? { peer: legs.indexOf(peer) } : {}),
    ...(speaksTo ? { speaksTo: speaksTo === 'itself' ? speaksTo : legs.findIndex(one => one.party === speaksTo) } : {}),
  }
}

function saveLine({ told, ...line }: Line, now: Media | undefined): SavedLine {
  const current = told.find(one => one.media === now)
  return { ...line, told: current ? { peer: current.peer, interface: current.interface, tag: current.tag } : null }
}
