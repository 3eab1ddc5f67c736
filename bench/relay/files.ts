/** How many files a contestant may open: a call is four sockets. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const WANTED = 65_536
const SOCKETS_OF_A_CALL = 4
/** What a program has open besides. */
const BESIDES = 240
const RAISE: readonly string[] = ['prlimit', `--nofile=${WANTED}:${WANTED}`]
const raisable = mayRaise()

/** As many calls as were asked for, or as fit into the limit of open files. */
export function fitting(calls: number): number {
  return raisable ? calls : Math.min(calls, Math.floor((hardLimit() - BESIDES) / SOCKETS_OF_A_CALL))
}

/** The command with the limit raised, where we may. */
export function withFiles(command: readonly string[]): readonly string[] {
  const limit = hardLimit()
  return raisable ? [...RAISE, ...command] : ['prlimit', `--nofile=${limit}:${limit}`, ...command]
}

function mayRaise(): boolean {
  try {
    execFileSync(RAISE[0]!, [...RAISE.slice(1), 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function hardLimit(): number {
  const text = /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return text === undefined ? WANTED : Number(text)
}
