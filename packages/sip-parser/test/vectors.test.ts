/** Runs the header vectors of `vectors/*.md`; messages, URIs and the like have tests of their own. */
import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type HeaderDef, PARSE_ERRORS, parse } from '../src/index.ts'
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
    for (const vector of vectors) it.skipIf(vector.skipped !== undefined)(vector.title, () => check(def, vector))
  })
}

it('has vectors for every header definition', () => {
  expect([...defs.keys()].sort()).toEqual(files.map(file => readVectors(file).name).sort())
})

function check(def: HeaderDef<unknown>, vector: Vector): void {
  const lines = Buffer.from(vector.bytes).toString('utf8').replace(/\r\n$/, '')
  const bytes = requestWith(...lines.split(/\r\n(?![ \t])/))
  if (vector.error !== undefined && vector.error in PARSE_ERRORS) {
    expect(parse(bytes)).toMatchObject({ kind: 'malformed', code: vector.error })
    return
  }
  const { headers } = requestOf(bytes)
  if (vector.error !== undefined) expect(headers.readAll(def).kind).toBe(vector.error)
  else {
    const values = headers.all(def)
    expect(plain(def.list ? values : values[0])).toEqual(vector.json)
    if (vector.written !== undefined) expect(values.map(value => def.encode(value)).join('\n')).toBe(vector.written)
  }
}
