/** Our NG client against a real rtpengine, with real RTP through it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mediaStatsOf, type NgReply } from '../src/index.ts'
import { NgUdpClient } from '../src/udp.ts'

const installed = spawnSync('rtpengine', ['--version']).error === undefined
const wanted = installed || process.env.CI === 'true'

describe.skipIf(!wanted)(installed ? 'rtpengine' : 'rtpengine, which is not installed here', () => {
  let folder: string
  let relay: ChildProcess
  let client: NgUdpClient
  const sockets: Socket[] = []

  beforeAll(async () => {
    if (!installed) throw new Error('rtpengine is not installed: apt-get install rtpengine-daemon')
    folder = await mkdtemp(join(tmpdir(), 'rtpengine-'))
    const port = await freePort()
    relay = start(folder, port, await freePorts(40))
    client = await NgUdpClient.open({ address: '127.0.0.1', port, retransmitMs: Array(50).fill(100), giveUpMs: 8000 })
    expect(await client.request({ command: 'ping' })).toEqual({ result: 'pong' })
  }, 20_000)

  afterAll(async () => {
    await client?.close()
    for (const socket of sockets) socket.close()
    if (relay?.exitCode === null) {
      const ended = once(relay, 'exit')
      relay.kill('SIGTERM')
      await ended
    }
    if (folder) await rm(folder, { recursive: true })
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
    const json = await NgUdpClient.open({
      address: '127.0.0.1',
      port: Number(relay.spawnargs.join(' ').match(/listen-ng=\S+:(\d+)/)![1]),
      format: 'json',
    })
    expect(await json.request({ command: 'ping' })).toEqual({ result: 'pong' })
    await json.close()
  })
})

function start(folder: string, port: number, media: { from: number; to: number }): ChildProcess {
  const options = [
    ...['--config-file=none', '--table=-1', '--interface=127.0.0.1', `--listen-ng=127.0.0.1:${port}`],
    ...[`--port-min=${media.from}`, `--port-max=${media.to}`, '--foreground', '--log-stderr', '--log-level=4'],
    ...['--no-fallback', '--num-threads=2', `--pidfile=${join(folder, 'pid')}`],
  ]
  return spawn('rtpengine', options, { stdio: 'ignore' })
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  const closed = once(socket, 'close')
  socket.close()
  await closed
  return port
}

/** A range of `count` ports that begins at an even one; an rtpengine passes over those that others took. */
async function freePorts(count: number): Promise<{ from: number; to: number }> {
  const from = Math.min(await freePort(), 65_000 - count) & ~1
  return { from, to: from + count - 1 }
}

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
