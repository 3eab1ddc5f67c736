/** Configuration from one YAML file and `STROWGER_*` variables, checked whole, with all problems at once. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import { check, type Finding } from './config/check.ts'
import { ConfigError, type ConfigProblem } from './config/config-error.ts'
import { type Environment, type Override, readEnvironment } from './config/environment.ts'
import type { Config } from './config/schema.ts'

/**
 * The configuration of this machine: file, then variables, then defaults.
 * @param file YAML; without it, defaults and variables only. Relative paths start at the working directory.
 * @param environment `process.env` when not given.
 * @throws {ConfigError} with every problem.
 */
export function loadConfig(file?: string, environment: Environment = process.env): Config {
  const source = file === undefined ? EMPTY : readSource(file)
  const { overrides, findings: variables } = readEnvironment(environment)
  const value = source.document.toJS() ?? {}
  for (const override of overrides) put(value, override)
  if (value.log?.pretty === undefined && process.stdout.isTTY) put(value, TERMINAL)
  const problems = [
    ...check(value).map(found => locate(found, source, overrides)),
    ...variables.map(({ name, value, allowed }) => ({ file: 'environment', line: 0, key: name, value, allowed })),
  ]
  if (problems.length > 0) throw new ConfigError(problems.sort((a, b) => a.line - b.line))
  return freeze(absolute(value as Config))
}

/** A configuration for tests: `values` over the defaults, no file and no variables. @throws {ConfigError} */
export function configFrom(values: object): Config {
  const value = structuredClone(values)
  const problems = check(value).map(found => locate(found, EMPTY, []))
  if (problems.length > 0) throw new ConfigError(problems)
  return freeze(absolute(value as Config))
}

/** A person reads: `log.pretty` unless the file or a variable says otherwise. */
const TERMINAL: Override = { name: '', path: ['log', 'pretty'], value: true }

interface Source {
  readonly file: string
  readonly document: Document
  readonly lines: LineCounter
}

const EMPTY: Source = { file: 'defaults', document: parseDocument(''), lines: new LineCounter() }

function readSource(file: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(readText(file), { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    throw new ConfigError(
      document.errors.map(error => ({
        file,
        line: lines.linePos(error.pos[0]).line,
        key: '',
        value: undefined,
        allowed: `YAML (${error.message})`,
      })),
    )
  }
  if (document.contents !== null && !isMap(document.contents)) {
    throw new ConfigError([{ file, line: 1, key: '', value: document.toJS(), allowed: 'keys and values, such as "listen: 127.0.0.1"' }])
  }
  return { file, document: document as Document, lines }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new ConfigError([{ file, line: 0, key: '', value: undefined, allowed: `a file that can be read (${reason})` }])
  }
}

/** Sets the value a variable gives, making the groups above it where the file has none. */
function put(root: Record<string, unknown>, { path, value }: Override): void {
  let node = root
  for (const key of path.slice(0, -1)) {
    if (typeof node[key] !== 'object' || node[key] === null) node[key] = {}
    node = node[key] as Record<string, unknown>
  }
  node[path.at(-1) as string] = value
}

function locate(found: Finding, source: Source, overrides: readonly Override[]): ConfigProblem {
  const { path, value, allowed } = found
  const variable = overrides.find(override => override.path.every((key, index) => path[index] === key))
  if (variable !== undefined) return { file: 'environment', line: 0, key: variable.name, value, allowed }
  return { file: source.file, line: lineOf(source, path), key: path.join('.'), value, allowed }
}

/** The line of a key, or of the nearest thing above it that is in the file. */
function lineOf({ document, lines }: Source, path: readonly string[]): number {
  for (let length = path.length; length > 0; length--) {
    const offset = keyOffset(document, path.slice(0, length))
    if (offset !== undefined) return lines.linePos(offset).line
  }
  return lines.lineStarts.length > 0 ? 1 : 0
}

function keyOffset(document: Document, path: readonly string[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  const key = path.at(-1) as string
  if (isMap(parent)) {
    const pair = parent.items.find(item => isScalar(item.key) && String(item.key.value) === key)
    return (pair?.key as Node | undefined)?.range?.[0]
  }
  return (document.getIn(path, true) as Node | undefined)?.range?.[0]
}

function absolute(config: Config): Config {
  const data = resolve(config.data)
  const { store, secret, tls } = config
  return {
    ...config,
    data,
    store: { ...store, file: resolve(data, store.file) },
    secret: resolve(data, secret),
    tls: {
      ...tls,
      cert: resolve(data, tls.cert),
      key: resolve(data, tls.key),
      certificates: tls.certificates.map(({ cert, key }) => ({ cert: resolve(data, cert), key: resolve(data, key) })),
      ca: tls.ca.map(file => resolve(data, file)),
    },
  }
}

function freeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) freeze(child)
  return Object.freeze(value)
}
