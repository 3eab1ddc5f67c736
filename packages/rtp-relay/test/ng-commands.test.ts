/** What a controller may ask beside offers and answers, and the words of offers that are not about the SDP. */
import type { NgCommand } from '@strowger/media-control'
import { NgTcpClient, NgWebSocketClient } from '@strowger/media-control/node'
import { NgUdpClient } from '@strowger/media-control/udp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onStage, type Stage, sdpOf, seen, target } from '../e2e/ng-script.ts'
import type { Session } from '../src/ng/session.ts'
import { startTestRole, type TestRole } from './media-role.ts'
import { rtp } from './phone.ts'

describe('our relay', () => {
  let role: TestRole
  const on = (run: (stage: Stage) => Promise<void>) => (): Promise<void> => onStage(role.ng, run)
  beforeAll(async () => {
    const anywhere = { enabled: true, address: '127.0.0.1', port: 0 }
    role = await startTestRole({ ngTcp: anywhere, ngHttp: anywhere })
  })
  afterAll(() => role.stop())

  it(
    'blocks what one party sends, counts it, and lets it through again',
    on(async stage => {
      const { client, callId } = stage
      const call = await stage.call()
      await client.request({ command: 'block media', 'call-id': callId, 'from-tag': 'A' })
      call.a.send(call.toA, rtp(1, { ssrc: 0xa }))
      call.b.send(call.toB, rtp(1, { ssrc: 0xb }))
      expect((await call.a.next()).bytes).toEqual(rtp(1, { ssrc: 0xb }))
      await expect.poll(async () => (await client.request({ command: 'query', 'call-id': callId })).totals?.RTP.packets).toBe(2)
      await client.request({ command: 'unblock media', 'call-id': callId, 'from-tag': 'A' })
      call.a.send(call.toA, rtp(2, { ssrc: 0xa }))
      expect((await call.b.next()).bytes).toEqual(rtp(2, { ssrc: 0xa }))
    }),
  )

  it(
    'blocks everybody, and by label or address',
    on(async stage => {
      const { client, callId } = stage
      const [a, b] = [await stage.ear(), await stage.ear()]
      seen(await stage.offer(sdpOf(a.port), { label: 'caller' }))
      seen(await stage.answer(sdpOf(b.port), { 'set-label': 'callee' }))
      const session = (): Session => role.board.sessions.get(callId)!
      const blocked = (): boolean[] => session().legs.map(({ gates }) => (gates?.media ?? session().gates?.media) === true)
      const ask = (command: 'block media' | 'unblock media', more: object): Promise<unknown> =>
        client.request({ command, 'call-id': callId, ...more } as NgCommand)
      await ask('block media', { label: 'callee' })
      expect(blocked()).toEqual([false, true])
      await ask('block media', { flags: ['all'] })
      expect(blocked()).toEqual([true, true])
      await ask('unblock media', { flags: ['all'] })
      expect(blocked()).toEqual([false, false])
      await ask('block media', { address: '127.0.0.1' })
      expect(blocked()).toEqual([true, true])
      await expect(ask('block media', { label: 'nobody' })).rejects.toThrow('No party of that tag, label or address')
    }),
  )

  it(
    'marks what the whole call sends, until a command says otherwise (RFC 2474 §3)',
    on(async stage => {
      const [a, b] = [await stage.ear(), await stage.ear()]
      const marks = (): (number | undefined)[] => role.board.sessions.get(stage.callId)!.legs.map(({ party }) => party.settings.tos)
      seen(await stage.offer(sdpOf(a.port), { TOS: 184 } as never))
      expect(marks()).toEqual([184, 184])
      seen(await stage.answer(sdpOf(b.port), { TOS: -1 } as never))
      expect(marks()).toEqual([184, 184])
      seen(await stage.offer(sdpOf(a.port), { TOS: 256 } as never))
      expect(marks()).toEqual([0, 0])
    }),
  )

  it(
    'says that there is nobody to forward to, and stops what never began',
    on(async stage => {
      await stage.call()
      const ask = (command: string, tag = 'A'): Promise<{ result: string }> =>
        stage.client.request({ command, 'call-id': stage.callId, 'from-tag': tag } as unknown as NgCommand)
      await expect(ask('start forwarding')).rejects.toThrow('start forwarding is not there yet: it sends sound to a recorder')
      expect((await ask('stop forwarding')).result).toBe('ok')
      await expect(ask('stop forwarding', 'X')).rejects.toThrow('No party of that tag')
    }),
  )

  it.each([
    [{ flags: ['always-transcode'] }, 'always-transcode is not there yet'],
    [{ flags: ['codec-transcode-PCMU'] }, 'codec-transcode-pcmu is not there yet'],
    [{ ICE: 'force' }, 'ICE is not there yet'],
    [{ 'transport-protocol': 'UDP/TLS/RTP/SAVPF' }, 'UDP/TLS/RTP/SAVPF is not there yet'],
    [{ 'media-address': 'here' }, 'media-address is not a numeric address'],
  ])('refuses %j, and keeps no session', async (more, reason) => {
    await onStage(role.ng, async stage => {
      await expect(stage.offer(sdpOf(4000), more as never)).rejects.toThrow(reason)
      expect(role.board.sessions.has(stage.callId)).toBe(false)
    })
  })

  it(
    'ignores words that it does not know, and counts them',
    on(async stage => {
      const before = role.board.unknownFlags
      seen(await stage.offer(sdpOf(4000), { flags: ['trust-address', 'no-such-word'], 'no such field': 'x' }))
      expect(role.board.unknownFlags - before).toBe(2)
      expect(await role.exposition()).toMatch(/^strowger_relay_unknown_words_total [1-9]/m)
    }),
  )

  it(
    'tells metadata and labels with the statistics',
    on(async stage => {
      seen(await stage.offer(sdpOf(4000), { metadata: 'from the proxy', label: 'caller' }))
      const reply = await stage.client.request({ command: 'query', 'call-id': stage.callId })
      expect(reply.metadata).toBe('from the proxy')
      expect(reply.tags?.A).toMatchObject({ label: 'caller' })
    }),
  )

  it(
    'keeps the ports for `delete-delay`, and the session when an offer comes meanwhile',
    on(async stage => {
      const { client, callId } = stage
      const first = target(seen(await stage.offer(sdpOf(4000))))
      await client.request({ command: 'delete', 'call-id': callId, 'delete-delay': 3600 })
      expect(role.board.sessions.has(callId)).toBe(true)
      expect(target(seen(await stage.offer(sdpOf(4000))))).toEqual(first)
      await client.request({ command: 'delete', 'call-id': callId, 'delete-delay': 1 })
      await expect.poll(() => role.board.sessions.has(callId)).toBe(false)
    }),
  )

  it(
    'keeps a session that is deleted without a word about when for an answer and a second delete, and ends it when ports are scarce',
    on(async stage => {
      const { client, callId } = stage
      seen(await stage.offer(sdpOf(4000)))
      await client.request({ command: 'delete', 'call-id': callId })
      seen(await stage.answer(sdpOf(4002)))
      const [first, again] = [
        await client.request({ command: 'delete', 'call-id': callId }),
        await client.request({ command: 'delete', 'call-id': callId }),
      ]
      expect([first, again].map(({ warning, tags }) => [warning, Object.keys(tags ?? {}).sort()])).toEqual([
        [undefined, ['A', 'B']],
        [undefined, ['A', 'B']],
      ])
      expect(role.board.sessions.has(callId)).toBe(true)
      const others: string[] = []
      while (role.board.sessions.has(callId)) {
        const id = `${callId}-${others.length}`
        await client.request({ command: 'offer', 'call-id': id, 'from-tag': 'A', sdp: sdpOf(4000) })
        others.push(id)
      }
      // 256 ports are 128 pairs; an offer takes one of the 64 that are given before what was deleted goes.
      expect(others.length).toBeGreaterThan(40)
      expect(others.length).toBeLessThan(90)
      for (const id of others) await client.request({ command: 'delete', 'call-id': id, 'delete-delay': 0 })
    }),
  )

  it('ends what was deleted at once when it drains', async () => {
    const draining = await startTestRole()
    const client = await NgUdpClient.open(draining.ng)
    await client.request({ command: 'offer', 'call-id': 'x', 'from-tag': 'A', sdp: sdpOf(4000) })
    await client.request({ command: 'delete', 'call-id': 'x' })
    expect(draining.board.sessions.size).toBe(1)
    await draining.drain()
    expect(draining.board.sessions.size).toBe(0)
    await client.close()
    await draining.stop()
  })

  it(
    'still hears a phone at the old ports while it does not know the new ones (RFC 3264 §8.3.1)',
    on(async stage => {
      const call = await stage.call()
      const moved = await stage.ear()
      const toB = target(seen(await stage.offer(sdpOf(moved.port), { 'to-tag': 'B' })))
      expect(toB.port).not.toBe(call.toB.port)
      call.b.send(call.toB, rtp(1, { ssrc: 0xb }))
      expect((await moved.next()).bytes).toEqual(rtp(1, { ssrc: 0xb }))
      const toA = target(seen(await stage.answer(sdpOf(call.b.port))))
      call.b.send(toB, rtp(2, { ssrc: 0xb }))
      expect((await moved.next()).bytes).toEqual(rtp(2, { ssrc: 0xb }))
      moved.send(toA, rtp(3, { ssrc: 0xa }))
      expect((await call.b.next()).from.port).toBe(toB.port)
    }),
  )

  it(
    'keeps no more than a few sets of ports for a phone that moves and moves',
    on(async stage => {
      await stage.call()
      const before = role.board.relay.counters().ports
      for (let port = 5000; port < 5040; port += 2) seen(await stage.offer(sdpOf(port), { 'to-tag': 'B' }))
      await expect.poll(() => role.board.relay.counters().ports).toBeLessThanOrEqual(before + 4)
    }),
  )

  it(
    'gives each branch of a forked call ports of its own on both sides (RFC 3261 §16.7)',
    on(async stage => {
      const [a, b, c] = [await stage.ear(), await stage.ear(), await stage.ear()]
      const toB = target(seen(await stage.offer(sdpOf(a.port), { 'via-branch': 'one' })))
      const toC = target(seen(await stage.offer(sdpOf(a.port), { 'via-branch': 'two' })))
      const fromB = target(seen(await stage.answer(sdpOf(b.port), { 'via-branch': 'one', 'to-tag': 'B' })))
      const fromC = target(seen(await stage.answer(sdpOf(c.port), { 'via-branch': 'two', 'to-tag': 'C' })))
      expect(new Set([toB.port, toC.port, fromB.port, fromC.port]).size).toBe(4)
      b.send(toB, rtp(1, { ssrc: 0xb }))
      expect((await a.next()).from.port).toBe(fromB.port)
      c.send(toC, rtp(1, { ssrc: 0xc }))
      expect((await a.next()).from.port).toBe(fromC.port)
    }),
  )

  it('takes commands over TCP and WebSocket too', async () => {
    const tcp = await NgTcpClient.open(role.ngTcp!)
    const socket = await NgWebSocketClient.open({ url: `ws://127.0.0.1:${role.ngHttp!.port}/` })
    for (const client of [tcp, socket]) expect((await client.request({ command: 'ping' })).result).toBe('pong')
    await tcp.close()
    await socket.close()
  })
})
