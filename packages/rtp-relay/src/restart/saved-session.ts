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
  readonly peer?: number | undefined
  readonly speaksTo?: number | 'itself' | undefined
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

/** A copy of all fields, of which some are replaced: this is done for every call, and leaving fields out of a copy, or spreading what may be missing, takes ten times as long. */
export function saveSession({ call: _, legs, ...rest }: Session): SavedSession {
  const saved: SavedLeg[] = []
  for (const leg of legs) saved.push(saveLeg(leg, legs))
  return { ...rest, legs: saved }
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

function saveLeg(leg: Leg, legs: readonly Leg[]): SavedLeg {
  const { party, peer, lines, opened } = leg
  const { speaksTo } = party
  const { version, ...origin } = leg.told
  // JSON leaves out what is undefined.
  const saved = {
    ...leg,
    party: undefined,
    name: party.tag,
    settings: party.settings,
    told: version === undefined ? origin : { ...origin, version: String(version) },
    lines: Array.from(lines, (line, at) => line && saveLine(line, party.media[at])),
    media: party.media.map((media, at) => saveMedia(media, lines[at], opened)),
    peer: peer && legs.indexOf(peer),
    speaksTo: speaksTo === 'itself' ? speaksTo : speaksTo && legs.findIndex(one => one.party === speaksTo),
  }
  return saved
}

function saveMedia(media: Media, line: Line | undefined, opened: string): SavedMedia {
  const { remote, learned, pairs, held } = media
  const saved: Writable<SavedMedia> = {
    port: media.local.port,
    interface: line?.told.find(one => one.media === media)?.interface ?? opened,
    held,
  }
  if (pairs > 1) saved.pairs = pairs
  if (remote) saved.remote = remote
  if (learned) saved.learned = learned
  if (!media.untouched) saved.counted = media.received
  return saved
}

function saveLine(line: Line, now: Media | undefined): SavedLine {
  const current = line.told.find(one => one.media === now)
  return { ...line, told: current ? { peer: current.peer, interface: current.interface, tag: current.tag } : null }
}
