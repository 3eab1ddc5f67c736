/** Whether something built is older than what it was made of: names, sizes and times of the sources, kept in a stamp. Cheap: no file is read. */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './step.mjs'

const SKIPPED = new Set(['node_modules', 'dist', 'build', 'var', '.git', 'test', 'e2e'])

/** A digest of all files under the paths (relative to the root) whose name `wanted` accepts. */
export function fingerprint(paths, wanted = () => true) {
  const hash = createHash('sha256')
  for (const path of paths) visit(join(root, path), wanted, hash)
  return hash.digest('hex')
}

/** True when the stamp says what the sources say now. */
export function isFresh(stamp, print) {
  try {
    return readFileSync(join(root, stamp), 'utf8') === print
  } catch {
    return false
  }
}

export function setFresh(stamp, print) {
  const file = join(root, stamp)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, print)
}

function visit(path, wanted, hash) {
  const info = statSync(path, { throwIfNoEntry: false })
  if (info === undefined) return
  if (!info.isDirectory()) {
    if (wanted(path)) hash.update(`${path} ${info.size} ${info.mtimeMs}\n`)
    return
  }
  for (const name of readdirSync(path).sort()) if (!SKIPPED.has(name)) visit(join(path, name), wanted, hash)
}
