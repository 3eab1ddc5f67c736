/** `npm run pack -- NAME…`: what would go to npm, in `build/pack/NAME`: bundled by tsup, without the source condition, checked by publint. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fail, must, Problem, root, step } from './step.mjs'

const PUBLIC = ['sip-parser', 'sip-transaction', 'rtp-relay', 'dgram-ext']
const names = process.argv.slice(2)

try {
  for (const name of names.length > 0 ? names : PUBLIC) await step(`packing ${name}`, () => pack(name))
} catch (error) {
  fail(error)
}

/** @returns the file that `npm publish` would send */
async function pack(name) {
  const source = join(root, 'packages', name)
  if (!existsSync(join(source, 'package.json')))
    throw new Problem(`there is no package ${name}; packages are ${readdirSync(join(root, 'packages')).join(', ')}`)
  const folder = join(root, 'build/pack', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  cpSync(join(source, 'src'), join(folder, 'src'), { recursive: true })
  for (const file of ['README.md', 'CHANGELOG.md']) if (existsSync(join(source, file))) cpSync(join(source, file), join(folder, file))
  cpSync(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  writeJson(join(folder, 'package.json'), published(manifest))
  writeJson(join(folder, 'tsconfig.json'), tsconfig())
  await build(folder, manifest)
  const output = await must('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: folder })
  const tarball = join(folder, output.trim().split('\n').at(-1))
  await must(process.execPath, [join(root, 'node_modules/publint/src/cli.js'), tarball, '--strict'])
  return tarball.slice(root.length)
}

/** One bundle per entry of `exports`, the shared parts in chunks. */
async function build(folder, manifest) {
  const entries = Object.values(manifest.exports)
    .map(entry => entry['@strowger/source'])
    .filter(path => path !== undefined)
  const tsup = join(root, 'node_modules/tsup/dist/cli-default.js')
  await must(
    process.execPath,
    [tsup, ...entries, '--format', 'esm', '--dts', '--sourcemap', '--clean', '--target', 'node20', '--out-dir', 'dist'],
    { cwd: folder },
  )
}

function published(manifest) {
  const exports = Object.fromEntries(Object.entries(manifest.exports).map(([path, entry]) => [path, withoutSource(entry)]))
  return { ...manifest, private: undefined, exports }
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
