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

function load(name) {
  const tried = candidates(name)
  const file = tried.find(existsSync)
  if (file === undefined) throw new Error(explain(name, `looked for ${tried.join(' and ')}`))
  try {
    return require(file)
  } catch (cause) {
    throw new Error(explain(name, `${file} does not load: ${cause instanceof Error ? cause.message : cause}`), { cause })
  }
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
