/** `Q`, `G` and `I`: counters of a stream, and of the relay. */
import {
  QUERY_COUNTERS,
  type RtppCounter,
  type RtppCounters,
  type RtppError,
  type RtppInfoReply,
  type RtppQuery,
  type RtppStatistics,
  rtppError,
} from '@strowger/media-control/rtpproxy'
import type { Leg } from '../ng/session.ts'
import type { Stream, Streams } from './streams.ts'

/** `ina` is what `from` sent. */
export function query(streams: Streams, command: RtppQuery, silenceMs: number): RtppCounters | RtppError {
  const found = streams.find(command)
  if (!found) return rtppError('unknown-session')
  const { stream, side } = found
  const values = valuesOf(stream, side === 'near' ? [stream.near, stream.far] : [stream.far, stream.near], silenceMs)
  const counters: RtppCounter[] = []
  for (const name of command.counters ?? QUERY_COUNTERS) {
    const value = values.get(name)
    if (value === undefined) return rtppError('unknown-counter')
    counters.push({ name, value })
  }
  return { kind: 'counters', counters }
}

/** Sessions of NG count too: it is one relay. What was sent is known of the streams there are only. */
export function info(streams: Streams): RtppInfoReply {
  const { board } = streams
  const { ports, packets } = board.relay.counters()
  const live = [...streams.all()]
  return {
    kind: 'info',
    sessionsCreated: board.opened,
    activeSessions: board.sessions.size,
    activeStreams: ports,
    packetsReceived: packets,
    packetsTransmitted: live.reduce((sum, { near, far }) => sum + sentTo(near) + sentTo(far), 0),
  }
}

/** `G`: the relay's counters by rtpproxy's names, those of it that mean something here. */
export function statistics({ board }: Streams, command: RtppStatistics): RtppCounters | RtppError {
  const { deleted, silent, unanswered } = board.endings
  const { packets, foreign } = board.relay.counters()
  const values = new Map([
    ['nsess_created', board.opened],
    ['nsess_destroyed', deleted + silent + unanswered],
    ['nsess_timeout', silent],
    ['npkts_rcvd', packets + foreign],
    ['npkts_relayed', packets],
    ['npkts_discard', foreign],
  ])
  if (command.counters.length === 0) return rtppError('argument-count')
  const counters: RtppCounter[] = []
  for (const name of command.counters) {
    const value = values.get(name)
    if (value === undefined) return rtppError('unknown-statistic')
    counters.push({ name, value })
  }
  return { kind: 'counters', counters }
}

function valuesOf({ session }: Stream, [asker, other]: readonly [Leg, Leg], silenceMs: number): ReadonlyMap<string, number> {
  const [own, far] = [asker.party.media[0]!.received, other.party.media[0]!.received]
  const heard = Math.max(own.lastPacket, far.lastPacket, session.signalled)
  const dropped = [own, far].reduce((sum, { foreign, malformed, unsent }) => sum + foreign + malformed + unsent, 0)
  return new Map([
    ['ttl', Math.max(0, Math.ceil((heard + silenceMs - Date.now()) / 1000))],
    ['npkts_ina', own.packets],
    ['npkts_ino', far.packets],
    ['nrelayed', own.sentPackets + far.sentPackets],
    ['ndropped', dropped],
    ['rtpa_nrcvd', own.packets],
    ['rtpa_nlost', own.lost],
  ])
}

function sentTo(leg: Leg): number {
  return leg.party.media[0]!.received.sentPackets
}
