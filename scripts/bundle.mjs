/**
 * Packs the platform's compiled modules, some 800 a role, and the libraries that it uses into a few files: `packages/strowger/dist/bundle`.
 * `bin/strowger.mjs` uses it while it is newer than what the compiler wrote. Why: docs/decisions/0013-the-platform-starts-from-a-bundle.md.
 */
import { join } from 'node:path'
import { build } from 'tsup'
import { constants } from './constants.mjs'
import { root } from './step.mjs'

const dist = (name, file) => join(root, 'packages', name, 'dist', file)

/** The command, and what threads are started with: their names are those in `new URL(…, import.meta.url)`. */
const ENTRIES = {
  main: dist('strowger', 'main.js'),
  'workers/users-worker': dist('proxy', 'workers/users-worker.js'),
  'workers/trunks-worker': dist('proxy', 'workers/trunks-worker.js'),
  worker: dist('store', 'sqlite/worker.js'),
}

/** The addons' loader finds them beside itself; pino starts threads from files of its own. */
const BUNDLED = /^(?!@strowger\/native|pino)/
const NOT_BUNDLED = /^(@strowger\/native|pino)/

export async function bundle() {
  await build({
    entry: ENTRIES,
    outDir: dist('strowger', 'bundle'),
    format: 'esm',
    platform: 'node',
    target: 'node20',
    splitting: true,
    sourcemap: true,
    clean: true,
    silent: true,
    banner: { js: "import { createRequire as requireIn } from 'node:module'; const require = requireIn(import.meta.url);" },
    config: false,
    noExternal: [BUNDLED],
    external: [NOT_BUNDLED],
    plugins: [constants],
  })
}
