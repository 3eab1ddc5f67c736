/** The statistics of a session in the form of an rtpengine's `query`. RFC 3550 §6.4.1. */
import type { NgMedia, NgReply, NgStream, NgTag } from '@strowger/media-control'
import type { StreamStats } from '../counters.ts'
import type { Media } from '../media.ts'
import { meanOpinionScore } from '../quality.ts'
import { type Leg, lineOf, type Session } from './session.ts'

export function sessionStats(session: Session): NgReply {
  // Without a prototype it is a table from the start: V8 would make a class for every pair of tags.
  const tags: Record<string, NgTag> = Object.create(null)
  const totals: Totals = { RTP: noCount(), RTCP: noCount() }
  for (const leg of session.legs) {
    const [name, one] = [nameOf(leg), tagStats(leg, totals)]
    // A side that was forked from has media of its own in each dialog.
    const known = tags[name]
    tags[name] = known ? { ...known, medias: [...known.medias, ...one.medias] } : one
  }
  return {
    result: 'ok',
    created: Math.floor(session.created / 1000),
    'last signal': Math.floor(session.signalled / 1000),
    metadata: session.metadata,
    tags,
    totals,
  }
}

function nameOf({ tag, viaBranch, party }: Leg): string {
  return tag ?? viaBranch ?? party.tag
}

/** What is undefined is not written. */
function tagStats(leg: Leg, totals: Totals): NgTag {
  const { peer, label, viaBranch } = leg
  return {
    tag: nameOf(leg),
    label,
    'via-branch': viaBranch,
    'in dialogue with': peer && nameOf(peer),
    medias: leg.party.media.map((media, index) => mediaStats(leg, media, index, totals)),
  }
}

function mediaStats(leg: Leg, media: Media, index: number, totals: Totals): NgMedia {
  const { kind, mux } = lineOf(leg, index)
  const streams = streamsOf(media, mux, totals)
  for (const following of media.following) streams.push(...streamsOf(following, mux, totals))
  return { index: index + 1, type: kind, streams }
}

function streamsOf(media: Media, mux: boolean, totals: Totals): NgStream[] {
  const stats = media.received
  addRtp(totals.RTP, stats)
  addRtcp(totals.RTCP, stats)
  const rtp: Writable<NgStream> = {
    'local port': media.local.port,
    'last packet': Math.floor(stats.lastPacket / 1000),
    'last packet ms': Math.round(stats.lastPacket),
    flags: mux ? ['RTP', 'RTCP', 'rtcp-mux'] : ['RTP'],
    stats: addRtp(noCount(), stats),
    lost: Math.round(stats.lost),
    // Whole numbers are all that bencode has.
    jitter: Math.round(stats.jitterMs),
    SSRC: stats.ssrc,
    foreign: stats.foreign,
  }
  const remote = media.learned ?? media.remote
  if (remote) rtp.endpoint = { family: remote.address.includes(':') ? 'IPv6' : 'IPv4', address: remote.address, port: remote.port }
  addQuality(rtp, stats)
  const rtcp: NgStream = { 'local port': media.local.rtcpPort, 'last packet': 0, flags: ['RTCP'], stats: addRtcp(noCount(), stats) }
  return [rtp, rtcp]
}

/** The score in tenths and the round trip in µs, as an rtpengine tells them; events only where there were some. */
function addQuality(rtp: Writable<NgStream>, stats: StreamStats): void {
  const mos = meanOpinionScore(stats)
  if (mos !== undefined) rtp.MOS = Math.round(mos * 10)
  if (stats.roundTripMs > 0) rtp['round-trip time'] = Math.round(stats.roundTripMs * 1000)
  if (stats.events > 0) rtp.events = stats.events
}

/** Put together in steps: several times faster than spreading what may be missing. */
type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** While it is added up. */
type Count = { -readonly [Key in 'packets' | 'bytes' | 'errors']: number }

type Totals = { readonly RTP: Count; readonly RTCP: Count }

function noCount(): Count {
  return { packets: 0, bytes: 0, errors: 0 }
}

function addRtp(count: Count, { packets, bytes, malformed }: StreamStats): Count {
  count.packets += packets
  count.bytes += bytes
  count.errors += malformed
  return count
}

function addRtcp(count: Count, { rtcpPackets, rtcpBytes }: StreamStats): Count {
  count.packets += rtcpPackets
  count.bytes += rtcpBytes
  return count
}
