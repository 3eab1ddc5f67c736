/**
 * What a SIP proxy asks of a relay that speaks NG, step by step, with real packets: the same script for our daemon and for an rtpengine.
 * Steps are independent of each other; each cleans up after itself. RFC 3264, RFC 3550 §11, RFC 5761.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mediaStatsOf, type NgReply } from '@strowger/media-control'
import { NgUdpClient } from '@strowger/media-control/udp'
import { parseSdp, type Sdp } from '@strowger/sdp'
import { Ear, rtcp, rtp } from '../test/phone.ts'

export interface NgStep {
  readonly name: string
  readonly run: (stage: Stage) => Promise<void>
}

/** Plays the whole script against a relay on this machine. */
export async function runNgScript(relay: { readonly address: string; readonly port: number }): Promise<void> {
  for (const { run } of NG_SCRIPT) await onStage(relay, run)
}

/** Gives a step a client and ears, and takes them away. */
export async function onStage(relay: { readonly address: string; readonly port: number }, run: NgStep['run']): Promise<void> {
  const stage = new Stage(await NgUdpClient.open(relay))
  try {
    await run(stage)
  } finally {
    await stage.close()
  }
}

/** One call between two phones, and the words to speak of it. */
export class Stage {
  readonly callId: string = randomUUID()
  readonly client: NgUdpClient
  /** The session, or the relay, is gone already. */
  ended = false
  readonly #ears: Ear[] = []

  constructor(client: NgUdpClient) {
    this.client = client
  }

  async ear(): Promise<Ear> {
    const made = await Ear.open()
    this.#ears.push(made)
    return made
  }

  /** Two ears, the second two ports above the first. */
  async neighbours(): Promise<readonly [Ear, Ear]> {
    for (;;) {
      const first = await this.ear()
      const second = await Ear.open('127.0.0.1', first.port + 2).catch(() => undefined)
      if (second === undefined) continue
      this.#ears.push(second)
      return [first, second]
    }
  }

  offer(sdp: string, more: Record<string, string | string[] | number> = {}): Promise<NgReply> {
    return this.client.request({ command: 'offer', 'call-id': this.callId, 'from-tag': 'A', sdp, ...DEFAULTS, ...more })
  }

  answer(sdp: string, more: Record<string, string | string[]> = {}): Promise<NgReply> {
    return this.client.request({ command: 'answer', 'call-id': this.callId, 'from-tag': 'A', 'to-tag': 'B', sdp, ...DEFAULTS, ...more })
  }

  /** Two phones that are through: `toB` is where B was told to send, `toA` where A was. */
  async call(lines: readonly string[] = []): Promise<{ a: Ear; b: Ear; toA: Target; toB: Target }> {
    const [a, b] = [await this.ear(), await this.ear()]
    const offered = seen(await this.offer(sdpOf(a.port, lines)))
    const answered = seen(await this.answer(sdpOf(b.port, lines)))
    return { a, b, toB: target(offered), toA: target(answered) }
  }

  async close(): Promise<void> {
    if (!this.ended) await this.client.request({ command: 'delete', 'call-id': this.callId, 'delete-delay': 0 }).catch(() => {})
    await this.client.close()
    for (const ear of this.#ears) ear.close()
  }
}

interface Target {
  readonly address: string
  readonly port: number
  readonly rtcpPort: number
}

/** An SDP of a phone at 127.0.0.1. */
export function sdpOf(port: number, lines: readonly string[] = [], session: readonly string[] = []): string {
  const head = ['v=0', 'o=phone 5 7 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', ...session, 't=0 0']
  return [...head, `m=audio ${port} RTP/AVP 8 101`, 'a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', ...lines, ''].join('\r\n')
}

export function seen(reply: NgReply): Sdp {
  assert.equal(reply.result, 'ok')
  const sdp = parseSdp(reply.sdp ?? '')
  assert.ok(sdp, `not an SDP: ${String(reply.sdp)}`)
  return sdp
}

/** Where the reader of the SDP will send its m-line of that index. */
export function target(sdp: Sdp, index = 0): Target {
  const media = sdp.media[index]!
  const shared = media.attributes.some(({ name }) => name === 'rtcp-mux')
  return { address: media.connection!.address, port: media.port, rtcpPort: shared ? media.port : (media.rtcp?.port ?? media.port + 1) }
}

async function hears(ear: Ear, packet: Buffer, from: number): Promise<void> {
  const heard = await ear.next()
  assert.deepEqual(heard.bytes, packet)
  assert.equal(heard.from.port, from)
}

/** Both hear each other, each from the port that it sends to (RFC 4961 §4). */
async function talk({ a, b, toA, toB }: { a: Ear; b: Ear; toA: Target; toB: Target }, sequence: number): Promise<void> {
  a.send(toA, rtp(sequence, { ssrc: 0xa }))
  await hears(b, rtp(sequence, { ssrc: 0xa }), toB.port)
  b.send(toB, rtp(sequence, { ssrc: 0xb }))
  await hears(a, rtp(sequence, { ssrc: 0xb }), toA.port)
}

async function refusedAs(asked: Promise<NgReply>, reason: RegExp): Promise<void> {
  await assert.rejects(asked, (error: Error & { code?: string }) => error.code === 'refused' && reason.test(error.message))
}

export const NG_SCRIPT: readonly NgStep[] = [
  {
    name: 'answers a ping',
    run: async ({ client }) => assert.equal((await client.request({ command: 'ping' })).result, 'pong'),
  },
  {
    name: 'puts itself into o=, c= and m= and carries the rest as it came (RFC 3264 §5)',
    run: async stage => {
      const a = await stage.ear()
      const reply = await stage.offer(sdpOf(a.port, ['a=x-colour:blue %20', 'a=fmtp:101 0-15', 'a=ptime:20', 'a=sendrecv']))
      const sdp = seen(reply)
      const { port } = target(sdp)
      assert.notEqual(port, a.port)
      assert.equal(port % 2, 0)
      assert.deepEqual(sdp.media[0]?.formats, ['8', '101'])
      for (const line of ['a=x-colour:blue %20', 'a=fmtp:101 0-15', 'a=ptime:20', 'a=sendrecv', 'a=rtpmap:8 PCMA/8000']) {
        assert.ok(String(reply.sdp).includes(`${line}\r\n`), line)
      }
    },
  },
  {
    name: 'moves packets both ways between two phones',
    run: async stage => {
      const call = await stage.call()
      for (let sequence = 1; sequence <= 5; sequence++) await talk(call, sequence)
    },
  },
  {
    name: 'moves RTCP to where a=rtcp wants it (RFC 3605 §2.1)',
    run: async stage => {
      const [a, aRtcp, b, bRtcp] = [await stage.ear(), await stage.ear(), await stage.ear(), await stage.ear()]
      const toB = target(seen(await stage.offer(sdpOf(a.port, [`a=rtcp:${aRtcp.port}`]))))
      const toA = target(seen(await stage.answer(sdpOf(b.port, [`a=rtcp:${bRtcp.port}`]))))
      await talk({ a, b, toA, toB }, 1)
      aRtcp.send({ address: toA.address, port: toA.rtcpPort }, rtcp(0xa))
      await hears(bRtcp, rtcp(0xa), toB.rtcpPort)
      bRtcp.send({ address: toB.address, port: toB.rtcpPort }, rtcp(0xb))
      await hears(aRtcp, rtcp(0xb), toA.rtcpPort)
    },
  },
  {
    name: 'lets RTP and RTCP share a port where both want it (RFC 5761 §5.1.1)',
    run: async stage => {
      const call = await stage.call(['a=rtcp-mux'])
      assert.equal(call.toA.rtcpPort, call.toA.port)
      await talk(call, 1)
      call.a.send(call.toA, rtcp(0xa))
      await hears(call.b, rtcp(0xa), call.toB.port)
    },
  },
  {
    name: 'answers the same offer with the same ports',
    run: async stage => {
      const a = await stage.ear()
      const first = target(seen(await stage.offer(sdpOf(a.port))))
      assert.deepEqual(target(seen(await stage.offer(sdpOf(a.port)))), first)
    },
  },
  {
    name: 'takes a re-offer from the other side, with the tags turned round, and keeps the ports (RFC 3264 §8)',
    run: async stage => {
      const call = await stage.call()
      await talk(call, 1)
      const turned = { 'from-tag': 'B', 'to-tag': 'A' }
      assert.equal(target(seen(await stage.offer(sdpOf(call.b.port), turned))).port, call.toA.port)
      assert.equal(target(seen(await stage.answer(sdpOf(call.a.port), turned))).port, call.toB.port)
      await talk(call, 2)
    },
  },
  {
    name: 'follows a phone that says in a re-offer that it moved (RFC 3264 §8.3.1)',
    run: async stage => {
      const call = await stage.call()
      await talk(call, 1)
      const moved = await stage.ear()
      seen(await stage.offer(sdpOf(moved.port), { 'to-tag': 'B' }))
      seen(await stage.answer(sdpOf(call.b.port)))
      call.b.send(call.toB, rtp(2, { ssrc: 0xb }))
      await hears(moved, rtp(2, { ssrc: 0xb }), call.toA.port)
    },
  },
  {
    name: 'carries hold through and comes back from it (RFC 3264 §8.4)',
    run: async stage => {
      const call = await stage.call()
      await talk(call, 1)
      const held = seen(await stage.offer(sdpOf(call.a.port, ['a=inactive']), { 'to-tag': 'B' }))
      assert.equal(held.media[0]?.direction, 'inactive')
      seen(await stage.answer(sdpOf(call.b.port, ['a=inactive'])))
      assert.equal(target(seen(await stage.offer(sdpOf(call.a.port, ['a=sendrecv']), { 'to-tag': 'B' }))).port, call.toB.port)
      seen(await stage.answer(sdpOf(call.b.port, ['a=sendrecv'])))
      await talk(call, 2)
    },
  },
  {
    name: 'gives each m-line its own ports, and leaves port 0 alone (RFC 3264 §6)',
    run: async stage => {
      const [a, aVideo, b, bVideo] = [await stage.ear(), await stage.ear(), await stage.ear(), await stage.ear()]
      const video = (port: number): string[] => [`m=video ${port} RTP/AVP 96`, 'a=rtpmap:96 VP8/90000', 'm=audio 0 RTP/AVP 0']
      const offered = seen(await stage.offer(sdpOf(a.port, video(aVideo.port))))
      const answered = seen(await stage.answer(sdpOf(b.port, video(bVideo.port))))
      assert.deepEqual([offered.media[2]?.port, answered.media[2]?.port], [0, 0])
      assert.notEqual(target(offered, 0).port, target(offered, 1).port)
      await talk({ a, b, toA: target(answered), toB: target(offered) }, 1)
      await talk({ a: aVideo, b: bVideo, toA: target(answered, 1), toB: target(offered, 1) }, 1)
    },
  },
  {
    name: 'tells the branches of a forked call apart (RFC 3261 §16.7)',
    run: async stage => {
      const [a, b] = [await stage.ear(), await stage.ear()]
      const one = target(seen(await stage.offer(sdpOf(a.port), { 'via-branch': 'one' })))
      const two = target(seen(await stage.offer(sdpOf(a.port), { 'via-branch': 'two' })))
      assert.notEqual(one.port, two.port)
      const toA = target(seen(await stage.answer(sdpOf(b.port), { 'via-branch': 'two' })))
      await talk({ a, b, toA, toB: two }, 1)
    },
  },
  {
    name: 'carries a call through two sessions of its own, as two proxies that anchor it make them',
    run: async stage => {
      const [a, b] = [await stage.ear(), await stage.ear()]
      const inner = { 'call-id': `${stage.callId}~branch` }
      const towardsInner = String((await stage.offer(sdpOf(a.port))).sdp)
      const toB = target(seen(await stage.offer(towardsInner, inner)))
      const fromInner = String((await stage.answer(sdpOf(b.port), inner)).sdp)
      const toA = target(seen(await stage.answer(fromInner)))
      await talk({ a, b, toA, toB }, 1)
      await talk({ a, b, toA, toB }, 2)
      await stage.client.request({ command: 'delete', ...inner, 'delete-delay': 0 })
    },
  },
  {
    name: 'removes ICE when told to (RFC 8839 §4.2.5)',
    run: async stage => {
      const candidate = 'a=candidate:1 1 udp 2130706431 127.0.0.1 4000 typ host'
      const { sdp } = await stage.offer(sdpOf(4000, ['a=ice-ufrag:abcd', 'a=ice-pwd:0123456789012345678901', candidate]))
      assert.doesNotMatch(String(sdp), /a=(?:ice-|candidate)/)
    },
  },
  {
    name: 'knows its sessions and what was said in them',
    run: async stage => {
      const call = await stage.call()
      await talk(call, 1)
      await talk(call, 2)
      const { calls } = await stage.client.request({ command: 'list' })
      assert.ok(calls?.includes(stage.callId))
      const parties = mediaStatsOf(await stage.client.request({ command: 'query', 'call-id': stage.callId }))
      assert.deepEqual(parties.map(({ tag, packets }) => [tag, packets]).sort(), [
        ['A', 2],
        ['B', 2],
      ])
      assert.equal((await stage.client.request({ command: 'statistics' })).result, 'ok')
    },
  },
  {
    name: 'ends a session with its statistics, and does not know it any more',
    run: async stage => {
      const call = await stage.call()
      for (let sequence = 1; sequence <= 3; sequence++) await talk(call, sequence)
      const ended = await stage.client.request({ command: 'delete', 'call-id': stage.callId, 'from-tag': 'A', 'delete-delay': 0 })
      assert.equal(ended.totals?.RTP.packets, 6)
      assert.equal(ended.totals?.RTP.bytes, 6 * 172)
      await refusedAs(stage.client.request({ command: 'query', 'call-id': stage.callId }), /Unknown call-id/i)
    },
  },
  {
    name: 'refuses an answer to a call it does not know',
    run: async stage => refusedAs(stage.answer(sdpOf(4000)), /Unknown call-id/i),
  },
  {
    name: 'refuses what is no SDP',
    run: async stage => refusedAs(stage.offer('hello'), /SDP/i),
  },
]

const DEFAULTS = { replace: ['origin', 'session-connection'], ICE: 'remove', flags: ['trust-address'] }
