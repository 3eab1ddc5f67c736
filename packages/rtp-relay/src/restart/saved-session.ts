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

/**
 * Names every field, so that the compiler finds one that is forgotten; what is undefined JSON leaves out. This is done for every call, and an object
 * that is copied and changed, or put together of what is there, takes twice to ten times as long as one whose fields stand in its literal.
 */
type Whole<T> = { readonly [Key in keyof T]-?: T[Key] | undefined }

/** What `JSON.stringify` makes a {@link SavedSession} of. */
export function saveSession(session: Session): Whole<Omit<SavedSession, 'legs'>> & { readonly legs: readonly object[] } {
  const { id, created, signalled, answered, metadata, gates, holds, legs } = session
  const saved: object[] = []
  for (const leg of legs) saved.push(saveLeg(leg, legs))
  return { id, created, signalled, answered, metadata, gates, holds, legs: saved }
}

function saveLeg(leg: Leg, legs: readonly Leg[]): Whole<Omit<SavedLeg, 'lines' | 'media' | 'told'>> {
  const { tag, viaBranch, others, interface: own, opened, label, gates, party, peer, lines } = leg
  const { speaksTo, settings } = party
  const { username, sessionId, sessionName, version, body } = leg.told
  const told: Whole<SavedLeg['told']> = {
    username,
    sessionId,
    sessionName,
    version: version === undefined ? version : String(version),
    body,
  }
  const [savedLines, media]: [(object | null)[], object[]] = [[], []]
  for (let at = 0; at < lines.length; at++) savedLines.push(lines[at] ? saveLine(lines[at]!, party.media[at]) : null)
  for (let at = 0; at < party.media.length; at++) media.push(saveMedia(party.media[at]!, lines[at], opened))
  const saved = {
    tag,
    viaBranch,
    others,
    interface: own,
    opened,
    label,
    gates,
    name: party.tag,
    settings,
    told,
    lines: savedLines,
    media,
    peer: peer && legs.indexOf(peer),
    speaksTo: speaksTo === 'itself' ? speaksTo : speaksTo && legs.findIndex(one => one.party === speaksTo),
  } satisfies Record<keyof SavedLeg, unknown>
  return saved
}

function saveMedia(media: Media, line: Line | undefined, opened: string): Whole<SavedMedia> {
  const { remote, learned, pairs, held } = media
  return {
    port: media.local.port,
    interface: line?.told.find(one => one.media === media)?.interface ?? opened,
    held,
    pairs: pairs > 1 ? pairs : undefined,
    remote,
    learned,
    counted: media.untouched ? undefined : media.received,
  }
}

function saveLine(line: Line, now: Media | undefined): Whole<SavedLine> {
  const { kind, protocol, formats, speaks, muxOffered, muxAnswer, mux, flowing } = line
  const current = line.told.find(one => one.media === now)
  const told = current ? { peer: current.peer, interface: current.interface, tag: current.tag } : null
  return { kind, protocol, formats, speaks, muxOffered, muxAnswer, mux, flowing, told }
}
