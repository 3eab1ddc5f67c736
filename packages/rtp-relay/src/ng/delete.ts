/** `delete`: ends a session, or one dialog of it, and answers its statistics. With a delay the ports stay open as long. */
import type { NgDelete, NgReply } from '@strowger/media-control'
import { type Leg, legsOfTag, type Session } from './session.ts'
import { sessionStats } from './session-stats.ts'
import type { Switchboard } from './switchboard.ts'

/** To end what is not there is no error, as with an rtpengine: a controller repeats what it is unsure of. */
export function deleteSession(board: Switchboard, command: NgDelete): NgReply {
  const session = board.sessions.get(command['call-id'])
  const { 'from-tag': from, 'to-tag': to, 'via-branch': viaBranch } = command
  const own = session ? legsOfTag(session, from) : []
  if (session && to !== undefined && forget(own, to)) return sessionStats(session)
  const dialog = own.find(
    ({ peer }) => (viaBranch !== undefined && peer?.viaBranch === viaBranch) || (to !== undefined && peer?.tag === to),
  )
  if (!session || (from !== undefined && own.length === 0) || (to !== undefined && !dialog))
    return board.departed.stats(command['call-id']) ?? { result: 'ok', warning: NOT_FOUND }
  const stats = sessionStats(session)
  const whole = dialog === undefined || session.legs.length <= 2
  const end = whole ? () => board.end(session, 'deleted') : () => dropDialog(board, session, dialog)
  const seconds = command['delete-delay']
  const delayMs = seconds === undefined ? (whole ? board.lingerMs : 0) : 1000 * seconds
  if (delayMs === 0) end()
  else board.endLater(session, delayMs, end, whole)
  return stats
}

function dropDialog(board: Switchboard, session: Session, dialog: Leg): void {
  for (const leg of [dialog, dialog.peer!]) if (session.legs.includes(leg)) board.dropLeg(session, leg)
}

/** One that had answered before another did. */
function forget(own: readonly Leg[], to: string): boolean {
  const peer = own.find(leg => leg.peer?.others?.includes(to))?.peer
  if (peer) peer.others = peer.others!.filter(one => one !== to)
  return peer !== undefined
}

const NOT_FOUND = "Call-ID not found or tags didn't match"
