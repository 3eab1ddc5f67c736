import { parseSdp } from '@strowger/sdp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NG_SCRIPT, onStage, type Stage, sdpOf, seen, target } from '../e2e/ng-script.ts'
import { startTestRole, type TestRole } from './media-role.ts'
import { rtp } from './phone.ts'

describe('our relay over NG', () => {
  let role: TestRole
  const on = (run: (stage: Stage) => Promise<void>) => (): Promise<void> => onStage(role.ng, run)

  beforeAll(async () => {
    role = await startTestRole()
  })
  afterAll(() => role.stop())

  for (const { name, run } of NG_SCRIPT) it(name, on(run))

  it(
    'says that encrypted media is not there yet',
    on(async stage => {
      const savp = sdpOf(4000).replace('RTP/AVP', 'UDP/TLS/RTP/SAVPF')
      await expect(stage.offer(savp)).rejects.toThrow('Unsupported transport protocol: UDP/TLS/RTP/SAVPF is not there yet')
      await expect(stage.client.request({ command: 'query', 'call-id': stage.callId })).rejects.toThrow('Unknown call-id')
    }),
  )

  it(
    'refuses only the encrypted one of two m-lines (RFC 3264 §6)',
    on(async stage => {
      const sdp = seen(await stage.offer(sdpOf(4000, ['m=audio 4002 RTP/SAVP 8'])))
      expect(sdp.media[0]?.port).toBeGreaterThan(0)
      expect(sdp.media[1]?.port).toBe(0)
    }),
  )

  it(
    'sends a party its own voice back on echo',
    on(async stage => {
      const a = await stage.ear()
      const reply = await stage.client.request({ command: 'echo', 'call-id': stage.callId, 'from-tag': 'A', sdp: sdpOf(a.port) })
      const where = target(seen(reply))
      a.send(where, rtp(1), rtp(2))
      expect((await a.next()).bytes).toEqual(rtp(1))
      expect((await a.next()).bytes).toEqual(rtp(2))
      const { totals } = await stage.client.request({ command: 'delete', 'call-id': stage.callId })
      expect(totals?.RTP.packets).toBe(2)
    }),
  )

  it(
    'believes the source of the signalling where it is told to (RFC 4961 §4)',
    on(async stage => {
      const [a, b] = [await stage.ear(), await stage.ear()]
      const behindNat = sdpOf(4000).replaceAll('127.0.0.1', '10.1.2.3')
      const source = { flags: ['SIP-source-address'], 'received-from': ['IP4', '127.0.0.1'] }
      const toB = target(seen(await stage.offer(behindNat, source)))
      const toA = target(seen(await stage.answer(sdpOf(b.port))))
      a.send(toA, rtp(1), rtp(2), rtp(3))
      for (let count = 0; count < 3; count++) await b.next()
      b.send(toB, rtp(9))
      expect((await a.next()).bytes).toEqual(rtp(9))
    }),
  )

  it(
    'drops a third address from the start to the end of a call',
    on(async stage => {
      const thief = await stage.ear()
      const call = await stage.call()
      const steal = (): void => thief.send(call.toA, ...Array.from({ length: 5 }, (_, at) => rtp(at, { ssrc: 0xdead })))
      call.a.send(call.toA, rtp(1))
      await call.b.next()
      for (let round = 0; round < 4; round++) {
        steal()
        call.b.send(call.toB, rtp(round))
        await call.a.next()
      }
      call.a.send(call.toA, rtp(2))
      expect((await call.b.next()).bytes).toEqual(rtp(2))
      expect(thief.heard).toEqual([])
    }),
  )

  it(
    'gives the ports to the phone that answered last (RFC 3261 §13.2.2.4)',
    on(async stage => {
      const [a, one, two] = [await stage.ear(), await stage.ear(), await stage.ear()]
      const toB = target(seen(await stage.offer(sdpOf(a.port))))
      seen(await stage.answer(sdpOf(one.port), { 'to-tag': 'one' }))
      const toA = target(seen(await stage.answer(sdpOf(two.port), { 'to-tag': 'two' })))
      a.send(toA, rtp(1))
      expect((await two.next()).from.port).toBe(toB.port)
      seen(await stage.answer(sdpOf(one.port), { 'to-tag': 'one' }))
      a.send(toA, rtp(2))
      expect((await one.next()).bytes).toEqual(rtp(2))
    }),
  )

  it(
    'ends one branch and leaves the other',
    on(async stage => {
      seen(await stage.offer(sdpOf(4000), { 'via-branch': 'one' }))
      seen(await stage.offer(sdpOf(4000), { 'via-branch': 'two' }))
      await stage.client.request({ command: 'delete', 'call-id': stage.callId, 'via-branch': 'one', 'from-tag': 'A' })
      const { tags } = await stage.client.request({ command: 'query', 'call-id': stage.callId })
      expect(Object.keys(tags ?? {}).sort()).toEqual(['A', 'two'])
    }),
  )

  it(
    'says why an answer has nothing to answer',
    on(async stage => {
      seen(await stage.offer(sdpOf(4000)))
      await expect(stage.answer(sdpOf(4002), { 'from-tag': 'nobody' })).rejects.toThrow('an answer needs the from-tag of its offer')
    }),
  )

  it(
    'leaves the address of all zeros of a held phone alone (RFC 3264 §8.4)',
    on(async stage => {
      const { sdp } = await stage.offer(sdpOf(4000).replace('c=IN IP4 127.0.0.1', 'c=IN IP4 0.0.0.0'))
      expect(String(sdp)).toContain('c=IN IP4 0.0.0.0\r\n')
    }),
  )

  it(
    'never sends to a place of the house that speaks SIP, whatever the SDP says',
    on(async stage => {
      const a = await stage.ear()
      seen(await stage.offer(sdpOf(a.port)))
      const toA = target(seen(await stage.answer(sdpOf(6060))))
      a.send(toA, rtp(1))
      await expect
        .poll(async () => String((await stage.client.request({ command: 'query', 'call-id': stage.callId })).totals?.RTP.packets))
        .toBe('1')
      expect(role.board.sessions.get(stage.callId)?.legs[0]?.party.media[0]?.received.unsent).toBe(1)
    }),
  )

  it('shows its gauges', async () => {
    const text = await role.exposition()
    for (const name of ['calls', 'ports_in_use', 'packets_total', 'bytes_total', 'foreign_packets_total']) {
      expect(text).toMatch(new RegExp(`^strowger_relay_${name} \\d`, 'm'))
    }
    expect(role.health?.()).toMatchObject({ sessions: 0 })
  })
})

describe('a media role', () => {
  it('says when it has no ports left, keeps the calls it has, and leaks none', async () => {
    const { from } = { from: 31_990 - (process.pid % 100) * 8 }
    const role = await startTestRole({ ports: { from, to: from + 3 } })
    await onStage(role.ng, async stage => {
      seen(await stage.offer(sdpOf(4000)))
      await onStage(role.ng, async other => {
        await expect(other.offer(sdpOf(4002))).rejects.toThrow('Ran out of ports')
      })
      expect(role.board.sessions.size).toBe(1)
    })
    await expect.poll(() => role.health?.()).toMatchObject({ sessions: 0, ports: 0 })
    await role.stop()
  })

  it('ends an answered session that went silent on all sides, but not a held or a ringing one', async () => {
    const role = await startTestRole({ silenceSeconds: 0.06 })
    const ids = { silent: '', held: '', ringing: '' }
    await onStage(role.ng, ringing =>
      onStage(role.ng, held =>
        onStage(role.ng, async silent => {
          Object.assign(ids, { silent: silent.callId, held: held.callId, ringing: ringing.callId })
          seen(await ringing.offer(sdpOf(4000)))
          await held.call(['a=inactive'])
          await silent.call()
          await expect.poll(() => role.board.endings.silent).toBe(1)
          expect([...role.board.sessions.keys()].sort()).toEqual([ids.held, ids.ringing].sort())
        }),
      ),
    )
    await role.stop()
  })

  it('takes no new sessions while it drains, goes on with those it has, and ends with the last', async () => {
    const role = await startTestRole()
    await onStage(role.ng, async stage => {
      const a = await stage.ear()
      const first = target(seen(await stage.offer(sdpOf(a.port))))
      const drained = role.drain()
      await expect(onStage(role.ng, async other => void (await other.offer(sdpOf(4002))))).rejects.toThrow('draining')
      expect(target(seen(await stage.offer(sdpOf(a.port))))).toEqual(first)
      await stage.client.request({ command: 'delete', 'call-id': stage.callId })
      await drained
      stage.ended = true
    })
  })

  it('keeps a session of which it heard nothing before, when the tags say it is in a dialog', async () => {
    const role = await startTestRole()
    await onStage(role.ng, async stage => {
      const offered = await stage.offer(sdpOf(4000), { 'to-tag': 'B' })
      expect(parseSdp(offered.sdp ?? '')?.media[0]?.port).toBeGreaterThan(0)
      seen(await stage.answer(sdpOf(4002)))
    })
    await role.stop()
  })
})
