/** `statistics`: the relay's counters, under the names of an rtpengine's. */
import type { NgReply } from '@strowger/media-control'
import type { Switchboard } from './switchboard.ts'

export function statistics(board: Switchboard): NgReply {
  const { packets, bytes, foreign, ports } = board.relay.counters()
  const { deleted, silent, unanswered } = board.endings
  return {
    result: 'ok',
    statistics: {
      currentstatistics: { sessionsown: board.sessions.size, sessionsforeign: 0, sessionstotal: board.sessions.size, portsinuse: ports },
      totalstatistics: {
        uptime: Math.floor((Date.now() - board.started) / 1000),
        managedsessions: board.opened,
        rejectedsessions: board.refused,
        timeoutsessions: silent,
        finaltimeoutsessions: unanswered,
        regularterminatedsessions: deleted,
        relayedpackets: packets,
        relayedbytes: bytes,
        foreignpackets: foreign,
        unknownwords: board.unknownFlags,
      },
    },
  }
}
