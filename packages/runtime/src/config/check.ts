/** A plain value against the schema: fills in the defaults and says everything that is wrong, with what is allowed instead. */
import { isIP } from 'node:net'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import type { TSchema } from 'typebox'
import type { ConfigProblem } from './config-error.ts'
import { interfaceClashes } from './interfaces.ts'
import { nearest } from './nearest.ts'
import { portClashes } from './ports.ts'
import { configSchema } from './schema.ts'

/** A problem before anybody knows in which file and line it is. */
export interface Finding extends Pick<ConfigProblem, 'value' | 'allowed'> {
  readonly path: readonly string[]
}

let validator: ValidateFunction | undefined

/** Changes `value`: what is missing gets its default. */
export function check(value: unknown): readonly Finding[] {
  validator ??= compile()
  const findings = validator(value) ? [] : (validator.errors ?? []).map(finding)
  return [...findings, ...relations(value)]
}

/** Keys of the object at a path, in the order of the schema. */
export function keysAt(path: readonly string[]): readonly string[] {
  return Object.keys(schemaAt(path)?.properties ?? {})
}

/** The part of the schema at a path; elements of a list are numbers in the path. */
export function schemaAt(path: readonly string[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = configSchema as SchemaNode
  for (const key of path) node = node?.properties?.[key] ?? (/^\d+$/.test(key) ? node?.items : undefined)
  return node
}

export interface SchemaNode extends TSchema {
  readonly type?: string
  readonly properties?: Record<string, SchemaNode>
  readonly items?: SchemaNode
  readonly enum?: readonly string[]
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly description?: string
}

function compile(): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: false, verbose: true })
  ajv.addFormat('address', isAddress)
  ajv.addFormat('address-or-none', (text: string) => text === '' || isAddress(text))
  return ajv.compile(configSchema)
}

function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !/^(0\.0\.0\.0|::)$/.test(text)
}

function finding(error: ErrorObject): Finding {
  const path = error.instancePath.split('/').slice(1)
  if (error.keyword === 'additionalProperties') return unknownKey(path, error)
  if (error.keyword === 'required') return missingKey(path, error)
  return { path, value: error.data, allowed: allowedAt(path) }
}

function missingKey(path: readonly string[], error: ErrorObject): Finding {
  const missing = [...path, String(error.params.missingProperty)]
  return { path: missing, value: undefined, allowed: `${allowedAt(missing)}: ${schemaAt(missing)?.description}` }
}

function unknownKey(path: readonly string[], error: ErrorObject): Finding {
  const key = String(error.params.additionalProperty)
  const known = keysAt(path)
  const guess = nearest(key, known)
  const hint = guess === undefined ? '' : ` (did you mean ${guess}?)`
  return {
    path: [...path, key],
    value: (error.data as Record<string, unknown>)[key],
    allowed: `no such key${hint}; known here: ${known.join(', ')}`,
  }
}

/** What may stand at a path, in words. */
export function allowedAt(path: readonly string[]): string {
  const node = schemaAt(path)
  if (node?.enum) return `one of ${node.enum.join(', ')}`
  if (node?.type === 'integer') return `a whole number from ${node.minimum} to ${node.maximum}`
  if (node?.type === 'boolean') return 'true or false'
  if (node?.type === 'array') return `a list without repetition, each ${elementOf(node.items)}`
  if (node?.format === 'address-or-none') return 'an IP address that others reach the relay at, or nothing'
  if (node?.format === 'address')
    return 'an IP address of this machine, such as 127.0.0.1 or 192.168.1.20 (not 0.0.0.0: it is written into SIP and SDP)'
  if (node?.type === 'object') return `keys and values: ${keysAt(path).join(', ')}`
  return 'some text'
}

function elementOf(items: SchemaNode | undefined): string {
  if (items?.enum) return `one of ${items.enum.join(', ')}`
  return items?.properties ? `with the keys ${Object.keys(items.properties).join(', ')}` : (items?.description ?? 'some text')
}

/** What a schema cannot say: how two values go together. */
function relations(value: unknown): readonly Finding[] {
  const at = (...path: string[]): unknown =>
    path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], value)
  const findings: Finding[] = []
  const order = (low: string[], high: string[]): void => {
    const [least, most] = [at(...low), at(...high)]
    if (typeof least !== 'number' || typeof most !== 'number' || least <= most) return
    findings.push({ path: low, value: least, allowed: `at most ${high.join('.')}, which is ${most}` })
  }
  order(['media', 'ports', 'from'], ['media', 'ports', 'to'])
  order(['registrar', 'minExpires'], ['registrar', 'maxExpires'])
  order(['registrar', 'minExpires'], ['registrar', 'defaultExpires'])
  order(['registrar', 'defaultExpires'], ['registrar', 'maxExpires'])
  order(['sip', 't1'], ['sip', 't2'])
  const required = ['trunksProxy', 'clientCertificate']
  const authorities = at('tls', 'ca')
  if (at(...required) === 'required' && Array.isArray(authorities) && authorities.length === 0)
    findings.push({
      path: required,
      value: 'required',
      allowed: 'none or asked, while tls.ca names nobody: the public authorities vouch for anybody',
    })
  return [...findings, ...interfaceClashes(at('media', 'interfaces')), ...portClashes(at)]
}
