/** `delete`: ends a session, or one branch of it, and answers its statistics. The ports are free at once, whatever `delete-delay` says. */
import type { NgDelete, NgReply } from '@strowger/media-control'
import { legOf, type Session } from './session.ts'
import { sessionStats } from './session-stats.ts'
import type { Switchboard } from './switchboard.ts'

/** To end what is not there is no error, as with an rtpengine: a controller repeats what it is unsure of. */
export function deleteSession(board: Switchboard, command: NgDelete): NgReply {
  const session = board.sessions.get(command['call-id'])
  const fromTag = command['from-tag']
  if (!session || (fromTag !== undefined && !legOf(session, fromTag))) return { result: 'ok', warning: NOT_FOUND }
  const stats = sessionStats(session)
  const viaBranch = command['via-branch']
  if (viaBranch !== undefined && dropBranch(session, viaBranch)) return stats
  board.end(session, 'deleted')
  return stats
}

/** True when other branches go on. */
function dropBranch(session: Session, viaBranch: string): boolean {
  const at = session.legs.findIndex(leg => leg.viaBranch === viaBranch)
  const leg = session.legs[at]
  if (!leg || session.legs.length <= 2) return false
  session.legs.splice(at, 1)
  session.call.drop(leg.party)
  for (const other of session.legs) if (other.peer === leg) other.peer = session.legs.find(one => one.peer === other)
  return true
}

const NOT_FOUND = "Call-ID not found or tags didn't match"
