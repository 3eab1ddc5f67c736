/** Runs the header vectors of `vectors/*.md`; messages, URIs and the like have tests of their own. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type HeaderDef, newRequest, PARSE_ERRORS, parse, parseValue } from '../src/index.ts'
import { HEADER_DEFS } from './header-defs.ts'
import { plain } from './plain.ts'
import { requestOf, requestWith } from './sample-messages.ts'
import { readVectors, type Vector } from './vector-reader.ts'

const OWN_TEST = /^(messages|multipart|peers|rfc\d+|streams|uris)\b/
const files = readdirSync(new URL('vectors', import.meta.url)).filter(file => file.endsWith('.md') && !OWN_TEST.test(file))

const defs = new Map(HEADER_DEFS.map(def => [def.name, def]))

for (const file of files) {
  const { name, vectors } = readVectors(file)
  describe(`${name} header vectors`, () => {
    const def = defs.get(name)!
    for (const vector of vectors) it.skipIf(vector.skipped !== undefined)(vector.name, () => check(def, vector))
  })
}

it('has vectors for every header definition', () => {
  expect([...defs.keys()].sort()).toEqual(files.map(file => readVectors(file).name).sort())
})

it('each header has vectors that are valid, that are not, and that are written anew', () => {
  const kinds = ['json', 'error', 'written'] as const
  const lacking = files.flatMap(file => {
    const run = readVectors(file).vectors.filter(vector => vector.skipped === undefined)
    return kinds.filter(kind => run.every(vector => vector[kind] === undefined)).map(kind => `${file}: ${kind}`)
  })
  expect(lacking).toEqual([])
})

function check(def: HeaderDef<unknown>, vector: Vector): void {
  const lines = Buffer.from(vector.bytes).toString('utf8').replace(/\r\n$/, '')
  const bytes = requestWith(...lines.split(/\r\n(?![ \t])/))
  if (vector.error !== undefined && vector.error in PARSE_ERRORS) {
    expect(parse(bytes)).toMatchObject({ kind: 'malformed', code: vector.error })
    return
  }
  const { headers } = requestOf(bytes)
  const read = headers.readAll(def)
  if (vector.error !== undefined) {
    expect(read.kind).toBe(vector.error)
    return
  }
  const values = def.list ? headers.all(def) : headers.all(def).slice(0, 1)
  expect(read.kind).toBe('value')
  expect(plain(def.list ? values : values[0])).toEqual(vector.json)
  checkWritten(def, values, vector.written)
}

/** What is written reads back as it was, alone and in a list (RFC 3261 §7.3.1). */
function checkWritten(def: HeaderDef<unknown>, values: readonly unknown[], written: string | undefined): void {
  const texts = values.map(value => def.encode(value))
  if (written !== undefined) expect(texts.join('\n')).toBe(written)
  expect(texts.map(text => plain(parseValue(def, text)))).toEqual(values.map(plain))
  if (def.name === 'Content-Length') return
  const joined = newRequest('INVITE', 'sip:a@example.com').raw(def.name, texts.join(' , '))
  expect(joined.all(def)).toEqual(values)
}
