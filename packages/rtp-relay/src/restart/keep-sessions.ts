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
      return session && !board.isLingering(session) ? JSON.stringify(saveSession(session)) : undefined
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

/** What streams have counted is written down now and then, a few sessions at a time: thousands in one go would hold up packet threads on the same core. */
function keepCounts(board: Switchboard, file: SessionFile): NodeJS.Timeout {
  let left = board.sessions.keys()
  let due = 0
  const timer = setInterval(() => {
    for (due += board.sessions.size / TURNS_PER_ROUND; due >= 1; due--) {
      const { value, done } = left.next()
      if (done) left = board.sessions.keys()
      else file.change(value)
    }
  }, TURN_MS)
  timer.unref()
  return timer
}

/** All of them in 20 s. */
const TURN_MS = 100
const TURNS_PER_ROUND = 200
