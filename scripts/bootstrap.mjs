/** Makes a fresh clone ready to run: packages, native addons, TypeScript. Does only what is missing; with nothing to do it takes a moment. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fingerprint, isFresh, setFresh } from './fresh.mjs'
import { execute, fail, must, Problem, root, step } from './step.mjs'

const LEAST_NODE = [20, 19]
const INSTALLED = 'node_modules/.cache/strowger-install'
const NATIVE = 'node_modules/.cache/strowger-native'
const BUILT = 'node_modules/.cache/strowger-build'
const ADDONS = ['native/build/Release/udp.node', 'native/build/Release/relay.node']

/** @throws {Problem} with what to do. */
export async function bootstrap() {
  checkNode()
  await install()
  await buildNative()
  await compile()
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1])) return
  throw new Problem(`Strowger needs Node ${LEAST_NODE.join('.')} or newer; this is ${process.versions.node}. Node 24 is recommended.`)
}

async function install() {
  const print = `${digest(readFileSync(join(root, 'package-lock.json')))} ${process.arch}`
  if (existsSync(join(root, 'node_modules')) && isFresh(INSTALLED, print)) return
  await step('installing packages', async () => void (await must('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])))
  setFresh(INSTALLED, print)
}

/** Of the content: a checkout changes a file's time, not what it says. */
function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex')
}

async function buildNative() {
  if (!existsSync(join(root, 'native/binding.gyp'))) return
  const print = fingerprint(['native'], path => /\.(cpp|cc|c|h|hpp|gyp|gypi)$/.test(path))
  if (ADDONS.every(addon => existsSync(join(root, addon))) && isFresh(NATIVE, print)) return
  await checkCompiler()
  const gyp = nodeGyp()
  const args = [gyp, ...headers(), '--jobs=max']
  await step('building native addons', async () => {
    await must(process.execPath, [...args, 'configure'], { cwd: join(root, 'native') })
    await must(process.execPath, [...args, 'build'], { cwd: join(root, 'native') })
  })
  setFresh(NATIVE, print)
}

async function checkCompiler() {
  const missing = []
  for (const [program, debian] of [
    ['g++', 'g++'],
    ['make', 'make'],
    ['python3', 'python3'],
  ]) {
    if (!(await isThere(program))) missing.push(debian)
  }
  if (missing.length === 0) return
  throw new Problem(
    `The native addons (batched UDP, media relay) must be compiled, and ${missing.join(', ')} is not here.\nOn Debian or Ubuntu: apt-get install -y g++ make python3`,
  )
}

async function isThere(program) {
  try {
    return (await execute(program, ['--version'], { quiet: true })).code === 0
  } catch {
    return false
  }
}

/** Node's own headers, where they were installed beside it: then nothing is downloaded. */
function headers() {
  const prefix = join(dirname(process.execPath), '..')
  const file = join(prefix, 'include/node/node_version.h')
  if (!existsSync(file)) return []
  const text = readFileSync(file, 'utf8')
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(part => new RegExp(`#define NODE_${part}_VERSION (\\d+)`).exec(text)?.[1]).join('.')
  return version === process.versions.node ? [`--nodedir=${prefix}`] : []
}

/** The one inside npm: no package of ours needs it. */
function nodeGyp() {
  const npm = process.env.npm_execpath ?? npmBeside()
  try {
    return createRequire(npm).resolve('node-gyp/bin/node-gyp.js')
  } catch {
    throw new Problem(`npm at ${npm} comes without node-gyp: install npm from nodejs.org, or run "npm install -g npm"`)
  }
}

function npmBeside() {
  const candidates = [
    join(dirname(process.execPath), '../lib/node_modules/npm'),
    '/usr/share/nodejs/npm',
    '/usr/lib/node_modules/npm',
    '/usr/local/lib/node_modules/npm',
  ]
  return `${candidates.find(folder => existsSync(folder)) ?? candidates[0]}/package.json`
}

async function compile() {
  const print = fingerprint(['packages', 'tsconfig.json', 'tsconfig.base.json', 'native/lib'], path => /(\.ts|\.json|\.js)$/.test(path))
  const built = existsSync(join(root, 'packages/strowger/dist/bundle/main.js'))
  if (built && isFresh(BUILT, print)) return
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  await step('compiling TypeScript', async () => void (await must(process.execPath, [tsc, '-b'])))
  await step('bundling the platform', async () => (await import('./bundle.mjs')).bundle())
  setFresh(BUILT, print)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) bootstrap().catch(fail)
