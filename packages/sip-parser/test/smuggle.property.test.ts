/** Text smuggled into any field of any header either throws a TypeError or reads back as it was, and touches nothing else. RFC 3261 §7.3.1, §25.1. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HeaderDef, newRequest } from '../src/index.ts'
import { HEADER_DEFS } from './header-defs.ts'
import { requestOf, requestWith, textOf } from './sample-messages.ts'
import { readVectors } from './vector-reader.ts'

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31)

describe(`nothing is smuggled in by the fields of a header (seed ${seed})`, () => {
  for (const def of HEADER_DEFS.filter(({ name }) => name !== 'Content-Length')) {
    it(`${def.name} (RFC 3261 §25.1)`, () => {
      const cases = samplesOf(def).flatMap(value => pathsOf(value).map(path => ({ value, path })))
      if (cases.length === 0) return
      const smuggled = fc
        .tuple(fc.constantFrom(...cases), hostile)
        .map(([{ value, path }, text]) => ({ value: put(value, path, text), path }))
      fc.assert(
        fc.property(smuggled, ({ value, path }) => check(def, value, path)),
        { numRuns: 200, seed },
      )
    })
  }
})

function check(def: HeaderDef<unknown>, value: unknown, path: Path): void {
  const text = encoded(def, value)
  if (text === undefined) return
  expect(text).not.toMatch(/[\r\n]/)
  const edit = newRequest('INVITE', 'sip:a@example.com').raw('X-Before', '1').append(def, value).raw('X-After', '2')
  const wire = textOf(edit.toBytes())
  expect(wire.split('\r\n')).toEqual([
    'INVITE sip:a@example.com SIP/2.0',
    'X-Before: 1',
    wellFormed(`${def.name}: ${text}`),
    'X-After: 2',
    'Content-Length: 0',
    '',
    '',
  ])
  const read = edit.all(def)
  expect({ path, text, read: read.map(folded) }).toEqual({ path, text, read: [folded(value)] })
}

/** What is written for `value`; `undefined` when it is refused, which a TypeError says. */
function encoded(def: HeaderDef<unknown>, value: unknown): string | undefined {
  try {
    return def.encode(value)
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError)
    return undefined
  }
}

/** The values of the valid vectors of `def`: between them they have all its fields. */
function samplesOf(def: HeaderDef<unknown>): readonly unknown[] {
  return readVectors(`${def.name.toLowerCase()}.md`)
    .vectors.filter(vector => vector.json !== undefined)
    .flatMap(vector => {
      const lines = Buffer.from(vector.bytes).toString('utf8').replace(/\r\n$/, '')
      return requestOf(requestWith(...lines.split(/\r\n(?![ \t])/))).headers.all(def)
    })
}

/** Where a piece of text is: fields, indexes, and for a Map the place in it and whether key (0) or value (1). */
type Path = readonly (string | number)[]

function pathsOf(value: unknown): readonly Path[] {
  if (typeof value === 'string') return [[]]
  if (typeof value !== 'object' || value === null) return []
  const inside = value instanceof Map ? [...value] : value
  return Object.entries(inside)
    .filter(([key]) => key !== 'host' || hasHost(value))
    .flatMap(([key, held]) => pathsOf(held).map(path => [key, ...path]))
}

/** Not so a URI of a scheme that has none: its `host` is not written. */
const hasHost = (value: object): boolean => !('opaque' in value) && !('scheme' in value && value.scheme === 'tel')

/** A copy of `value` with `text` at `path`. */
function put(value: unknown, path: Path, text: string): unknown {
  const [key, ...rest] = path
  if (key === undefined) return text
  if (value instanceof Map) return new Map(put([...value], path, text) as [string, string][])
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) }
  return Object.assign(copy, { [key]: put((value as Record<string, unknown>)[key], rest, text) })
}

/** Comparable: where case does not count it may be lost, and lone surrogates cannot be sent. An empty password or port is none. */
function folded(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value).toLowerCase()
  if (value instanceof Map) return [...value].map(folded)
  if (Array.isArray(value)) return value.map(folded)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, held]) => [name, folded(held)]))
}

const wellFormed = (text: string): string => Buffer.from(text).toString()

const PIECES = [
  '\r\n',
  '\r',
  '\n',
  'X-Evil: 1',
  '\r\nX-Evil: 1',
  ',',
  ';',
  '"',
  '\\',
  '<',
  '>',
  '(',
  ')',
  '=',
  '?',
  '&',
  '@',
  ':',
  '%0d%0a',
  ' ',
]
const MORE = [
  '\t',
  '\0',
  '\x7f',
  'é',
  '\ud800',
  '\u2028',
  '[',
  ']',
  '[::1]',
  '*',
  '/',
  '.',
  '-',
  'a',
  'B',
  '9',
  'sip',
  'tag',
  ';tag=x',
  ',b',
]
const NAMES = ['cause', 'text', 'branch', 'rport', 'index', 'reason', 'expires', 'refresher', 'to-tag', 'require', 'info', 'alg', 'nc', 'Q']
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...PIECES, ...MORE), { maxLength: 4 }).map(pieces => pieces.join('')),
  fc.constantFrom(...NAMES),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
