/** Writes a switchboard's sessions down as they change, after bringing back those of the life before. */
import { join } from 'node:path'
import type { Switchboard } from '../ng/switchboard.ts'
import { type Restored, restoreSessions } from './restore.ts'
import { saveSession } from './saved-session.ts'
import { SessionFile } from './session-file.ts'

export interface KeptSessions {
  readonly restored: Restored
  /** Of the relay's own accord: its sessions are over. */
  close(): Promise<void>
}

/** In `DATA/relay/sessions.jsonl`. @throws what the disk says when the folder cannot be written. */
export function keepSessions(board: Switchboard, data: string, onTrouble: (error: Error) => void): KeptSessions {
  const path = join(data, 'relay', 'sessions.jsonl')
  const restored = restoreSessions(board, SessionFile.read(path))
  const file = new SessionFile({
    file: path,
    ids: () => board.sessions.keys(),
    save: id => {
      const session = board.sessions.get(id)
      return session && JSON.stringify(saveSession(session))
    },
    onTrouble,
  })
  board.onChange = id => file.change(id)
  const counts = keepCounts(board, file)
  return {
    restored,
    close: () => {
      clearInterval(counts)
      board.onChange = () => {}
      return file.close()
    },
  }
}

/** What streams have counted is written down now and then: a second's share of all sessions each second. */
function keepCounts(board: Switchboard, file: SessionFile): NodeJS.Timeout {
  let left = board.sessions.keys()
  const timer = setInterval(() => {
    for (let share = Math.ceil(board.sessions.size / SECONDS_PER_ROUND); share > 0; share--) {
      const { value, done } = left.next()
      if (done) left = board.sessions.keys()
      else file.change(value)
    }
  }, 1000)
  timer.unref()
  return timer
}

const SECONDS_PER_ROUND = 20
