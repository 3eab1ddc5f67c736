/** Killed anywhere, any number of times: the records are the same as if nothing had happened. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cdr } from '@strowger/domain'
import { type Ledger, openStore, type Store } from '@strowger/store'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CdrWriter, SpoolFolder } from '../src/index.ts'

const attempt = { kind: 'attempt', tenant: { brand: 1, client: 2 }, caller: '101', callee: '102', direction: 'internal' }

/** A small history: two calls that end, one that is refused, one that dies with its application server, one that goes on. */
const history: readonly (readonly [role: string, epoch: number, call: string, fields: object])[] = [
  ['users-proxy', 10, '', { kind: 'boot' }],
  ['appserver', 20, '', { kind: 'boot' }],
  ['users-proxy', 10, 'c1', attempt],
  ['appserver', 20, 'c1', attempt],
  ['users-proxy', 10, 'c2', attempt],
  ['appserver', 20, 'c1', { kind: 'answer' }],
  ['appserver', 20, 'c2', attempt],
  ['users-proxy', 10, 'c3', attempt],
  ['users-proxy', 10, 'c3', { kind: 'refused', status: 503 }],
  ['appserver', 20, 'c1', { kind: 'end', by: 'callee', status: 200 }],
  ['users-proxy', 10, 'c1', { kind: 'media', leg: 'a', packets: 5, bytes: 50, lost: 0, lastPacket: 11 }],
  ['appserver', 90, '', { kind: 'boot' }],
  ['users-proxy', 10, 'c4', attempt],
  ['appserver', 90, 'c4', attempt],
  ['users-proxy', 10, 'c2', { kind: 'media', leg: 'a', packets: 7, bytes: 70, lost: 1, lastPacket: 60 }],
  ['appserver', 90, 'c4', { kind: 'end', by: 'caller', status: 487 }],
  ['appserver', 90, 'c5', attempt],
]
const lines = history.map(([role, epoch, call, fields], at) => {
  const fact = { call, seq: at, wall: 30 + at * 5, mono: at * 5, role, epoch, ...fields }
  return { file: `${role}-${epoch}.jsonl`, text: `${JSON.stringify(fact)}\n` }
})

/** What happens between two bytes of the spools. */
type Event =
  | { readonly kind: 'append'; readonly bytes: number }
  | { readonly kind: 'step' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'crash'; readonly committed: boolean }

const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('append' as const), bytes: fc.integer({ min: 1, max: 900 }) }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'step' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const), committed: fc.boolean() }) },
)

/** A ledger that dies in the middle of its next commit: before or after the database took it. */
function dying(ledger: Ledger, committed: boolean): Ledger {
  return {
    load: () => ledger.load(),
    factsOf: calls => ledger.factsOf(calls),
    recorded: calls => ledger.recorded(calls),
    forgetRecorded: ms => ledger.forgetRecorded(ms),
    forgetCalls: calls => ledger.forgetCalls(calls),
    forgetFile: file => ledger.forgetFile(file),
    async commit(step) {
      if (committed) await ledger.commit(step)
      throw new Error('killed')
    },
  }
}

async function recordsAfter(events: readonly Event[], kind: 'memory' | 'sqlite', pieceBytes: number): Promise<readonly Cdr[]> {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-crash-'))
  const spool = new SpoolFolder(folder, pieceBytes)
  let store: Store | undefined
  try {
    store = await openStore({ data: folder, store: { kind, file: 'db/store.db' } }, { pollMs: 0 })
    const appendNext = appender(folder)
    let writer = await CdrWriter.open(store.ledger, spool)
    for (const event of events) {
      if (event.kind === 'append') appendNext(event.bytes)
      else if (event.kind === 'step') await writer.step(1000)
      else {
        if (event.kind === 'crash') await (await CdrWriter.open(dying(store.ledger, event.committed), spool)).step(1000).catch(() => {})
        writer = await CdrWriter.open(store.ledger, spool)
      }
    }
    appendNext(Number.POSITIVE_INFINITY)
    await writer.finish(9000)
    expect(writer.openCalls).toBe(1)
    return await store.cdrs.list()
  } finally {
    await store?.close()
    rmSync(folder, { recursive: true })
  }
}

/** Appends the next bytes of the history, whatever line they cut. */
function appender(folder: string): (bytes: number) => void {
  for (const { file } of lines) writeFileSync(join(folder, file), '')
  let [line, column] = [0, 0]
  return bytes => {
    for (let left = bytes; left > 0 && line < lines.length; ) {
      const { file, text } = lines[line]!
      const part = text.slice(column, column + left)
      appendFileSync(join(folder, file), part)
      left -= part.length
      column += part.length
      if (column === text.length) [line, column] = [line + 1, 0]
    }
  }
}

test('the history has four records', async () => {
  const records = await recordsAfter([], 'memory', 1 << 20)
  expect(records.map(cdr => [cdr.call, cdr.status, cdr.cause, cdr.endMs])).toEqual([
    ['c4', 487, undefined, 105],
    ['c3', 503, undefined, 70],
    ['c2', 503, 'interrupted', 60],
    ['c1', 200, undefined, 75],
  ])
})

test.each([
  ['memory', 150],
  ['sqlite', 25],
] as const)('over %s, a writer killed anywhere gives the same records', async (kind, numRuns) => {
  const expected = await recordsAfter([], 'memory', 1 << 20)
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), fc.integer({ min: 400, max: 4000 }), async (events, pieceBytes) => {
      expect(await recordsAfter(events, kind, pieceBytes)).toEqual(expected)
    }),
    { numRuns },
  )
})
