/** The statistics of a session in the form of an rtpengine's `query`. RFC 3550 §6.4.1. */
import type { NgCount, NgMedia, NgReply, NgStream, NgTag } from '@strowger/media-control'
import type { StreamStats } from '../counters.ts'
import type { Media } from '../media.ts'
import { meanOpinionScore } from '../quality.ts'
import { type Leg, lineOf, type Session } from './session.ts'

export function sessionStats(session: Session): NgReply {
  // Without a prototype it is a table from the start: V8 would make a class for every pair of tags.
  const tags: Record<string, NgTag> = Object.create(null)
  for (const leg of session.legs) {
    const [name, one] = [nameOf(leg), tagStats(leg)]
    // A side that was forked from has media of its own in each dialog.
    const known = tags[name]
    tags[name] = known ? { ...known, medias: [...known.medias, ...one.medias] } : one
  }
  const all = session.legs.flatMap(({ party }) => party.media.flatMap(pairsOf).map(media => media.received))
  return {
    result: 'ok',
    created: Math.floor(session.created / 1000),
    'last signal': Math.floor(session.signalled / 1000),
    ...(session.metadata === undefined ? {} : { metadata: session.metadata }),
    tags,
    totals: { RTP: rtpCount(...all), RTCP: rtcpCount(...all) },
  }
}

function nameOf({ tag, viaBranch, party }: Leg): string {
  return tag ?? viaBranch ?? party.tag
}

function tagStats(leg: Leg): NgTag {
  const { peer } = leg
  return {
    tag: nameOf(leg),
    ...(leg.label === undefined ? {} : { label: leg.label }),
    ...(leg.viaBranch === undefined ? {} : { 'via-branch': leg.viaBranch }),
    ...(peer ? { 'in dialogue with': nameOf(peer) } : {}),
    medias: leg.party.media.map((media, index) => mediaStats(leg, media, index)),
  }
}

function mediaStats(leg: Leg, media: Media, index: number): NgMedia {
  const { kind, mux } = lineOf(leg, index)
  return { index: index + 1, type: kind, streams: pairsOf(media).flatMap(pair => streamsOf(pair, mux)) }
}

function pairsOf(media: Media): readonly Media[] {
  return [media, ...media.following]
}

function streamsOf(media: Media, mux: boolean): readonly NgStream[] {
  const stats = media.received
  const lastPacket = Math.floor(stats.lastPacket / 1000)
  const rtp: NgStream = {
    'local port': media.local.port,
    ...endpointOf(media.learned ?? media.remote),
    'last packet': lastPacket,
    'last packet ms': Math.round(stats.lastPacket),
    flags: mux ? ['RTP', 'RTCP', 'rtcp-mux'] : ['RTP'],
    stats: rtpCount(stats),
    lost: Math.round(stats.lost),
    // Whole numbers are all that bencode has.
    jitter: Math.round(stats.jitterMs),
    ...qualityOf(stats),
    SSRC: stats.ssrc,
    foreign: stats.foreign,
  }
  const rtcp: NgStream = { 'local port': media.local.rtcpPort, 'last packet': 0, flags: ['RTCP'], stats: rtcpCount(stats) }
  return [rtp, rtcp]
}

/** The score in tenths and the round trip in µs, as an rtpengine tells them; events only where there were some. */
function qualityOf(stats: StreamStats): { MOS?: number; 'round-trip time'?: number; events?: number } {
  const mos = meanOpinionScore(stats)
  return {
    ...(mos === undefined ? {} : { MOS: Math.round(mos * 10) }),
    ...(stats.roundTripMs > 0 ? { 'round-trip time': Math.round(stats.roundTripMs * 1000) } : {}),
    ...(stats.events > 0 ? { events: stats.events } : {}),
  }
}

function endpointOf(remote: { address: string; port: number } | undefined): { endpoint?: NonNullable<NgStream['endpoint']> } {
  if (!remote) return {}
  return { endpoint: { family: remote.address.includes(':') ? 'IPv6' : 'IPv4', address: remote.address, port: remote.port } }
}

function rtpCount(...all: readonly StreamStats[]): NgCount {
  return { packets: sum(all, one => one.packets), bytes: sum(all, one => one.bytes), errors: sum(all, one => one.malformed) }
}

function rtcpCount(...all: readonly StreamStats[]): NgCount {
  return { packets: sum(all, one => one.rtcpPackets), bytes: sum(all, one => one.rtcpBytes), errors: 0 }
}

function sum(all: readonly StreamStats[], pick: (stats: StreamStats) => number): number {
  return all.reduce((total, stats) => total + pick(stats), 0)
}
