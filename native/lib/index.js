/** Finds and loads the two native addons: built here, or shipped as a prebuild. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('..', import.meta.url))

/** The batched UDP socket. @throws when the addon is not there, saying how to build it. */
export function loadUdp() {
  return load('udp')
}

/** The RTP relay. @throws when the addon is not there, saying how to build it. */
export function loadRelay() {
  return load('relay')
}

/** The first that loads: one built here may be of another Node or machine, a prebuild of a newer libc. */
function load(name) {
  const tried = candidates(name)
  let detail = `looked for ${tried.join(' and ')}`
  let cause
  for (const file of tried.filter(existsSync)) {
    try {
      return require(file)
    } catch (error) {
      cause = error
      detail = `${file} does not load: ${error instanceof Error ? error.message : error}`
    }
  }
  throw new Error(explain(name, detail), { cause })
}

function candidates(name) {
  return [`${root}build/Release/${name}.node`, `${root}prebuilds/${process.platform}-${process.arch}${libc()}/${name}.node`]
}

/** Prebuilds are linked against glibc or musl; only glibc's Node names its version in the report. */
function libc() {
  if (process.platform !== 'linux') return ''
  return process.report?.getReport().header.glibcVersionRuntime === undefined ? '-musl' : '-glibc'
}

function explain(name, detail) {
  return `The native addon "${name}" is missing: ${detail}. Build it: apt-get install g++ make python3, then npx node-gyp rebuild --directory ${root}`
}
