/** Facts in spools become records in the store. */
import { appendFileSync, existsSync, mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store } from '@strowger/store'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CdrWriter, SpoolFolder } from '../src/index.ts'

let folder: string
let store: Store
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strowger-jobs-'))
  store = await openStore({ data: folder, store: { kind: 'memory', file: '' } }, { pollMs: 0 })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const writerOf = (): Promise<CdrWriter> => CdrWriter.open(store.ledger, new SpoolFolder(folder))
const append = (file: string, text: string): void => appendFileSync(join(folder, file), text)

let seq = 0
const line = (role: string, epoch: number, call: string, fields: object): string =>
  `${JSON.stringify({ call, seq: ++seq, wall: epoch + seq, mono: seq, role, epoch, ...fields })}\n`
const app = (call: string, fields: object, epoch = 100): void => append(`appserver-${epoch}.jsonl`, line('appserver', epoch, call, fields))
const edge = (call: string, fields: object): void => append('users-proxy-50.jsonl', line('users-proxy', 50, call, fields))

const attempt = { kind: 'attempt', tenant: { brand: 1, client: 2 }, caller: '101', callee: '102', direction: 'internal' }
const end = { kind: 'end', by: 'caller', status: 200 }
const media = { kind: 'media', leg: 'a', packets: 9, bytes: 99, lost: 0, lastPacket: 0 }

describe('the writer of call records', () => {
  test('writes a record when the end is known, and only then', async () => {
    const writer = await writerOf()
    edge('c1', attempt)
    app('c1', attempt)
    expect([await writer.step(1000), writer.openCalls, await store.cdrs.list()]).toEqual([true, 1, []])
    app('c1', { kind: 'answer' })
    app('c1', end)
    expect([await writer.step(1000), writer.openCalls]).toEqual([true, 0])
    expect(await store.cdrs.list()).toMatchObject([{ call: 'c1', caller: '101', status: 200 }])
    expect(await writer.step(1000)).toBe(false)
    expect(writer.counts).toEqual({ written: 1, rewritten: 0, malformed: 0, late: 0 })
  })

  test('changes a record when a fact comes late', async () => {
    const writer = await writerOf()
    app('c1', attempt)
    app('c1', end)
    await writer.step(1000)
    edge('c1', media)
    await writer.step(2000)
    expect(await store.cdrs.list()).toMatchObject([{ call: 'c1', legs: [{ leg: 'a', packets: 9 }] }])
    expect(writer.counts).toMatchObject({ written: 1, rewritten: 1 })
  })

  test('waits for the rest of a torn line', async () => {
    const writer = await writerOf()
    app('c1', attempt)
    const text = line('appserver', 100, 'c1', end)
    append('appserver-100.jsonl', text.slice(0, 20))
    await writer.step(1000)
    expect(await store.cdrs.list()).toEqual([])
    append('appserver-100.jsonl', text.slice(20))
    await writer.step(1000)
    expect(await store.cdrs.list()).toHaveLength(1)
    expect(writer.counts.malformed).toBe(0)
  })

  test('counts a line that is no fact, and goes on behind it', async () => {
    const writer = await writerOf()
    append('appserver-100.jsonl', 'rubbish\n\n{"kind":"end"}\n')
    append('notes.txt', 'not a spool\n')
    app('c1', attempt)
    app('c1', end)
    await writer.step(1000)
    expect(await store.cdrs.list()).toHaveLength(1)
    expect(writer.counts.malformed).toBe(3)
  })

  test('closes the calls of an application server that started again, once their last facts had time to arrive', async () => {
    const writer = await writerOf()
    app('c1', attempt)
    app('c1', { kind: 'answer' })
    app('', { kind: 'boot' }, 5000)
    await writer.step(10_000)
    await writer.step(11_999)
    expect(await store.cdrs.list()).toEqual([])
    await writer.step(12_000)
    expect(await store.cdrs.list()).toMatchObject([{ call: 'c1', cause: 'interrupted', hungUpBy: 'platform' }])
  })

  test('does not close a call whose end was still on its way', async () => {
    const writer = await writerOf()
    app('c1', attempt)
    app('', { kind: 'boot' }, 5000)
    await writer.step(10_000)
    app('c1', end)
    await writer.step(10_100)
    expect(await store.cdrs.list()).toMatchObject([{ call: 'c1', status: 200 }])
    expect((await store.cdrs.list())[0]).not.toHaveProperty('cause')
  })

  test('at the end writes what looks interrupted at once', async () => {
    const writer = await writerOf()
    app('c1', attempt)
    app('', { kind: 'boot' }, 5000)
    await writer.finish(10_000)
    expect(await store.cdrs.list()).toMatchObject([{ cause: 'interrupted' }])
  })

  test('another writer goes on where this one was killed', async () => {
    app('', { kind: 'boot' }, 5000)
    app('c1', attempt)
    app('c2', attempt, 5000)
    await (await writerOf()).step(10_000)
    const writer = await writerOf()
    expect(writer.openCalls).toBe(2)
    app('c2', end, 5000)
    await writer.step(20_000)
    await writer.step(30_000)
    expect((await store.cdrs.list()).map(cdr => [cdr.call, cdr.cause]).sort()).toEqual([
      ['c1', 'interrupted'],
      ['c2', undefined],
    ])
  })
})

describe('the sweep', () => {
  const hour = 3_600_000

  test('removes a finished file an hour after its role started again', async () => {
    const writer = await writerOf()
    app('c1', attempt)
    app('c1', end)
    append('appserver-100.jsonl', '{"torn')
    utimesSync(join(folder, 'appserver-100.jsonl'), 1, 1)
    await writer.step(1000)
    await writer.sweep(2 * hour)
    expect(existsSync(join(folder, 'appserver-100.jsonl'))).toBe(true)
    app('', { kind: 'boot' }, 5000)
    await writer.step(1000)
    await writer.sweep(500 + hour)
    expect(existsSync(join(folder, 'appserver-100.jsonl'))).toBe(true)
    await writer.sweep(2 * hour)
    expect([existsSync(join(folder, 'appserver-100.jsonl')), existsSync(join(folder, 'appserver-5000.jsonl'))]).toEqual([false, true])
    expect([...(await store.ledger.load()).offsets.keys()]).toEqual(['appserver-5000.jsonl'])
  })

  test('a spool in several files is folded in order, and its full ones are removed, the last never', async () => {
    const writer = await writerOf()
    const part = (n: number): string => join(folder, `appserver-100${n === 0 ? '' : `.${n}`}.jsonl`)
    app('c1', attempt)
    append('appserver-100.1.jsonl', line('appserver', 100, 'c1', { kind: 'answer' }))
    append('appserver-100.2.jsonl', line('appserver', 100, 'c1', end))
    for (const n of [0, 1, 2]) utimesSync(part(n), 1, 1)
    await writer.step(1000)
    expect(writer.openCalls).toBe(1)
    await writer.sweep(2 * hour)
    expect([0, 1, 2].map(n => existsSync(part(n)))).toEqual([false, true, true])
    while (await writer.step(1000)) {}
    expect(await store.cdrs.list()).toMatchObject([{ call: 'c1', caller: '101', status: 200 }])
    expect(writer.counts).toMatchObject({ written: 1, rewritten: 0 })
    await writer.sweep(2 * hour)
    expect([0, 1, 2].map(n => existsSync(part(n)))).toEqual([false, false, true])
  })

  test('never removes a file that is not folded', async () => {
    const writer = await writerOf()
    app('', { kind: 'boot' }, 5000)
    await writer.step(1000)
    app('c1', attempt)
    utimesSync(join(folder, 'appserver-100.jsonl'), 1, 1)
    await writer.sweep(2 * hour)
    expect(existsSync(join(folder, 'appserver-100.jsonl'))).toBe(true)
  })

  test('forgets the facts of recorded calls; what comes after that is counted and changes nothing', async () => {
    const writer = await writerOf()
    app('c1', attempt)
    app('c1', end)
    await writer.step(1000)
    await writer.sweep(2 * hour)
    expect(await store.ledger.factsOf(['c1'])).toEqual([])
    const before = await store.cdrs.list()
    edge('c1', media)
    await writer.step(2 * hour)
    expect(await store.cdrs.list()).toEqual(before)
    expect([writer.counts.late, writer.openCalls]).toEqual([1, 0])
  })

  test('forgets calls of which nothing but media is known', async () => {
    const writer = await writerOf()
    edge('c1', media)
    app('c2', attempt)
    await writer.step(1000)
    await writer.sweep(2 * hour)
    expect(writer.openCalls).toBe(1)
    expect((await store.ledger.load()).open).toMatchObject([{ call: 'c2' }])
  })
})
