/** The store in SQLite: the conformance suite, and what only a file shared by processes has. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore, type Store, type StoreOptions } from '../src/index.ts'
import { openDatabase } from '../src/sqlite/open-database.ts'
import { storeConformance } from './conformance.ts'

let folder: string
let count = 0
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'strowger-store-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const fresh = (): string => `${++count}/store.db`
const open = (file: string, options: StoreOptions = {}): Promise<Store> =>
  openStore({ data: folder, store: { kind: 'sqlite', file } }, { pollMs: 0, ...options })
const carrier = { address: '127.0.0.1', port: 5090 }

storeConformance('sqlite', () => open(fresh()))

describe('a file shared by two processes', () => {
  test('a change of the other one is in force at the next look at the feed', async () => {
    const file = fresh()
    const [ours, theirs] = [await open(file), await open(file)]
    await theirs.seedDemo({ carrier })
    const configuration = await ours.configuration()
    const before = configuration.current.terminalOf('alice', 'demo.localhost')
    await theirs.setPassword('alice', 'demo.localhost', 'new')
    await theirs.removeExtension('demo.localhost', '102')
    expect(configuration.current.terminalOf('alice', 'demo.localhost')).toEqual(before)
    await configuration.refresh()
    expect(configuration.current.terminalOf('alice', 'demo.localhost')?.ha1Md5).not.toBe(before!.ha1Md5)
    expect(configuration.current.extension(before!.clientId, '102')).toBeUndefined()
    await Promise.all([ours.close(), theirs.close()])
  })

  test('the feed is read without being asked', async () => {
    const file = fresh()
    const [ours, theirs] = [await open(file, { pollMs: 5 }), await open(file)]
    const configuration = await ours.configuration()
    const seen = new Promise<void>(resolve => {
      configuration.onChange(() => configuration.current.clientOf('demo.localhost') && resolve())
    })
    await theirs.seedDemo({ carrier })
    await seen
    await Promise.all([ours.close(), theirs.close()])
  })

  test('what any tool changes is seen, and what a deleted row takes with it', async () => {
    const file = fresh()
    const store = await open(file)
    await store.seedDemo({ carrier })
    const configuration = await store.configuration()
    const tool = openDatabase(join(folder, file))
    tool.run("update extension set number = '777' where number = '102'", [])
    tool.run("delete from ddi where e164 = '+34910000001'", [])
    tool.close()
    await configuration.refresh()
    const { current } = configuration
    const client = current.clientOf('demo.localhost')!
    expect(current.extension(client.id, '777')).toBeDefined()
    expect([client.outgoingDdiId, current.ddi('+34910000001')]).toEqual([null, undefined])
    await store.close()
  })

  test('a feed that does not reach back, or began anew, makes the reader read everything', async () => {
    const file = fresh()
    const store = await open(file)
    await store.seedDemo({ carrier })
    const configuration = await store.configuration()
    const tool = openDatabase(join(folder, file))
    tool.run("update brand set name = 'renamed'", [])
    tool.run('delete from change where id < (select max(id) from change)', [])
    tool.run("update client set name = 'renamed'", [])
    tool.run('delete from change where id < (select max(id) from change)', [])
    await configuration.refresh()
    expect([...configuration.current.view('brand').all()]).toMatchObject([{ name: 'renamed' }])
    tool.run("update brand set name = 'restored'", [])
    tool.run('delete from change', [])
    await configuration.refresh()
    expect([...configuration.current.view('brand').all()]).toMatchObject([{ name: 'restored' }])
    tool.close()
    await store.close()
  })

  test('ten open an empty file at once, and one of them seeds it', async () => {
    const file = fresh()
    const stores = await Promise.all(Array.from({ length: 10 }, () => open(file)))
    const demos = await Promise.all(stores.map(store => store.seedDemo({ carrier })))
    expect(demos.filter(demo => demo !== undefined)).toHaveLength(1)
    await Promise.all(stores.map(store => store.close()))
  })
})

describe('the file', () => {
  test('never holds a password in clear', async () => {
    const file = fresh()
    const store = await open(file)
    const demo = await store.seedDemo({ carrier })
    const created = await store.createUser({ domain: 'demo.localhost', username: 'dave', extension: '104' })
    await store.setPassword('alice', 'demo.localhost', 'correct horse battery')
    const passwords = [...demo!.users.map(user => user.password), created, 'correct horse battery']
    const contents = (): Buffer[] => readdirSync(join(folder, file, '..')).map(name => readFileSync(join(folder, file, '..', name)))
    const leaked = (): string[] => passwords.filter(password => contents().some(bytes => bytes.includes(password)))
    expect(leaked()).toEqual([])
    await store.close()
    expect(leaked()).toEqual([])
    expect(contents().some(bytes => bytes.includes('demo.localhost'))).toBe(true)
  })

  test('keeps everything when it is opened again', async () => {
    const file = fresh()
    const first = await open(file)
    await first.seedDemo({ carrier })
    first.bindings.upsert({ aor: 'a@b', contact: 'sip:a@192.0.2.1', path: [], expiresAt: 9, callId: 'c', cseq: 1 })
    await first.close()
    const again = await open(file)
    expect(await again.seedDemo({ carrier })).toBeUndefined()
    expect((await again.configuration()).current.terminalOf('alice', 'demo.localhost')).toBeDefined()
    expect(await again.bindings.load(0)).toHaveLength(1)
    await again.close()
  })

  test('of before how legs sounded was known is taken over, records and all', async () => {
    const file = fresh()
    await (await open(file)).close()
    const tool = openDatabase(join(folder, file))
    for (const column of ['jitter_ms', 'round_trip_ms', 'mos']) tool.run(`alter table cdr_leg drop column ${column}`, [])
    tool.run("delete from kysely_migration where name = '0002-leg-quality'", [])
    tool.run(
      `insert into cdr (call, caller, callee, direction, start_ms, end_ms, duration_ms, hung_up_by, status, written_ms)
        values ('c1', '101', '102', 'internal', 1, 2, 1, 'caller', 200, 3)`,
      [],
    )
    tool.run("insert into cdr_leg (call, leg, packets, bytes) values ('c1', 'a', 5, 860)", [])
    tool.close()
    const store = await open(file)
    const legs = [{ leg: 'a', packets: 5, bytes: 860, lost: null, jitterMs: null, roundTripMs: null, mos: null }]
    expect(await store.cdrs.get('c1')).toMatchObject({ status: 200, legs })
    await store.close()
  })

  test('that is no database is refused with its name', async () => {
    await expect(open('.')).rejects.toMatchObject({ code: 'cannot-open', message: expect.stringContaining(folder) })
  })
})
