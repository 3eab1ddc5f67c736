/** Ends sessions that nobody speaks on any more, and offers that nobody answered. Whoever is on hold may be silent. */
import type { Session } from './session.ts'
import { sessionStats } from './session-stats.ts'
import type { Switchboard } from './switchboard.ts'

/** Runs until the relay is closed. `ended` is told of each session before it goes. */
export async function endSilentSessions(board: Switchboard, ended: (session: Session) => void): Promise<void> {
  for await (const event of board.relay.events) {
    if (event.kind === 'dropped') continue
    const session = board.sessions.get(event.call.id)
    if (!session || session.call !== event.call) continue
    if (event.kind === 'learned') board.onChange(session.id)
    if (event.kind !== 'silent' || !isSilent(session)) continue
    ended(session)
    board.departed.add(session.id, sessionStats(session))
    board.end(session, 'silent')
  }
}

/** Called now and then: an offer that was neither answered nor deleted in an hour has lost its controller. */
export function endUnanswered(board: Switchboard, now: number): void {
  for (const session of board.sessions.values()) {
    if (!session.answered && now - session.signalled > UNANSWERED_MS) board.end(session, 'unanswered')
  }
}

function isSilent(session: Session): boolean {
  const now = Date.now()
  const asked = session.legs.map(leg => leg.party.silent(now)).filter(silent => silent !== undefined)
  return session.answered && asked.length > 0 && asked.every(silent => silent)
}

const UNANSWERED_MS = 3_600_000
