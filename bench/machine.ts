/** What a figure was measured on. A number without it says nothing. */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release } from 'node:os'

/** One line: date, CPU, cores, kernel, Node, commit, load. */
export function machine(): string {
  const cores = cpus()
  const date = new Date().toISOString().slice(0, 16).replace('T', ' ')
  const load = loadavg()[0]!.toFixed(1)
  return `${date} UTC, ${cores.length} × ${cores[0]?.model ?? 'unknown CPU'}, Linux ${release()}, Node ${process.versions.node}, commit ${commit()}, load ${load}`
}

function commit(): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    const changed = git('status', '--porcelain', '--', 'packages', 'native', 'bench') !== ''
    return git('rev-parse', '--short', 'HEAD') + (changed ? ' with changes' : '')
  } catch {
    return 'unknown'
  }
}
