/** Installs packed packages in an empty folder, as a stranger would, and type-checks and runs the first program of a README there. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { must, Problem, root } from './step.mjs'

/**
 * @param {string} readme its file
 * @param {readonly string[]} tarballs the package and those of ours that it needs
 * @returns {Promise<string>} the last line that the program printed
 */
export async function tryPackage(readme, tarballs) {
  const program = /```ts\n([\s\S]*?)\n```/.exec(readFileSync(readme, 'utf8'))?.[1]
  if (program === undefined) throw new Problem(`${readme} has no program`)
  const folder = mkdtempSync(join(tmpdir(), 'strowger-pack-'))
  try {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
    await must('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', ...tarballs], { cwd: folder })
    writeFileSync(join(folder, 'hello.ts'), program)
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')]
    const strict = ['--noEmit', '--strict', '--target', 'es2023', '--lib', 'es2023', '--module', 'nodenext', ...types]
    await must(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...strict, 'hello.ts'], { cwd: folder })
    const { outputText } = ts.transpileModule(program, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    })
    writeFileSync(join(folder, 'hello.js'), outputText)
    const output = await must(process.execPath, ['hello.js'], { cwd: folder })
    return output.trim().split('\n').at(-1)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
