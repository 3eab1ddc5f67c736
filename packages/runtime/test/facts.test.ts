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

  test('a full disk: facts wait, are tried again by themselves, and come in order, none twice', async () => {
    const disk: Buffer[] = []
    const told: (string | undefined)[] = []
    let room = 100
    const write = async (_fd: number, bytes: Uint8Array): Promise<number> => {
      if (room === 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      const taken = Buffer.from(bytes.subarray(0, room))
      room -= taken.length
      disk.push(taken)
      return taken.length
    }
    const facts = FactSpool.open(mkdtempSync(join(tmpdir(), 'facts-')), 'appserver', 1, {
      write,
      onTrouble: error => told.push(error?.message),
    })
    for (let i = 0; i < 10; i++) facts.append({ call: `C${i}`, kind: 'answer' })
    await expect(facts.flush()).rejects.toThrow('no space')
    await expect(facts.flush()).rejects.toThrow('no space')
    expect([facts.waiting, facts.lost]).toEqual([10, 0])
    room = 1_000_000
    while (facts.waiting > 0) await new Promise(resolve => setTimeout(resolve, 10))
    await facts.close()
    const written = Buffer.concat(disk).toString().trimEnd().split('\n')
    expect(written.map(line => (JSON.parse(line) as Fact).seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(told).toEqual(['no space', undefined])
  })

  test('what waits has an end: more is lost and counted, and its numbers are missing', async () => {
    const facts = FactSpool.open(mkdtempSync(join(tmpdir(), 'facts-')), 'appserver', 1, {
      waitingBytes: 500,
      write: () => Promise.reject(new Error('no space')),
    })
    for (let i = 0; i < 100; i++) facts.append({ call: 'C', kind: 'answer' })
    expect(facts.waiting).toBeLessThan(5)
    expect(facts.lost).toBe(100 - facts.waiting)
    await facts.close().catch(() => {})
  })

  test('a file that has grown is followed by another one', async () => {
    const facts = FactSpool.open(mkdtempSync(join(tmpdir(), 'facts-')), 'appserver', 1_790_000_000_000, { fileBytes: 200 })
    const first = facts.file
    for (let i = 0; i < 5; i++) {
      facts.append({ call: 'C', kind: 'answer' })
      await facts.flush()
    }
    const others = [1, 2].map(part => join(first, '..', `appserver-1790000000000.${part}.jsonl`))
    expect([first, ...others].flatMap(factsIn).map(fact => fact.seq)).toEqual([1, 2, 3, 4, 5])
    expect(facts.file).toBe(others[1])
    await facts.close()
  })
})
