/** The flags that say from whom packets are taken and where they go, each with packets through the engine. RFC 4961. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onStage, type Stage, sdpOf, seen, target } from '../e2e/ng-script.ts'
import type { Media } from '../src/index.ts'
import { startTestRole, type TestRole } from './media-role.ts'
import { type Ear, rtp } from './phone.ts'

type Call = { a: Ear; b: Ear; toA: Target; toB: Target; ofA: Media; ofB: Media }
type Target = ReturnType<typeof target>

describe('a party whose offer says', () => {
  let role: TestRole

  beforeAll(async () => {
    role = await startTestRole()
  })
  afterAll(() => role.stop())

  /** A's offer has the flags, B's answer has none. */
  const withFlags = (flags: readonly string[], run: (call: Call, stage: Stage) => Promise<void>) => (): Promise<void> =>
    onStage(role.ng, async stage => {
      const [a, b] = [await stage.ear(), await stage.ear()]
      const toB = target(seen(await stage.offer(sdpOf(a.port), { flags: ['trust-address', ...flags] })))
      const toA = target(seen(await stage.answer(sdpOf(b.port))))
      const [ofA, ofB] = role.board.sessions.get(stage.callId)!.legs.map(({ party }) => party.media[0]!)
      await run({ a, b, toA, toB, ofA: ofA!, ofB: ofB! }, stage)
    })
  /** Heard three times: locked. */
  const learn = async ({ b, toA }: Call, from: Ear): Promise<void> => {
    from.send(toA, rtp(1), rtp(2), rtp(3))
    for (let count = 0; count < 3; count++) await b.next()
  }
  const answerOf = async ({ b, toB }: Call, to: Ear): Promise<void> => {
    b.send(toB, rtp(1, { ssrc: 0xb }))
    expect((await to.next()).bytes).toEqual(rtp(1, { ssrc: 0xb }))
  }

  it(
    'nothing gives the way back to its announced address, and to nobody else',
    withFlags([], async (call, stage) => {
      const [real, stranger] = [await stage.ear(), await stage.ear()]
      await learn(call, real)
      stranger.send(call.toA, ...Array.from({ length: 10 }, (_, at) => rtp(at)))
      await expect.poll(() => call.ofA.received.foreign).toBe(10)
      await answerOf(call, real)
      call.a.send(call.toA, rtp(1), rtp(2), rtp(3))
      await expect.poll(() => call.ofA.learned?.port).toBe(call.a.port)
      await answerOf(call, call.a)
    }),
  )

  it(
    '`strict-source` keeps whom it was learned from, whoever comes',
    withFlags(['strict-source'], async (call, stage) => {
      const real = await stage.ear()
      await learn(call, real)
      call.a.send(call.toA, ...Array.from({ length: 10 }, (_, at) => rtp(at)))
      await expect.poll(() => call.ofA.received.foreign).toBe(10)
      await answerOf(call, real)
      real.send(call.toA, rtp(4))
      expect((await call.b.next()).bytes).toEqual(rtp(4))
      expect([call.ofA.remote?.sources, call.ofB.remote?.sources]).toEqual(['strict', undefined])
    }),
  )

  it(
    '`media-handover` is followed to another address, and back',
    withFlags(['media-handover'], async (call, stage) => {
      await learn(call, call.a)
      const moved = await stage.ear()
      for (const now of [moved, call.a]) {
        const heard = call.ofA.received.packets
        await expect
          .poll(() => {
            now.send(call.toA, rtp(9))
            return call.ofA.received.packets
          })
          .toBeGreaterThan(heard)
        await answerOf(call, now)
      }
    }),
  )

  it(
    '`asymmetric` is heard from elsewhere and sent to where it was announced',
    withFlags(['asymmetric'], async (call, stage) => {
      const [real, stranger] = [await stage.ear(), await stage.ear()]
      await learn(call, real)
      await answerOf(call, call.a)
      stranger.send(call.toA, rtp(4), rtp(5))
      await expect.poll(() => call.ofA.received.foreign).toBe(2)
      real.send(call.toA, rtp(4))
      expect((await call.b.next()).bytes).toEqual(rtp(4))
      expect(real.heard).toEqual([])
    }),
  )

  it(
    '`symmetric` is sent to where it sends from (RFC 4961 §4)',
    withFlags(['symmetric'], async (call, stage) => {
      const real = await stage.ear()
      await learn(call, real)
      await answerOf(call, real)
      expect(call.a.heard).toEqual([])
    }),
  )

  it(
    '`port-latching` leaves the other its ports when it moves, and is heard from there',
    withFlags(['port-latching'], async (call, stage) => {
      const moved = await stage.ear()
      const flags = ['trust-address', 'port-latching']
      expect(target(seen(await stage.offer(sdpOf(moved.port), { 'to-tag': 'B', flags })))).toEqual(call.toB)
      expect(target(seen(await stage.answer(sdpOf(call.b.port), { flags })))).toEqual(call.toA)
      await answerOf(call, moved)
      moved.send(call.toA, rtp(1))
      expect((await call.b.next()).from.port).toBe(call.toB.port)
    }),
  )
})
