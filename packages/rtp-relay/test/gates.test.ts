/** What is held back of a call while it goes on: sound, telephone events, or sound that becomes silence. RFC 4733, RFC 3551 §4.5. */
import type { NgCommand } from '@strowger/media-control'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onStage, type Stage, sdpOf, seen, target } from '../e2e/ng-script.ts'
import { startTestRole, type TestRole } from './media-role.ts'
import { type Ear, rtcp, rtp } from './phone.ts'

type Verb = Extract<NgCommand, { command: `${string}block ${string}` | `${string}silence media` }>['command']
type Call = Awaited<ReturnType<Stage['call']>>

const SOUND = rtp(1)
const DIGIT = rtp(2, { type: 101 })
const SILENCE = rtp(1, { fill: 0xd5 })
const speech = (sequence: number, type = 8): Buffer => rtp(sequence, { type, fill: 0x11 })

describe('what a party sends', () => {
  let role: TestRole
  const on = (run: (stage: Stage) => Promise<void>) => (): Promise<void> => onStage(role.ng, run)
  const ask = ({ client, callId }: Stage, command: Verb, more: object = {}): Promise<unknown> =>
    client.request({ command, 'call-id': callId, ...more } as NgCommand)

  /** What gets through of sound and a digit from both sides; RTCP, which always does, comes last. */
  const through = async ({ a, b, toA, toB }: Call): Promise<{ fromA: Buffer[]; fromB: Buffer[] }> => {
    const last = rtcp()
    a.send(toA, SOUND, DIGIT, last)
    b.send(toB, SOUND, DIGIT, last)
    return { fromA: await upTo(b, last), fromB: await upTo(a, last) }
  }
  const upTo = async (ear: Ear, last: Buffer): Promise<Buffer[]> => {
    const heard: Buffer[] = []
    for (;;) {
      const { bytes } = await ear.next()
      if (bytes.equals(last)) return heard
      heard.push(bytes)
    }
  }
  /** RTCP on the port of RTP, so that all comes in the order in which it was sent. */
  const muxed = (stage: Stage): Promise<Call> => stage.call(['a=rtcp-mux'])

  beforeAll(async () => {
    role = await startTestRole()
  })
  afterAll(() => role.stop())

  it(
    'is blocked but for its digits, as an rtpengine does, and reported all the same',
    on(async stage => {
      const call = await muxed(stage)
      await ask(stage, 'block media', { 'from-tag': 'A' })
      expect(await through(call)).toEqual({ fromA: [DIGIT], fromB: [SOUND, DIGIT] })
      const { tags } = await stage.client.request({ command: 'query', 'call-id': stage.callId })
      expect(tags?.A?.medias[0]?.streams[0]?.stats.packets).toBe(2)
    }),
  )

  it(
    'is let through for who was named, or for the call, whichever blocked it',
    on(async stage => {
      const call = await muxed(stage)
      await ask(stage, 'block media', { 'from-tag': 'A' })
      await ask(stage, 'unblock media')
      expect((await through(call)).fromA).toEqual([DIGIT])
      await ask(stage, 'unblock media', { flags: ['all'] })
      expect((await through(call)).fromA).toEqual([SOUND, DIGIT])
      await ask(stage, 'block media')
      await ask(stage, 'unblock media', { 'from-tag': 'A' })
      expect(await through(call)).toEqual({ fromA: [DIGIT], fromB: [DIGIT] })
      await ask(stage, 'unblock media')
      expect(await through(call)).toEqual({ fromA: [SOUND, DIGIT], fromB: [SOUND, DIGIT] })
    }),
  )

  it(
    'has no digits while they are blocked, and counts them (RFC 4733)',
    on(async stage => {
      const call = await muxed(stage)
      await ask(stage, 'block DTMF', { 'from-tag': 'A' })
      expect(await through(call)).toEqual({ fromA: [SOUND], fromB: [SOUND, DIGIT] })
      await ask(stage, 'block media', { 'from-tag': 'A' })
      expect((await through(call)).fromA).toEqual([])
      await ask(stage, 'unblock media', { 'from-tag': 'A' })
      await ask(stage, 'unblock DTMF', { 'from-tag': 'A' })
      expect((await through(call)).fromA).toEqual([SOUND, DIGIT])
    }),
  )

  it(
    'is silence in G.711 and G.722, digits apart, and nothing in other codecs (RFC 3551 §4.5)',
    on(async stage => {
      const { a, b, toA } = await muxed(stage)
      await ask(stage, 'silence media', { 'from-tag': 'A' })
      a.send(toA, speech(1, 8), speech(2, 0), speech(3, 9), speech(4, 96), DIGIT, rtcp())
      expect(await upTo(b, rtcp())).toEqual([SILENCE, rtp(2, { type: 0, fill: 0xff }), rtp(3, { type: 9, fill: 0xfa }), DIGIT])
      await ask(stage, 'unsilence media', { 'from-tag': 'A' })
      a.send(toA, speech(5, 96))
      expect((await b.next()).bytes).toEqual(speech(5, 96))
    }),
  )

  it(
    'is silence at a dynamic number that the SDP gives to G.711 (RFC 3551 §4.5, §6)',
    on(async stage => {
      const lines = ['a=rtcp-mux', 'a=rtpmap:97 PCMA/8000', 'a=rtpmap:98 opus/48000/2']
      const [a, b] = [await stage.ear(), await stage.ear()]
      const sdp = ({ port }: Ear): string => sdpOf(port, lines).replace('RTP/AVP ', 'RTP/AVP 97 98 ')
      await stage.offer(sdp(a))
      await ask(stage, 'silence media', { 'from-tag': 'A' })
      const toA = target(seen(await stage.answer(sdp(b))))
      a.send(toA, speech(1, 97), speech(2, 98), rtcp())
      expect(await upTo(b, rtcp())).toEqual([rtp(1, { type: 97, fill: 0xd5 })])
    }),
  )

  it(
    'is not heard where it is not sound, when it is blocked; silence does not concern it',
    on(async stage => {
      const [a, b] = [await stage.ear(), await stage.ear()]
      const fax = (port: number): string => sdpOf(4000, [`m=image ${port} udptl t38`])
      seen(await stage.offer(fax(a.port)))
      const toA = target(seen(await stage.answer(fax(b.port))), 1)
      const [page, next] = [Buffer.from([0, 1, 2, 3]), Buffer.from([0, 2, 2, 3])]
      await ask(stage, 'silence media')
      a.send(toA, page)
      expect((await b.next()).bytes).toEqual(page)
      await ask(stage, 'block media')
      a.send(toA, page)
      // It has come while it is blocked.
      const [leg] = role.board.sessions.get(stage.callId)!.legs
      await expect.poll(() => leg!.party.media[1]!.received.packets).toBe(2)
      await ask(stage, 'unblock media')
      a.send(toA, next)
      expect((await b.next()).bytes).toEqual(next)
    }),
  )

  it(
    'stays blocked when the party moves and when a line is added',
    on(async stage => {
      const { b } = await stage.call()
      await ask(stage, 'block media', { 'from-tag': 'A' })
      const [moved, video] = [await stage.ear(), await stage.ear()]
      const lines = [`m=video ${video.port} RTP/AVP 31`]
      seen(await stage.offer(sdpOf(moved.port, lines), { 'to-tag': 'B' }))
      const answered = seen(await stage.answer(sdpOf(b.port, [`m=video ${b.port} RTP/AVP 31`])))
      moved.send(target(answered), SOUND, DIGIT)
      expect((await b.next()).bytes).toEqual(DIGIT)
      video.send(target(answered, 1), SOUND)
      const [leg] = role.board.sessions.get(stage.callId)!.legs
      await expect.poll(() => leg!.party.media[1]!.received.packets).toBe(1)
      moved.send(target(answered), DIGIT)
      expect((await b.next()).bytes).toEqual(DIGIT)
    }),
  )
})
