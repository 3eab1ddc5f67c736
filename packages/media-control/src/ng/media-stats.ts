/** Reads what each party sent out of the reply to `delete` or `query`, of our relay or of an rtpengine. */
import { type BDict, type BValue, isDict } from '../bencode.ts'

/** The RTP that arrived from one party, all its streams together. */
export interface MediaStats {
  /** The party's tag in the SIP dialog. */
  readonly tag: string
  /** RTP packets received from the party. */
  readonly packets: number
  /** Payload bytes received from the party, RTP without headers of IP and UDP. */
  readonly bytes: number
  /** Packets that never came; `undefined` where the relay does not know. */
  readonly lost?: number
  /** The worst of its streams, in ms; `undefined` where the relay does not know. */
  readonly jitter?: number
  /**
   * The longest of its streams, in ms, to the party and back; of an rtpengine all the way to the other party and back. `undefined` where
   * the relay does not know.
   */
  readonly roundTrip?: number
  /** The lowest mean opinion score of its streams, 1 to 4.5; `undefined` where the relay does not know. */
  readonly mos?: number
  /** Unix time in seconds of the last packet, with its milliseconds where the relay tells them; 0 where none came. */
  readonly lastPacket: number
}

/**
 * One entry for each party in `reply`, in its order; none where it has no statistics. RTCP is left out. Never throws: a count that
 * is no number counts as 0.
 */
export function mediaStatsOf(reply: BDict): MediaStats[] {
  const { tags, SSRC } = reply
  if (!isDict(tags)) return []
  const sources = isDict(SSRC) ? SSRC : {}
  return Object.entries(tags).flatMap(([tag, party]) => (isDict(party) ? [statsOf(tag, rtpStreams(party), sources)] : []))
}

function statsOf(tag: string, streams: readonly BDict[], sources: BDict): MediaStats {
  const counts = streams.map(stream => ({ stats: isDict(stream.stats) ? stream.stats : {}, last: lastPacketOf(stream) }))
  const known = (values: readonly (number | undefined)[]): number[] => values.filter(value => value !== undefined)
  const lost = known(streams.map(stream => lostOf(stream, sources)))
  const heard = (what: string): number[] => known(streams.map(stream => numberOf(stream[what]) ?? averageOf(stream, sources, what)))
  const [jitter, roundTrip, mos] = [heard('jitter'), heard('round-trip time'), heard('MOS')]
  return {
    tag,
    packets: sum(counts.map(({ stats }) => count(stats.packets))),
    bytes: sum(counts.map(({ stats }) => count(stats.bytes))),
    ...(lost.length > 0 && { lost: sum(lost) }),
    ...(jitter.length > 0 && { jitter: Math.max(...jitter) }),
    ...(roundTrip.length > 0 && { roundTrip: Math.max(...roundTrip) / 1000 }),
    ...(mos.length > 0 && { mos: Math.min(...mos) / 10 }),
    lastPacket: Math.max(0, ...counts.map(({ stats, last }) => (count(stats.packets) > 0 ? last : 0))),
  }
}

function rtpStreams(party: BDict): BDict[] {
  return dicts(party.medias)
    .flatMap(media => dicts(media.streams))
    .filter(({ flags }) => !Array.isArray(flags) || flags.includes('RTP') || !flags.includes('RTCP'))
}

/** Ours says `lost` per stream; an rtpengine says it per SSRC, and only where RTCP reports came. */
function lastPacketOf(stream: BDict): number {
  const ms = numberOf(stream['last packet ms'])
  return ms === undefined ? count(stream['last packet']) : ms / 1000
}

function lostOf(stream: BDict, sources: BDict): number | undefined {
  const source = sources[String(stream.SSRC)]
  return numberOf(stream.lost) ?? (isDict(source) ? numberOf(source['cumulative loss']) : undefined)
}

/** Of an rtpengine: over the reports of whoever heard the stream, where some came. A score or a round trip of 0 is none. */
function averageOf(stream: BDict, sources: BDict, what: string): number | undefined {
  const source = sources[String(stream.SSRC)]
  const average = isDict(source) ? source['average MOS'] : undefined
  const value = isDict(average) ? numberOf(average[what]) : undefined
  return value === 0 && what !== 'jitter' ? undefined : value
}

function dicts(value: BValue | undefined): BDict[] {
  return Array.isArray(value) ? value.filter(isDict) : []
}

function numberOf(value: BValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function count(value: BValue | undefined): number {
  return numberOf(value) ?? 0
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
