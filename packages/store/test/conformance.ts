/** What every store does, whatever keeps its data. */
import type { Cdr, Fact } from '@strowger/domain'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Binding, digestHashes, type Store } from '../src/index.ts'

const carrier = { address: '127.0.0.1', port: 5090 }

export function storeConformance(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(async () => {
      await store.close()
    })
    describeConfiguration(() => store)
    describeBindings(() => store)
    describeRecords(() => store)
  })
}

function describeConfiguration(store: () => Store): void {
  test('an empty store is seeded once, and tells the passwords once', async () => {
    const demo = await store().seedDemo({ carrier })
    expect(demo).toMatchObject({ domain: 'demo.localhost', ddi: '+34910000001', services: { echo: '*43' } })
    expect(demo!.users.map(user => [user.username, user.extension])).toEqual([
      ['alice', '101'],
      ['bob', '102'],
      ['carol', '103'],
    ])
    expect(new Set(demo!.users.map(user => user.password)).size).toBe(3)
    expect(await store().seedDemo({ carrier })).toBeUndefined()
  })

  test('the demo tenant can be asked for everything a call needs', async () => {
    const demo = await store().seedDemo({ carrier })
    const { current } = await store().configuration()
    const client = current.clientOf('DEMO.localhost')!
    const alice = current.terminalOf('alice', 'demo.localhost')!
    expect(alice).toMatchObject(digestHashes('alice', 'demo.localhost', demo!.users[0]!.password))
    const user = current.userOf(alice)!
    expect(current.extensionOf(user)?.number).toBe('101')
    expect(current.aorOf(current.row('user', current.extension(client.id, '102')!.userId)!)).toBe('bob@demo.localhost')
    expect(current.ddi('+34910000001')).toMatchObject({ clientId: client.id, userId: user.id, type: 'inout' })
    expect(current.outgoingDdiOf(user)?.e164).toBe('+34910000001')
    expect(current.servicesOf(client.id)).toMatchObject([{ name: 'echo', code: '43', takesArgument: false }])
    expect(current.planOf(client)).toMatchObject({ countryCode: '34', nationalLength: 9 })
    expect(current.outgoingRoutes(client.brandId)).toMatchObject([{ prefix: '', mode: 'static', stopper: false }])
    const [route] = current.outgoingRoutes(client.brandId)
    expect(current.serversOf(route!.carrierId!)).toMatchObject([{ address: '127.0.0.1', port: 5090, transport: 'udp' }])
    expect(current.providersAt('127.0.0.1', 1234)).toMatchObject([{ brandId: client.brandId }])
    expect(current.providersAt('127.0.0.2', 5090)).toEqual([])
  })

  test('a changed password, extension or number is in force when the change resolves, and removed ones are gone', async () => {
    await store().seedDemo({ carrier })
    const { current } = await store().configuration()
    const client = current.clientOf('demo.localhost')!
    const bob = current.userOf(current.terminalOf('bob', 'demo.localhost')!)!
    await store().setPassword('alice', 'Demo.Localhost', 'new')
    expect(current.terminalOf('alice', 'demo.localhost')).toMatchObject(digestHashes('alice', 'demo.localhost', 'new'))
    await store().setExtension({ domain: 'demo.localhost', number: '101', username: 'bob' })
    await store().setExtension({ domain: 'demo.localhost', number: '150', username: 'bob' })
    expect(current.extension(client.id, '101')?.userId).toBe(bob.id)
    expect(current.extension(client.id, '150')?.userId).toBe(bob.id)
    await store().setDdi({ e164: '+34910000001', domain: 'demo.localhost', username: 'bob' })
    await store().setDdi({ e164: '+34910000002', domain: 'demo.localhost', username: 'bob' })
    expect([current.ddi('+34910000001')?.userId, current.ddi('+34910000002')?.userId]).toEqual([bob.id, bob.id])
    await store().removeExtension('demo.localhost', '102')
    await store().removeDdi('+34910000001')
    expect(current.extension(client.id, '102')).toBeUndefined()
    expect(current.row('user', bob.id)?.extensionId).toBeNull()
    expect(current.outgoingDdiOf(bob)).toBeUndefined()
  })

  test('a new user registers and is called', async () => {
    await store().seedDemo({ carrier })
    const password = await store().createUser({ domain: 'demo.localhost', username: 'dave', extension: '104' })
    const { current } = await store().configuration()
    const dave = current.terminalOf('dave', 'demo.localhost')!
    expect(dave).toMatchObject(digestHashes('dave', 'demo.localhost', password))
    expect(current.extension(dave.clientId, '104')?.userId).toBe(current.userOf(dave)?.id)
  })

  test.each([
    ['unknown-terminal', (to: Store) => to.setPassword('nobody', 'demo.localhost', 'x')],
    ['bad-value', (to: Store) => to.setPassword('alice', 'demo.localhost', '')],
    ['unknown-client', (to: Store) => to.createUser({ domain: 'other', username: 'a', extension: '200' })],
    ['bad-value', (to: Store) => to.createUser({ domain: 'demo.localhost', username: 'alice', extension: '200' })],
    ['bad-value', (to: Store) => to.createUser({ domain: 'demo.localhost', username: 'eve', extension: '101' })],
    ['bad-value', (to: Store) => to.setExtension({ domain: 'demo.localhost', number: 'x', username: 'bob' })],
    ['bad-value', (to: Store) => to.setDdi({ e164: '910', domain: 'demo.localhost', username: 'bob' })],
    ['unknown-extension', (to: Store) => to.removeExtension('demo.localhost', '999')],
    ['unknown-ddi', (to: Store) => to.removeDdi('+34999999999')],
  ])('what cannot be done is refused with %s', async (code, change) => {
    await store().seedDemo({ carrier })
    await expect(change(store())).rejects.toMatchObject({ code })
  })

  test('a refused transaction leaves nothing behind', async () => {
    await store().seedDemo({ carrier })
    const { current } = await store().configuration()
    const failing = store().write(async tables => {
      await tables.insert('brand', { name: 'half', domain: null })
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    const [left] = await store()
      .write(tables => tables.find('brand', { name: 'half' }))
      .then(rows => [rows.length])
    expect([left, current.view('brand').size]).toEqual([0, 1])
  })

  test('listeners are told of changes, until they are taken off', async () => {
    await store().seedDemo({ carrier })
    const configuration = await store().configuration()
    let told = 0
    const off = configuration.onChange(() => told++)
    await store().setPassword('alice', 'demo.localhost', 'one')
    off()
    await store().setPassword('alice', 'demo.localhost', 'two')
    expect(told).toBe(1)
  })
}

const binding = (contact: string, more: Partial<Binding> = {}): Binding => ({
  aor: 'alice@demo.localhost',
  contact,
  path: [],
  expiresAt: 5000,
  callId: 'reg-1',
  cseq: 1,
  ...more,
})

function describeBindings(store: () => Store): void {
  test('bindings come back as they were written, without those that expired', async () => {
    const full = binding('sip:alice@192.0.2.1', {
      path: ['<sip:edge1;lr>', '<sip:edge2;lr>'],
      instance: '<urn:uuid:1>',
      regId: 1,
      q: 0.5,
      userAgent: 'phone',
      flow: 'token',
      received: 'udp:192.0.2.1:5060',
    })
    const plain = binding('sip:alice@192.0.2.2')
    for (const one of [full, plain, binding('sip:alice@192.0.2.3', { expiresAt: 100 })]) store().bindings.upsert(one)
    await store().bindings.flush()
    const loaded = await store().bindings.load(100)
    expect(loaded).toHaveLength(2)
    expect(loaded).toEqual(expect.arrayContaining([full, plain]))
  })

  test('the last word on a binding counts; instance and reg-id name it (RFC 5626 §6)', async () => {
    const { bindings } = store()
    bindings.upsert(binding('sip:a@192.0.2.1'))
    await bindings.flush()
    bindings.upsert(binding('sip:a@192.0.2.1', { cseq: 2 }))
    bindings.upsert(binding('sip:b@192.0.2.1', { instance: 'i', regId: 1 }))
    bindings.upsert(binding('sip:c@192.0.2.9', { instance: 'i', regId: 1, cseq: 3 }))
    bindings.upsert(binding('sip:d@192.0.2.1'))
    bindings.remove('alice@demo.localhost', 'sip:d@192.0.2.1')
    expect(bindings.pending).toBe(3)
    await bindings.flush()
    expect(bindings.pending).toBe(0)
    expect((await bindings.load(0)).map(one => [one.contact, one.cseq]).sort()).toEqual([
      ['sip:a@192.0.2.1', 2],
      ['sip:c@192.0.2.9', 3],
    ])
    bindings.remove('alice@demo.localhost', 'i;1')
    await bindings.flush()
    expect(await bindings.load(0)).toHaveLength(1)
  })

  test('a thousand bindings are one flush', async () => {
    for (let at = 0; at < 1200; at++) store().bindings.upsert(binding(`sip:a@192.0.2.1:${at}`))
    await store().bindings.flush()
    expect(await store().bindings.load(0)).toHaveLength(1200)
  })
}

const cdr = (call: string, more: Partial<Cdr> = {}): Cdr => ({
  call,
  brandId: 1,
  clientId: 2,
  caller: '101',
  callee: '102',
  direction: 'internal',
  startMs: 1_795_580_600_228,
  answerMs: null,
  endMs: 1_795_580_600_300,
  durationMs: 0,
  hungUpBy: 'caller',
  status: 487,
  legs: [],
  ...more,
})
const fact = (call: string, seq: number, more: object = { kind: 'ringing' }): Fact =>
  ({ call, seq, wall: seq, mono: seq, role: 'appserver', epoch: 1, ...more }) as Fact
const step = { offsets: new Map<string, number>(), facts: [], cdrs: [], writtenMs: 1000 }

function describeRecords(store: () => Store): void {
  test('a record comes back whole, and a second one of the same call replaces it', async () => {
    const legs = [
      { leg: 'a', packets: 1, bytes: 172, lost: null, jitterMs: null, roundTripMs: null, mos: null },
      { leg: 'b', packets: 2, bytes: 344, lost: 1, jitterMs: 3, roundTripMs: 41.536, mos: 4.3 },
    ]
    await store().ledger.commit({ ...step, cdrs: [cdr('c1', { legs, userId: 7, cause: 'cancelled' }), cdr('c2')] })
    expect(await store().cdrs.get('c1')).toEqual(cdr('c1', { legs, userId: 7, cause: 'cancelled' }))
    await store().ledger.commit({ ...step, cdrs: [cdr('c1', { legs: legs.slice(1), answerMs: 1_795_580_600_250, status: 200 })] })
    expect(await store().cdrs.get('c1')).toEqual(cdr('c1', { legs: legs.slice(1), answerMs: 1_795_580_600_250, status: 200 }))
    expect(await store().cdrs.get('c3')).toBeUndefined()
    expect(await store().cdrs.list()).toHaveLength(2)
  })

  test('records are listed latest first, within a tenant and a time', async () => {
    const cdrs = [
      cdr('c1', { startMs: 10 }),
      cdr('c2', { startMs: 30, clientId: 3 }),
      cdr('c3', { startMs: 20, brandId: null, clientId: null }),
    ]
    await store().ledger.commit({ ...step, cdrs })
    const calls = async (filter: object): Promise<string[]> => (await store().cdrs.list(filter)).map(one => one.call)
    expect(await calls({})).toEqual(['c2', 'c3', 'c1'])
    expect(await calls({ clientId: 3 })).toEqual(['c2'])
    expect(await calls({ brandId: 1, since: 10, before: 30 })).toEqual(['c1'])
    expect(await calls({ limit: 1 })).toEqual(['c2'])
  })

  test('the ledger remembers offsets, the latest boots, and the facts of calls without a record', async () => {
    const boot = (seq: number, epoch: number): Fact => fact('', seq, { kind: 'boot', epoch })
    const facts = [boot(1, 5), boot(1, 9), boot(1, 7), fact('c1', 1), fact('c1', 2), fact('c1', 2), fact('c2', 3)]
    await store().ledger.commit({ ...step, facts, cdrs: [cdr('c2')], offsets: new Map([['a.jsonl', 10]]) })
    await store().ledger.commit({ ...step, offsets: new Map([['a.jsonl', 20]]) })
    const state = await store().ledger.load()
    expect(state.offsets).toEqual(new Map([['a.jsonl', 20]]))
    expect(state.boots).toEqual([boot(1, 9)])
    expect(state.open).toEqual([fact('c1', 1), fact('c1', 2)])
    expect(await store().ledger.recorded(['c1', 'c2'])).toEqual(new Set(['c2']))
    expect(await store().ledger.factsOf(['c2', 'c9'])).toEqual([fact('c2', 3)])
  })

  test('facts are forgotten with their record, calls and files one by one', async () => {
    await store().ledger.commit({
      ...step,
      facts: [fact('c1', 1), fact('c2', 1), fact('c3', 1)],
      cdrs: [cdr('c1')],
      offsets: new Map([['a', 1]]),
    })
    await store().ledger.forgetRecorded(1000)
    expect(await store().ledger.factsOf(['c1'])).toHaveLength(1)
    await store().ledger.forgetRecorded(1001)
    await store().ledger.forgetCalls(['c2'])
    await store().ledger.forgetFile('a')
    expect(await store().ledger.factsOf(['c1', 'c2', 'c3'])).toEqual([fact('c3', 1)])
    expect((await store().ledger.load()).offsets.size).toBe(0)
  })
}
