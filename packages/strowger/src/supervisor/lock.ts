/** One supervisor per data folder: `DATA/run/supervisor.pid` names it while it lives. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Lock {
  release(): void
}

/** @throws Error that names the other process when one lives. */
export function lock(data: string): Lock {
  const folder = join(data, 'run')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'supervisor.pid')
  const other = readPid(file)
  if (other !== undefined && other !== process.pid && isStrowger(other)) {
    throw new Error(`process ${other} already runs on ${data}: stop that one, or set data: to another folder`)
  }
  writeFileSync(file, `${process.pid}\n`, { mode: 0o600 })
  return { release: () => rmSync(file, { force: true }) }
}

function readPid(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined
  } catch {
    return undefined
  }
}

/** Process numbers are used again: after a crash the file may name a stranger. */
function isStrowger(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return /strowger|start\.mjs/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
  } catch {
    return false
  }
}
