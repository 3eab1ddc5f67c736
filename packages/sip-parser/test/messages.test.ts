/** Runs the vectors that are whole messages, sound and broken. RFC 3261 §7, RFC 4475, RFC 5118, and what peers send. */
import { describe, expect, it } from 'vitest'
import { checkMessage } from './message-vectors.ts'
import { readVectors } from './vector-reader.ts'

for (const file of ['messages.md', 'rfc4475.md', 'rfc5118.md', 'peers.md']) {
  const { name, vectors } = readVectors(file)
  describe(name, () => {
    for (const vector of vectors) it.skipIf(vector.skipped !== undefined)(vector.name, () => checkMessage(vector))
  })
}

describe('the vectors', () => {
  it('have one for each section of RFC 4475 §3 and RFC 5118 §4, and skip none', () => {
    expect(clausesIn('rfc4475.md', 4475)).toEqual(RFC_4475)
    expect(clausesIn('rfc5118.md', 5118)).toEqual(RFC_5118)
  })
})

/** The first clause that each vector cites of the RFC, in order, no clause twice. */
function clausesIn(file: string, rfc: number): string[] {
  const clauses = readVectors(file).vectors.map(({ prose, skipped }) =>
    skipped === undefined ? new RegExp(`RFC ${rfc} §([\\d.]*\\d)`).exec(prose)?.[1] : '',
  )
  return [...new Set(clauses)].map(String)
}

const sections = (parent: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${parent}.${i + 1}`)
/** Forty-nine. */
const RFC_4475 = [...sections('3.1.1', 13), ...sections('3.1.2', 19), ...sections('3.2', 1), ...sections('3.3', 15), ...sections('3.4', 1)]
const RFC_5118 = sections('4', 10)
