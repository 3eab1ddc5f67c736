/** `npm run pack -- NAME…`: what would go to npm, in `build/pack/NAME`: bundled by tsup, checked by publint, installed in an empty folder and run there. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap } from './bootstrap.mjs'
import { withConstants } from './constants.mjs'
import { completeProgram } from './pack-program.mjs'
import { nodes, tryPackage } from './pack-try.mjs'
import { tryNative } from './pack-try-native.mjs'
import { tryRelayd } from './pack-try-program.mjs'
import { execute, fail, must, Problem, root, step } from './step.mjs'

const SCOPE = '@strowger/'
const PUBLIC = [
  'sip-parser',
  'sip-transaction',
  'sip-transport',
  'sip-ua',
  'sdp',
  'rtp-packet',
  'testkit',
  'rtp-relay',
  'rtp-relayd',
  'dgram-ext',
]
const names = process.argv.slice(2)

try {
  await bootstrap()
  const asked = names.length > 0 ? names : PUBLIC
  const tarballs = new Map()
  for (const name of withDependencies(asked)) tarballs.set(name, await step(`packing ${name}`, () => pack(name)))
  const files = name => withDependencies([name]).map(needed => join(root, tarballs.get(needed)))
  const tried = await nodes()
  for (const name of asked.filter(name => name !== 'native' && !isProgram(name))) {
    await step(`trying ${name}`, () => tryPackage(join(root, 'packages', name, 'README.md'), files(name), tried))
  }
  for (const name of asked.filter(isProgram)) await step(`trying ${name}`, () => tryRelayd(join(root, tarballs.get(name)), tried))
  if (asked.includes('dgram-ext')) await tryNative(files('dgram-ext'), tried)
} catch (error) {
  fail(error)
}

/** Those of ours that each needs come before it. A private one is not needed: see `published`. */
function withDependencies(names, found = new Set()) {
  for (const name of names) {
    const ours = Object.keys(manifestOf(name).dependencies ?? {}).filter(dependency => dependency.startsWith(SCOPE))
    withDependencies(
      ours.map(dependency => dependency.slice(SCOPE.length)).filter(dependency => !manifestOf(dependency).private),
      found,
    )
    found.add(name)
  }
  return [...found]
}

/** What somebody starts: bundled whole. */
function isProgram(name) {
  return manifestOf(name).bin !== undefined
}

function folderOf(name) {
  return name === 'native' ? join(root, 'native') : join(root, 'packages', name)
}

function manifestOf(name) {
  const file = join(folderOf(name), 'package.json')
  if (!existsSync(file))
    throw new Problem(`there is no package ${name}; packages are native, ${readdirSync(join(root, 'packages')).join(', ')}`)
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** @returns the file that `npm publish` would send, from the root of the repository */
async function pack(name) {
  const folder = join(root, 'build/pack', name)
  const manifest = manifestOf(name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const file of ['README.md', 'CHANGELOG.md'])
    if (existsSync(join(folderOf(name), file))) cpSync(join(folderOf(name), file), join(folder, file))
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  const toPublish = published(manifest)
  // In the workspace `npm run build` compiles.
  writeJson(join(folder, 'package.json'), name === 'native' ? { ...toPublish, scripts: { install: 'node lib/install.js' } } : toPublish)
  if (name === 'native') await addAddons(folder, manifest)
  else await bundle(name, folder, toPublish)
  if (isProgram(name)) completeProgram(folder, join(root, 'build/pack/native'))
  const output = await must('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: folder })
  const tarball = join(folder, output.trim().split('\n').at(-1))
  await must(process.execPath, [join(root, 'node_modules/publint/src/cli.js'), tarball, '--strict'])
  return tarball.slice(root.length)
}

/** As the package's own tsup.config.ts says, in a copy: the `dist` that `tsc -b` writes in place stays as it is. */
async function bundle(name, folder, manifest) {
  cpSync(join(folderOf(name), 'src'), join(folder, 'src'), { recursive: true })
  cpSync(join(folderOf(name), 'tsup.config.ts'), join(folder, 'tsup.config.ts'))
  writeJson(join(folder, 'tsconfig.json'), tsconfig())
  await must(process.execPath, [join(root, 'node_modules/tsup/dist/cli-default.js')], { cwd: folder })
  const scripts = readdirSync(join(folder, 'dist')).filter(file => file.endsWith('.js'))
  for (const script of scripts) {
    const path = join(folder, 'dist', script)
    writeFileSync(path, withConstants(readFileSync(path, 'utf8')))
  }
  for (const peer of Object.keys(manifest.peerDependencies ?? {})) {
    const file = scripts.find(script => readFileSync(join(folder, 'dist', script), 'utf8').includes(peer))
    if (file !== undefined) throw new Problem(`${name}: dist/${file} imports ${peer}, which is private; only its types may be used`)
  }
}

/** The sources, and the addons as built for this machine, where `lib/index.js` looks for them. */
async function addAddons(folder, manifest) {
  for (const part of manifest.files) {
    if (existsSync(join(root, 'native', part))) cpSync(join(root, 'native', part), join(folder, part), { recursive: true })
  }
  const libc = process.report.getReport().header.glibcVersionRuntime === undefined ? '-musl' : '-glibc'
  const prebuilds = join(folder, 'prebuilds', `${process.platform}-${process.arch}${process.platform === 'linux' ? libc : ''}`)
  mkdirSync(prebuilds, { recursive: true })
  for (const addon of ['udp.node', 'relay.node']) {
    cpSync(join(root, 'native/build/Release', addon), join(prebuilds, addon))
    await execute('strip', ['--strip-unneeded', join(prebuilds, addon)], { quiet: true }).catch(() => undefined)
  }
}

/**
 * Without the condition that only the workspace understands. A program brings its dependencies along. A private package of ours that is a dependency may be used for its types
 * only (`bundle` checks it): it becomes a peer that need not be there.
 */
function published(manifest) {
  const exports = Object.fromEntries(Object.entries(manifest.exports).map(([path, entry]) => [path, withoutSource(entry)]))
  const dependencies = Object.entries(manifest.dependencies ?? {})
  const isPrivate = ([name]) => name.startsWith(SCOPE) && manifestOf(name.slice(SCOPE.length)).private === true
  const peers = dependencies.filter(isPrivate)
  return {
    ...manifest,
    private: undefined,
    exports,
    devDependencies: undefined,
    ...(manifest.bin !== undefined && { bundleDependencies: Object.keys(manifest.dependencies) }),
    sideEffects: Array.isArray(manifest.sideEffects)
      ? manifest.sideEffects.filter(path => !path.startsWith('./src/'))
      : manifest.sideEffects,
    ...(dependencies.length > 0 && { dependencies: Object.fromEntries(dependencies.filter(entry => !isPrivate(entry))) }),
    ...(peers.length > 0 && {
      peerDependencies: Object.fromEntries(peers),
      peerDependenciesMeta: Object.fromEntries(peers.map(([name]) => [name, { optional: true }])),
    }),
  }
}

function withoutSource(entry) {
  if (typeof entry === 'string') return entry
  const { '@strowger/source': _, ...rest } = entry
  return rest
}

function tsconfig() {
  return {
    extends: '../../../tsconfig.base.json',
    compilerOptions: { types: ['node'], composite: false, incremental: false, isolatedDeclarations: false, rootDir: 'src' },
    include: ['src'],
  }
}

function writeJson(file, value) {
  writeFileSync(file, `${JSON.stringify(value, undefined, 2)}\n`)
}
