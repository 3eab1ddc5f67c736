/** The built package, as daemons run it: SQLite in its own thread, and a process that is killed. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openStore, type Store } from '../src/index.ts'
import { storeConformance } from './conformance.ts'

const built = new URL('../dist/index.js', import.meta.url)
let folder: string
let count = 0
beforeAll(() => {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  execFileSync(process.execPath, [tsc, '-b', fileURLToPath(new URL('..', import.meta.url))])
  folder = mkdtempSync(join(tmpdir(), 'strowger-thread-'))
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

const config = (file: string): object => ({ data: folder, store: { kind: 'sqlite', file } })
async function openBuilt(file: string): Promise<Store> {
  const { openStore: open } = (await import(built.href)) as { openStore: typeof openStore }
  return open(config(file) as Parameters<typeof openStore>[0], { pollMs: 0 })
}

storeConformance('sqlite in a thread', () => openBuilt(`${++count}.db`))

test('ten threads open an empty file at once, and one of them seeds it', async () => {
  const stores = await Promise.all(Array.from({ length: 10 }, () => openBuilt('ten.db')))
  const demos = await Promise.all(stores.map(store => store.seedDemo({ carrier: { address: '127.0.0.1', port: 5090 } })))
  expect(demos.filter(demo => demo !== undefined)).toHaveLength(1)
  await Promise.all(stores.map(store => store.close()))
})

test('a closed store says so, and a folder instead of a file is refused', async () => {
  const store = await openBuilt('closed.db')
  await store.close()
  await expect(store.cdrs.list()).rejects.toThrow()
  await expect(openBuilt('.')).rejects.toMatchObject({ code: 'cannot-open' })
})

/** Registers, and says `written` when the binding has left memory; then waits to be killed. */
const PHONE_BOOK = `
  import { openStore } from '${built.href}'
  const store = await openStore(JSON.parse(process.argv[1]))
  store.bindings.upsert({ aor: 'a@b', contact: 'sip:a@192.0.2.1', path: [], expiresAt: 9e15, callId: 'c', cseq: 1 })
  const started = performance.now()
  const wait = () => (store.bindings.pending === 0 ? console.log(performance.now() - started) : setTimeout(wait, 1))
  wait()
  setInterval(() => {}, 1000)
`

test('a binding is on disk at once, whatever happens to the process then', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PHONE_BOOK, '--', JSON.stringify(config('killed.db'))])
  const errors: string[] = []
  child.stderr.on('data', bytes => errors.push(String(bytes)))
  const exited = new Promise<string>(resolve => child.once('exit', () => resolve(errors.join(''))))
  const written = new Promise<string>(resolve => child.stdout.once('data', bytes => resolve(String(bytes))))
  const tookMs = Number(await Promise.race([written, exited]))
  child.kill('SIGKILL')
  await exited
  expect(tookMs).toBeLessThan(10_000)
  const store = await openStore(config('killed.db') as Parameters<typeof openStore>[0], { pollMs: 0 })
  expect(await store.bindings.load(Date.now())).toMatchObject([{ aor: 'a@b', contact: 'sip:a@192.0.2.1' }])
  await store.close()
})
