import { mkdtempSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Fact, FactSpool } from '../src/index.ts'

function spool(): FactSpool {
  return FactSpool.open(mkdtempSync(join(tmpdir(), 'facts-')), 'appserver', 1_790_000_000_000)
}

function factsIn(file: string): readonly Fact[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Fact)
}

describe('spool of facts (design: a call record is folded from facts)', () => {
  test('the file is named by role and epoch, in a folder of its own', async () => {
    const facts = spool()
    expect(basename(facts.file)).toBe('appserver-1790000000000.jsonl')
    expect(basename(join(facts.file, '..'))).toBe('spool')
    expect(statSync(facts.file).mode & 0o777).toBe(0o600)
    await facts.close()
  })

  test('each fact gets its number, both clocks, role and epoch', async () => {
    const facts = spool()
    facts.append({ call: 'C', kind: 'ringing' })
    facts.append({ call: 'C', leg: 'b', kind: 'end', by: 'caller', status: 200 })
    await facts.flush()
    const written = factsIn(facts.file)
    expect(written.map(fact => fact.seq)).toEqual([1, 2])
    expect(written[1]).toMatchObject({
      call: 'C',
      leg: 'b',
      kind: 'end',
      by: 'caller',
      status: 200,
      role: 'appserver',
      epoch: 1_790_000_000_000,
    })
    expect(written[0]!.mono).toBeLessThanOrEqual(written[1]!.mono)
    expect(written[0]!.wall).toBeGreaterThan(1_600_000_000_000)
    await facts.close()
  })

  test('nothing is lost or reordered while writes overlap', async () => {
    const facts = spool()
    const flushes = Array.from({ length: 200 }, (_, index) => {
      facts.append({ call: `C${index}`, kind: 'answer' })
      return index % 7 === 0 ? facts.flush() : undefined
    })
    await Promise.all(flushes)
    await facts.close()
    expect(facts.waiting).toBe(0)
    expect(factsIn(facts.file).map(fact => fact.call)).toEqual(Array.from({ length: 200 }, (_, index) => `C${index}`))
  })

  test('closing writes what waits, and a closed spool takes nothing', async () => {
    const facts = spool()
    facts.append({ call: 'C', kind: 'ringing' })
    await facts.close()
    expect(factsIn(facts.file)).toHaveLength(1)
    expect(() => facts.append({ call: 'C', kind: 'ringing' })).toThrow(TypeError)
  })
})
