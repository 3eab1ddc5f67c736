/** Runs a program, a file or its text, in the root of the repository, and gives back what it printed. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

const execute = promisify(execFile)
/** Most of it is for a machine that is busy with other tests. */
const TIMEOUT_MS = 60_000

/** A command line as a reader would type it. Rejects when it does not end, or not with 0. */
export async function runCommand(line: string): Promise<string> {
  const [program = '', ...args] = line.split(' ')
  return run(program === 'node' ? process.execPath : program, args)
}

/** TypeScript text, against the sources of the packages. */
export async function runText(text: string): Promise<string> {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  })
  const loader = ['--conditions=@strowger/source', '--import', './scripts/typescript.mjs']
  return run(process.execPath, [...loader, '--input-type=module', '--eval', outputText])
}

async function run(program: string, args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await execute(program, args, { cwd: root, timeout: TIMEOUT_MS })
  if (stderr !== '') throw new Error(`it wrote to stderr: ${stderr}`)
  return stdout
}
