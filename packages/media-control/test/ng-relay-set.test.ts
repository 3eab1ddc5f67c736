/** A set of relays with sockets: fail-over of new calls, another relay for running ones. */
import { afterEach, describe, expect, test } from 'vitest'
import { MediaError, type NgCommand, type NgReply } from '../src/index.ts'
import { NgRelaySet, type NgUdpServer, serveNgUdp } from '../src/udp.ts'

const closing: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one.close()
})

/** A relay that names itself in its SDPs. */
async function relay(name: string): Promise<NgUdpServer> {
  const handle = (command: NgCommand): NgReply => ({ result: 'ok', ...('sdp' in command ? { sdp: name } : {}) })
  const server = await serveNgUdp({ address: '127.0.0.1', port: 0 }, handle)
  closing.push(server)
  return server
}

async function setOf(relays: readonly NgUdpServer[], changes: unknown[]): Promise<NgRelaySet> {
  const set = await NgRelaySet.open({
    relays: relays.map(({ address, port }) => ({ address, port })),
    giveUpMs: 2000,
    retransmitMs: [50],
    pingMs: 50,
    changed: output => changes.push(output.kind),
  })
  closing.push(set)
  return set
}

const offer = (session: string): NgCommand => ({ command: 'offer', 'call-id': session, 'from-tag': 'a', sdp: 'x' })

describe('NgRelaySet', () => {
  test('a session is offered, answered and deleted at one relay', async () => {
    const relays = [await relay('one'), await relay('two')]
    const set = await setOf(relays, [])
    const sdps = new Set<unknown>()
    for (let at = 0; at < 20; at++) {
      const { sdp } = await set.request(offer(`call-${at}`))
      sdps.add(sdp)
      expect((await set.request({ ...offer(`call-${at}`), command: 'answer', 'to-tag': 'b' } as NgCommand)).sdp).toBe(sdp)
      await set.request({ command: 'delete', 'call-id': `call-${at}` })
    }
    expect(sdps).toEqual(new Set(['one', 'two']))
    expect(Object.values(set.counts().relays).every(({ sessions, up }) => sessions === 0 && up)).toBe(true)
  })

  test('new calls go to the relay that is left, running ones with their next offer, and back when it is back', async () => {
    const [one, two] = [await relay('one'), await relay('two')]
    const changes: unknown[] = []
    const set = await setOf([one, two], changes)
    const calls = Array.from({ length: 8 }, (_, at) => `call-${at}`)
    for (const call of calls) await set.request(offer(call))
    await one.close()
    for (const call of [...calls, 'new-1', 'new-2', 'new-3', 'new-4']) expect((await set.request(offer(call))).sdp).toBe('two')
    expect(set.counts().moved).toBeGreaterThan(0)
    await expect.poll(() => changes).toEqual(['down'])
    closing.push(await serveNgUdp({ address: '127.0.0.1', port: one.port }, () => ({ result: 'ok' })))
    await expect.poll(() => changes.slice(0, 2)).toEqual(['down', 'up'])
  })

  test('a relay that comes back without its sessions strands them; what moved meanwhile is deleted there', async () => {
    const [one, two] = [await relay('one'), await relay('two')]
    const changes: unknown[] = []
    const set = await setOf([one, two], changes)
    const on = new Map<unknown, string[]>()
    for (let at = 0; at < 40; at++) {
      const { sdp } = await set.request(offer(`call-${at}`))
      on.set(sdp, [...(on.get(sdp) ?? []), `call-${at}`])
    }
    const [moved, known, ...forgotten] = on.get('one') as string[]
    await one.close()
    await expect.poll(() => [...set.stranded()].sort()).toEqual([...on.get('one')!].sort())
    expect((await set.request(offer(moved!))).sdp).toBe('two')
    const deleted: unknown[] = []
    const again = await serveNgUdp({ address: '127.0.0.1', port: one.port }, command => {
      if (command.command === 'delete') deleted.push(command['call-id'])
      if (command.command === 'query' && command['call-id'] !== known) throw new MediaError('refused', 'Unknown call-id')
      return { result: 'ok' }
    })
    closing.push(again)
    await expect.poll(() => deleted).toEqual([moved])
    await expect.poll(() => [...set.stranded()].sort()).toEqual(forgotten.sort())
  })

  /** A relay that keeps sessions, and does not know `echo` when it is somebody else's. */
  async function keeping(name: string, echo = true): Promise<{ server: NgUdpServer; sessions: Set<string>; queries: number }> {
    const kept = { sessions: new Set<string>(), queries: 0 }
    const handle = (command: NgCommand): NgReply => {
      const session = 'call-id' in command ? String(command['call-id']) : ''
      if (command.command === 'query') kept.queries++
      if (command.command === 'query' && !kept.sessions.has(session)) throw new MediaError('refused', 'Unknown call-id')
      if (command.command === 'echo' && !echo) throw new MediaError('refused', 'Unrecognized command')
      if ('sdp' in command) kept.sessions.add(session)
      if (command.command === 'delete') return kept.sessions.delete(session) ? { result: 'ok', tags: {}, sdp: name } : { result: 'ok' }
      return { result: 'ok', sdp: name }
    }
    const server = await serveNgUdp({ address: '127.0.0.1', port: 0 }, handle)
    closing.push(server)
    return Object.assign(kept, { server })
  }

  test('sessions that began before the set did are found where they are, and deleted there', async () => {
    const [one, two] = [await keeping('one'), await keeping('two')]
    const calls = Array.from({ length: 12 }, (_, at) => `call-${at}`)
    for (const [at, call] of calls.entries()) (at % 2 === 0 ? one : two).sessions.add(call)
    const set = await setOf([one.server, two.server], [])
    const where = (at: number): string => (at % 2 === 0 ? 'one' : 'two')
    for (const [at, call] of calls.entries()) {
      if (at < 4) expect((await set.request({ ...offer(call), 'to-tag': 'b' } as NgCommand)).sdp).toBe(where(at))
      expect(await set.request({ command: 'delete', 'call-id': call })).toMatchObject({ sdp: where(at) })
    }
    expect([one.sessions.size, two.sessions.size]).toEqual([0, 0])
    expect(set.counts()).toMatchObject({ moved: 0, failedOver: 0 })
  })

  test('nobody is asked for a session that begins', async () => {
    const [one, two] = [await keeping('one'), await keeping('two')]
    const set = await setOf([one.server, two.server], [])
    await set.request(offer('new'))
    await set.request({ ...offer('new'), command: 'answer', 'to-tag': 'b' } as NgCommand)
    expect(one.queries + two.queries).toBe(0)
  })

  test('a relay that does not know echo gets none, and calls all the same', async () => {
    const [ours, theirs] = [await keeping('ours'), await keeping('theirs', false)]
    const set = await setOf([ours.server, theirs.server], [])
    const sdps = new Set<unknown>()
    for (let at = 0; at < 20; at++) {
      expect((await set.request({ command: 'echo', 'call-id': `echo-${at}`, 'from-tag': 'a', sdp: 'x' })).sdp).toBe('ours')
      sdps.add((await set.request(offer(`call-${at}`))).sdp)
    }
    expect(sdps).toEqual(new Set(['ours', 'theirs']))
    expect(set.counts().failedOver).toBe(0)
  })

  test('without any relay an offer times out, as with one', async () => {
    const [one] = [await relay('one')]
    const set = await setOf([one], [])
    await one.close()
    await expect(set.request(offer('x'))).rejects.toMatchObject({ code: 'timeout' })
    await expect(set.request({ command: 'ping' })).rejects.toMatchObject({ code: 'timeout' })
  })
})
