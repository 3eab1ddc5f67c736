/** Bindings on their way to a database that is slow, or refuses. */
import { expect, test } from 'vitest'
import type { BindingChange, BindingTable } from '../src/backend.ts'
import type { Binding } from '../src/index.ts'
import { WriteBehind } from '../src/write-behind.ts'

const binding = (cseq: number): Binding => ({ aor: 'a@b', contact: 'sip:a@192.0.2.1', path: [], expiresAt: 9, callId: 'c', cseq })

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

/** Answers each round when the test says so. */
function slowTable(): { table: BindingTable; rounds: BindingChange[][]; answer(error?: Error): Promise<void> } {
  const rounds: BindingChange[][] = []
  const waiting: ((error?: Error) => void)[] = []
  const table: BindingTable = {
    load: async () => [],
    apply(changes) {
      rounds.push([...changes])
      return new Promise((resolve, reject) => waiting.push(error => (error ? reject(error) : resolve())))
    },
  }
  const answer = async (error?: Error): Promise<void> => {
    await turn()
    waiting.shift()!(error)
    await turn()
  }
  return { table, rounds, answer }
}

test('two who wait for the same round are both told at its end', async () => {
  const { table, rounds, answer } = slowTable()
  const bindings = new WriteBehind(table, { delayMs: 60_000 })
  bindings.upsert(binding(1))
  const done: number[] = []
  const flushes = [1, 2].map(which => bindings.flush().then(() => done.push(which)))
  await turn()
  expect([rounds.length, done, bindings.pending]).toEqual([1, [], 1])
  await answer()
  await Promise.all(flushes)
  expect([done, bindings.pending]).toEqual([[1, 2], 0])
})

test('what the database refused is written at the next try, unless something newer waits', async () => {
  const { table, rounds, answer } = slowTable()
  const bindings = new WriteBehind(table, { delayMs: 60_000 })
  bindings.upsert(binding(1))
  bindings.upsert({ ...binding(1), contact: 'sip:other@192.0.2.1' })
  const first = bindings.flush()
  await turn()
  bindings.upsert(binding(2))
  const refused = expect(first).rejects.toThrow('disk full')
  await answer(new Error('disk full'))
  await refused
  expect(bindings.pending).toBe(2)
  const second = bindings.flush()
  await answer()
  await second
  const written = rounds[1]!.map(change => change.kind === 'upsert' && [change.binding.contact, change.binding.cseq])
  expect(written).toEqual([
    ['sip:a@192.0.2.1', 2],
    ['sip:other@192.0.2.1', 1],
  ])
})

test('the background tells of a refusal and tries again by itself', async () => {
  let refusals = 0
  const stored = new Promise<readonly BindingChange[]>(resolve => {
    const table: BindingTable = {
      load: async () => [],
      apply: async changes => {
        if (refusals < 2) throw new Error('locked')
        resolve(changes)
      },
    }
    new WriteBehind(table, { delayMs: 1, onError: () => refusals++ }).upsert(binding(7))
  })
  expect(await stored).toMatchObject([{ binding: { cseq: 7 } }])
  expect(refusals).toBe(2)
})
