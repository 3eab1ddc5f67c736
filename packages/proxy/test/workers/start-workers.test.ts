/** The main thread of several workers, with workers that do as they are told: what dies, hangs or comes late. RFC 3261 §16. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configFrom, createRoleContext, type RoleContext, type Running } from '@strowger/runtime'
import { afterEach, expect, test, vi } from 'vitest'
import { startWorkers } from '../../src/workers/start-workers.ts'

interface Listed {
  readonly worker: number
  readonly place: number
  readonly state: string
}

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** `script`: words such as `2:hangs`, by the number of the worker. */
async function start(
  script: string,
  { workers = 2, ...more }: { readonly silentMs?: number; readonly workers?: number } = {},
): Promise<{ running: Running; context: RoleContext; resize: (workers: number) => Promise<object> }> {
  const data = mkdtempSync(join(tmpdir(), 'workers-'))
  closers.push(() => rmSync(data, { recursive: true, force: true }))
  const config = configFrom({ data, usersProxy: { udp: 0, tcp: 0, tls: 0, ws: 0, wss: 0, workers } })
  const context = createRoleContext('users-proxy', config, { write: () => {}, processMetrics: false })
  closers.push(() => context.facts.close())
  const running = await startWorkers({
    context,
    workers,
    ports: config.usersProxy,
    entry: new URL('./scripted-worker.mjs', import.meta.url),
    nonceKey: script as unknown as Uint8Array,
    answer: () => undefined,
    close: () => Promise.resolve(),
    ...more,
  })
  closers.push(() => running.stop())
  const resize = (count: number): Promise<object> => running.reload!({ ...config, usersProxy: { ...config.usersProxy, workers: count } })
  return { running, context, resize }
}

const page = async (context: RoleContext, name: string, query = ''): Promise<readonly Listed[]> =>
  (await context.pages.get(name)!({ query: new URLSearchParams(query), body: '' })) as readonly Listed[]
const states = async (context: RoleContext): Promise<readonly string[]> =>
  (await page(context, 'GET /workers')).map(({ worker, state }) => `${worker} ${state}`)

test('one that dies while the others still start is replaced', async () => {
  const { context } = await start('1:dies 2:is-slow')
  await vi.waitFor(async () => expect(await states(context)).toEqual(['2 ready', '3 ready']), { timeout: 60_000 })
})

test('one that hangs is ended, and another takes its place', async () => {
  const { context } = await start('2:hangs', { silentMs: 500 })
  await vi.waitFor(async () => expect(await states(context)).toEqual(['1 ready', '3 ready']), { timeout: 60_000 })
})

test('a drain waits for the one that is only starting; none is started or replaced then', async () => {
  const { running, context } = await start('3:is-slow 3:drains-long')
  await page(context, 'POST /workers/replace', 'worker=1')
  const drained = running.drain()
  await expect(page(context, 'POST /workers/replace', 'worker=2')).rejects.toThrow('all workers drain')
  await drained
  expect(await states(context)).toContain('3 ready')
})

test('more at a reload, then fewer: those in between stay who they are', async () => {
  const { context, resize } = await start('')
  expect(await resize(4)).toEqual({ opened: [], closed: [], workers: { before: 2, now: 4 }, needsRestart: [] })
  await vi.waitFor(async () => expect(await states(context)).toEqual(['1 ready', '2 ready', '3 ready', '4 ready']), { timeout: 60_000 })
  expect(await resize(4)).toEqual({ opened: [], closed: [], needsRestart: [] })
  await resize(1)
  await vi.waitFor(async () => expect(await states(context)).toEqual(['1 ready']), { timeout: 60_000 })
})

test('fewer while the one that is to stay has died: another takes its place first', async () => {
  const { context, resize } = await start('1:dies 3:is-slow')
  await vi.waitFor(async () => expect(await states(context)).not.toContain('1 ready'), { timeout: 60_000 })
  await resize(1)
  await vi.waitFor(async () => expect(await states(context)).toEqual(['3 ready']), { timeout: 60_000 })
})
