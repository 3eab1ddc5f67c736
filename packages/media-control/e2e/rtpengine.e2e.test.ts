/** Our NG client against a real rtpengine, with real RTP through it. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { needing } from '../../../e2e/peers.ts'
import { freePort } from '../../../e2e/ports.ts'
import { type Rtpengine, startRtpengine } from '../../../e2e/rtpengine.ts'
import { mediaStatsOf, type NgReply } from '../src/index.ts'
import { NgUdpClient } from '../src/udp.ts'

const { title, skip } = needing('rtpengine', 'rtpengine')

describe.skipIf(skip)(title, () => {
  let engine: Rtpengine
  let client: NgUdpClient
  const sockets: Socket[] = []

  beforeAll(async () => {
    const from = await freePort(40)
    engine = await startRtpengine({ ports: { from, to: from + 39 } })
    client = await NgUdpClient.open({ address: '127.0.0.1', port: engine.udp })
    expect(await client.request({ command: 'ping' })).toEqual({ result: 'pong' })
  })

  afterAll(async () => {
    await client?.close()
    for (const socket of sockets) socket.close()
    await engine?.stop()
  })

  const party = async (): Promise<Socket> => {
    const socket = createSocket('udp4')
    sockets.push(socket)
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return socket
  }

  test('a call is set up, carries RTP both ways, is counted and ended', async () => {
    const [alice, bob] = [await party(), await party()]
    const call = {
      'call-id': 'e2e-\xff-call',
      'from-tag': 'A',
      replace: ['origin', 'session-connection'],
      ICE: 'remove',
      flags: ['trust-address'],
    }
    const offered = await client.request({ ...call, command: 'offer', sdp: sdpOf(alice), 'received-from': ['IP4', '127.0.0.1'] })
    const answered = await client.request({ ...call, command: 'answer', 'to-tag': 'B', sdp: sdpOf(bob) })
    expect(offered.sdp).toContain('a=x-name:J\xf6rg')

    await talk(alice, portOf(answered), bob, portOf(offered), 20)
    const asked = await client.request({ command: 'query', 'call-id': call['call-id'] })
    expect(mediaStatsOf(asked).map(({ tag, packets, bytes }) => [tag, packets, bytes])).toEqual([
      ['A', 20, 3440],
      ['B', 20, 3440],
    ])
    expect((await client.request({ command: 'list' })).calls).toEqual([call['call-id']])
    expect(await client.request({ command: 'statistics' })).toHaveProperty('statistics')

    const ended = await client.request({ command: 'delete', 'call-id': call['call-id'], 'from-tag': 'A', 'delete-delay': 0 })
    expect(ended.totals).toMatchObject({ RTP: { packets: 40, bytes: 6880, errors: 0 }, RTCP: { packets: 0 } })
    for (const { lastPacket } of mediaStatsOf(ended)) expect(Math.abs(lastPacket - Date.now() / 1000)).toBeLessThan(60)
    expect((await client.request({ command: 'list' })).calls).toEqual([])
  })

  test('a branch that carried nothing has no last packet', async () => {
    const alice = await party()
    const call = { 'call-id': 'e2e-silent', 'from-tag': 'A' }
    await client.request({ ...call, command: 'offer', sdp: sdpOf(alice), 'via-branch': 'z9hG4bK1' })
    const ended = await client.request({ ...call, command: 'delete', 'delete-delay': 0 })
    expect(mediaStatsOf(ended)[0]).toMatchObject({ tag: 'A', packets: 0, lastPacket: 0 })
  })

  test('what it refuses is a refusal with its reason', async () => {
    await expect(client.request({ command: 'query', 'call-id': 'nobody' })).rejects.toMatchObject({
      code: 'refused',
      message: 'Unknown call-id',
    })
    await expect(client.request({ command: 'echo', 'call-id': 'x', 'from-tag': 'a', sdp: '' })).rejects.toMatchObject({
      code: 'refused',
      message: 'Unrecognized command',
    })
  })

  test('JSON works as well', async () => {
    const json = await NgUdpClient.open({ address: '127.0.0.1', port: engine.udp, format: 'json' })
    expect(await json.request({ command: 'ping' })).toEqual({ result: 'pong' })
    await json.close()
  })
})

function sdpOf(socket: Socket): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${socket.address().port} RTP/AVP 8`]
  return [...lines, 'a=rtpmap:8 PCMA/8000', 'a=x-name:J\xf6rg', ''].join('\r\n')
}

function portOf({ sdp }: NgReply): number {
  return Number(/m=audio (\d+)/.exec(String(sdp))![1])
}

/** Sends `count` packets from each side, the next pair when the last one has arrived at the other. */
async function talk(alice: Socket, toAlice: number, bob: Socket, toBob: number, count: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    const heard = Promise.all([once(alice, 'message'), once(bob, 'message')])
    alice.send(rtp(number, 1), toAlice, '127.0.0.1')
    bob.send(rtp(number, 2), toBob, '127.0.0.1')
    for (const [bytes] of await heard) expect(bytes).toHaveLength(172)
  }
}

/** 20 ms of silence in G.711 A-law (RFC 3550 §5.1, RFC 3551 §4.5.14). */
function rtp(sequence: number, source: number): Buffer {
  const packet = Buffer.alloc(172, 0xd5)
  packet.writeUInt16BE(0x8008, 0)
  packet.writeUInt16BE(sequence, 2)
  packet.writeUInt32BE(sequence * 160, 4)
  packet.writeUInt32BE(source, 8)
  return packet
}
