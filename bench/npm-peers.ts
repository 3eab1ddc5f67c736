/** The peers that come from npm, in this folder's own node_modules: installed when first asked for. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const here = import.meta.dirname
const require = createRequire(import.meta.url)

/** @throws when npm cannot install it */
export function npmPeer(path: string): unknown {
  const [name] = path.split('/')
  if (!existsSync(join(here, 'node_modules', name!))) install()
  return require(path)
}

function install(): void {
  console.error('  installing the peers from npm')
  execFileSync('npm', ['ci', '--workspaces=false', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: here,
    stdio: 'inherit',
  })
}
