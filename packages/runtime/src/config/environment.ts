/** `STROWGER_USERS_PROXY_UDP=5062` is `usersProxy.udp: 5062`: variables win over the file. */
import { parse } from 'yaml'
import { type Finding, type SchemaNode, schemaAt } from './check.ts'
import { distance } from './nearest.ts'
import { configSchema } from './schema.ts'

const PREFIX = 'STROWGER_'

/** One variable that names a key. */
export interface Override {
  readonly name: string
  readonly path: readonly string[]
  readonly value: unknown
}

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables that name a key, and those that nearly do; others that start with STROWGER_ are left alone (Kubernetes makes some). */
export function readEnvironment(environment: Environment): {
  overrides: readonly Override[]
  findings: readonly (Finding & { name: string })[]
} {
  const known = new Map(leaves([], configSchema as SchemaNode).map(path => [variableOf(path), path]))
  const overrides: Override[] = []
  const findings: (Finding & { name: string })[] = []
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || text === undefined) continue
    const path = known.get(name)
    if (path !== undefined) overrides.push({ name, path, value: readValue(path, text) })
    else findings.push(...misspelled(name, text, [...known.keys()]))
  }
  return { overrides, findings }
}

/** `['usersProxy', 'udp']` → `STROWGER_USERS_PROXY_UDP`. */
export function variableOf(path: readonly string[]): string {
  return PREFIX + path.map(key => key.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()).join('_')
}

function misspelled(name: string, text: string, known: readonly string[]): readonly (Finding & { name: string })[] {
  const guess = known.find(candidate => distance(name, candidate) <= 2)
  return guess === undefined ? [] : [{ name, path: [], value: text, allowed: `no such variable (did you mean ${guess}?)` }]
}

function leaves(path: readonly string[], node: SchemaNode): readonly (readonly string[])[] {
  if (node.properties === undefined) return [path]
  return Object.entries(node.properties).flatMap(([key, child]) => leaves([...path, key], child))
}

/** A list is written `a,b` or `[a, b]`; text stays text; the rest as in YAML. */
function readValue(path: readonly string[], text: string): unknown {
  const node = schemaAt(path)
  if (node?.type === 'string') return text
  if (node?.type === 'array' && !text.trimStart().startsWith('['))
    return text
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '')
  try {
    return parse(text)
  } catch {
    return text
  }
}
