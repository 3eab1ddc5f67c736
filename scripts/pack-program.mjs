/** What a program's package has beside its one bundled file: the native addon, so that a single tarball is all there is to fetch, and the licenses of what is inside. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Problem, root } from './step.mjs'

const METAFILE = 'metafile-esm.json'

/**
 * @param {string} folder the package, bundled
 * @param {string} native the folder of `@strowger/native` as packed
 */
export function completeProgram(folder, native) {
  cpSync(join(folderOf(folder), 'bin'), join(folder, 'bin'), { recursive: true })
  const modules = join(folder, 'node_modules')
  rmSync(modules, { recursive: true, force: true })
  cpSync(native, join(modules, '@strowger/native'), { recursive: true, filter: file => !file.endsWith('.tgz') })
  cpSync(join(root, 'node_modules/node-addon-api'), join(modules, 'node-addon-api'), { recursive: true })
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES'), licenses(join(folder, 'dist', METAFILE)))
  rmSync(join(folder, 'dist', METAFILE))
}

function folderOf(folder) {
  return join(root, 'packages', basename(folder))
}

/** Of each package whose files esbuild has put into the bundle. */
function licenses(metafile) {
  const { inputs } = JSON.parse(readFileSync(metafile, 'utf8'))
  const packages = new Set(Object.keys(inputs).flatMap(file => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []))
  return [...packages].sort().map(licenseOf).join('\n')
}

function licenseOf(name) {
  const folder = join(root, 'node_modules', name)
  const manifest = join(folder, 'package.json')
  if (!existsSync(manifest)) throw new Problem(`${name} is in the bundle, and its license cannot be found in ${folder}`)
  const { version, license } = JSON.parse(readFileSync(manifest, 'utf8'))
  const file = readdirSync(folder).find(file => /^licen[cs]e/i.test(file))
  const text = file === undefined ? '' : `\n\n${readFileSync(join(folder, file), 'utf8').trim()}`
  return `${name} ${version} (${license})${text}\n`
}
