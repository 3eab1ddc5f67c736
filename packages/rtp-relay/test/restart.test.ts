/** A relay that died without a word goes on with its sessions: same ports, same parties, what was counted. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sdpOf, seen, target } from '../e2e/ng-script.ts'
import { Relay } from '../src/index.ts'
import { handle } from '../src/ng/handle.ts'
import { Switchboard } from '../src/ng/switchboard.ts'
import { type KeptSessions, keepSessions } from '../src/restart/keep-sessions.ts'
import { saveSession } from '../src/restart/saved-session.ts'
import { SessionFile } from '../src/restart/session-file.ts'
import { rtppHandlers } from '../src/rtpproxy/handlers.ts'
import { Streams } from '../src/rtpproxy/streams.ts'
import { Ear, portRange, rtp } from './phone.ts'

describe('a relay that was killed', () => {
  const interfaces = { lan: { address: '127.0.0.1' }, wan: { address: '127.0.0.2', advertised: '198.51.100.7' } }
  let folder: string
  let relay: Relay
  let board: Switchboard
  let kept: KeptSessions
  const ears: Ear[] = []
  const ear = async (): Promise<Ear> => {
    const made = await Ear.open()
    ears.push(made)
    return made
  }
  const start = async (): Promise<void> => {
    relay = await Relay.start({ interfaces, ports: portRange(16), restMs: 0 })
    board = new Switchboard(relay, { interfaces, silenceMs: 0 })
    kept = keepSessions(board, folder, error => {
      throw error
    })
  }
  /** As `kill -9` leaves it: the sockets are gone, and nothing more is written. */
  const die = async (): Promise<void> => {
    for (const id of board.sessions.keys()) board.onChange(id)
    const now = [...board.sessions.values()].map(session => JSON.stringify(saveSession(session))).sort()
    await expect.poll(() => [...SessionFile.read(join(folder, 'relay', 'sessions.jsonl'))].sort()).toEqual(now)
    board.onChange = () => {}
    await relay.close()
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'restart-'))
    await start()
  })
  afterEach(async () => {
    await kept.close()
    await relay.close()
    for (const one of ears.splice(0)) one.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const offered = (port: number, more: object = {}) =>
    target(seen(handle(board, { command: 'offer', 'call-id': 'c', 'from-tag': 'A', sdp: sdpOf(port), ...more })))
  const answered = (port: number, more: object = {}) =>
    target(seen(handle(board, { command: 'answer', 'call-id': 'c', 'from-tag': 'A', 'to-tag': 'B', sdp: sdpOf(port), ...more })))

  it('has its sessions on the ports that the phones know, and goes on counting', async () => {
    const [a, b] = [await ear(), await ear()]
    const [toB, toA] = [offered(a.port), answered(b.port)]
    a.send(toA, rtp(1))
    expect((await b.next()).from.port).toBe(toB.port)
    await die()
    await start()
    expect(kept.restored).toEqual({ sessions: 1, lost: [] })
    a.send(toA, rtp(2))
    expect(await b.next()).toMatchObject({ bytes: rtp(2), from: { port: toB.port } })
    b.send(toB, rtp(9))
    expect((await a.next()).bytes).toEqual(rtp(9))
    const stats = handle(board, { command: 'delete', 'call-id': 'c' })
    expect(stats).toMatchObject({ totals: { RTP: { packets: 3 } } })
    expect(Object.keys(stats.tags as object)).toEqual(['A', 'B'])
  })

  it('has all pairs of ports of an m-line that has several (RFC 8866 §5.14)', async () => {
    const [a, b] = [await ear(), await ear()]
    const two = (port: number): object => ({ sdp: sdpOf(port).replace(`m=audio ${port}`, `m=audio ${port}/2`) })
    const [toB] = [offered(a.port, two(a.port)), answered(b.port, two(b.port))]
    await die()
    await start()
    expect(relay.counters().ports).toBe(4)
    expect(offered(a.port, { ...two(a.port), 'to-tag': 'B' })).toEqual(toB)
    expect(relay.counters().ports).toBe(4)
  })

  it('knows where a phone behind a NAT sends from before it has sent again (RFC 4961 §4)', async () => {
    const [announced, real, b] = [await ear(), await ear(), await ear()]
    const [toB, toA] = [offered(announced.port), answered(b.port)]
    real.send(toA, rtp(1), rtp(2), rtp(3))
    for await (const event of relay.events) {
      if (event.kind === 'learned') break
    }
    await die()
    await start()
    b.send(toB, rtp(1))
    expect((await real.next()).bytes).toEqual(rtp(1))
    expect(announced.heard).toEqual([])
  })

  it('still holds back what was blocked', async () => {
    const [a, b] = [await ear(), await ear()]
    const [toB, toA] = [offered(a.port), answered(b.port)]
    handle(board, { command: 'block media', 'call-id': 'c', 'from-tag': 'A' })
    handle(board, { command: 'block DTMF', 'call-id': 'c' })
    await die()
    await start()
    a.send(toA, rtp(1), rtp(2, { type: 101 }))
    b.send(toB, rtp(1, { type: 101 }), rtp(2))
    expect((await a.next()).bytes).toEqual(rtp(2))
    await expect.poll(() => relay.counters().packets).toBe(4)
    handle(board, { command: 'unblock media', 'call-id': 'c', 'from-tag': 'A' })
    a.send(toA, rtp(3))
    expect((await b.next()).bytes).toEqual(rtp(3))
  })

  it('takes a re-offer and a delete of a session from before', async () => {
    const [a, b, moved] = [await ear(), await ear(), await ear()]
    const [toB] = [offered(a.port), answered(b.port)]
    await die()
    await start()
    expect(offered(a.port, { 'to-tag': 'B' })).toEqual(toB)
    // A side that moved: the other is told other ports, and the old ones are heard all the same.
    expect(offered(moved.port, { 'to-tag': 'B' })).not.toEqual(toB)
    b.send(toB, rtp(4))
    expect((await moved.next()).bytes).toEqual(rtp(4))
    handle(board, { command: 'delete', 'call-id': 'c' })
    await die()
    await start()
    expect(kept.restored.sessions).toBe(0)
  })

  it('brings interfaces, echoes and sessions that face each other back', async () => {
    const a = await ear()
    const inner = offered(a.port, { direction: ['lan', 'wan'] })
    expect(inner.address).toBe('198.51.100.7')
    const wanted = { address: '127.0.0.2', port: inner.port }
    const sdp = sdpOf(wanted.port).replaceAll('127.0.0.1', wanted.address)
    const echo = target(seen(handle(board, { command: 'echo', 'call-id': 'c.echo', 'from-tag': 'E', sdp })))
    const toA = answered(echo.port)
    a.send(toA, rtp(1))
    expect((await a.next()).bytes).toEqual(rtp(1))
    await die()
    await start()
    expect(kept.restored.sessions).toBe(2)
    a.send(toA, rtp(2))
    expect((await a.next()).bytes).toEqual(rtp(2))
    expect(relay.counters().packets).toBe(1)
  })

  it("holds a stream of rtpproxy's protocol as before", async () => {
    const [a, b] = [await ear(), await ear()]
    const from = { tag: 'A', media: 1 }
    const ask = { callId: 'r', from, address: '127.0.0.1' }
    const update = () => rtppHandlers(new Streams(board), 0).update!({ command: 'update', ...ask, port: a.port })
    const toB = await update()
    rtppHandlers(new Streams(board), 0).lookup!({ command: 'lookup', ...ask, to: { tag: 'B', media: 1 }, port: b.port })
    await die()
    await start()
    expect(await update()).toEqual(toB)
    expect(await rtppHandlers(new Streams(board), 0).delete!({ command: 'delete', callId: 'r', from })).toEqual({ kind: 'done' })
    expect(board.sessions.size).toBe(0)
  })

  it('says which sessions it cannot have again, and has the others', async () => {
    const a = await ear()
    offered(a.port)
    const other = offered(a.port, { 'call-id': 'd' })
    await die()
    const taken = await Relay.start({ interfaces, ports: { from: other.port, to: other.port + 1 } })
    taken.open().party('thief')
    await start()
    expect(kept.restored).toMatchObject({ sessions: 1, lost: [{ id: 'd', reason: expect.stringContaining(`${other.port}`) }] })
    await taken.close()
  })
})
