/** Type-checks a piece of TypeScript as strictly as the packages themselves, without writing it to disk. */
import { join } from 'node:path'
import ts from 'typescript'
import { root } from './run-source.ts'

/** What the compiler says, each as `LINE: message`. */
export function typeErrors(text: string): readonly string[] {
  const file = join(root, 'examples', 'readme-block.ts')
  const options = compilerOptions()
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists, readFile } = host
  host.fileExists = name => name === file || fileExists(name)
  host.readFile = name => (name === file ? text : readFile(name))
  host.getSourceFile = (name, version, ...rest) =>
    name === file ? ts.createSourceFile(name, text, version, true) : getSourceFile.call(host, name, version, ...rest)
  const program = ts.createProgram([file], options, host)
  return ts.getPreEmitDiagnostics(program, program.getSourceFile(file)!).map(({ messageText, start = 0 }) => {
    const line = text.slice(0, start).split('\n').length
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.test.json'), ts.sys.readFile)
  const { tsBuildInfoFile: _, incremental: __, ...compilerOptions } = config.compilerOptions
  return ts.parseJsonConfigFileContent({ ...config, compilerOptions, files: [], include: [] }, ts.sys, root).options
}
