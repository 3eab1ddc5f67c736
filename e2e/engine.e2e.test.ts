/** The same call through Debian's rtpengine instead of our relay: the proxies cannot tell. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BDict, mediaStatsOf } from '@strowger/media-control'
import { NgUdpClient } from '@strowger/media-control/udp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Baresip } from './baresip.ts'
import { needing } from './peers.ts'
import { type Platform, startPlatform } from './platform.ts'
import { freePort } from './ports.ts'
import { until } from './until.ts'

const { title, skip } = needing('rtpengine as the media engine', 'baresip', 'rtpengine')

describe.skipIf(skip)(title, () => {
  let platform: Platform
  let engine: ChildProcess
  let ng: NgUdpClient
  const folder = mkdtempSync(join(tmpdir(), 'engine-'))

  beforeAll(async () => {
    const [port, rtp] = [await freePort(), await freePort(200)]
    engine = startEngine(port, rtp)
    ng = await NgUdpClient.open({ address: '127.0.0.1', port })
    await until('rtpengine', async () => (await ng.request({ command: 'ping' }).catch(() => undefined))?.result === 'pong')
    platform = await startPlatform({ config: { media: { engine: { address: '127.0.0.1', port } } } })
  })
  afterAll(async () => {
    await platform?.stop()
    ng?.close()
    engine?.kill()
    if (engine && engine.exitCode === null && engine.signalCode === null) await once(engine, 'exit')
    rmSync(folder, { recursive: true, force: true })
  })

  /** In userspace: its kernel module is not measured or needed here. */
  function startEngine(port: number, rtp: number): ChildProcess {
    const options = [`--listen-ng=127.0.0.1:${port}`, `--port-min=${rtp}`, `--port-max=${rtp + 199}`, `--pidfile=${join(folder, 'pid')}`]
    const fixed = [
      '--config-file=none',
      '--table=-1',
      '--interface=127.0.0.1',
      '--foreground',
      '--log-stderr',
      '--log-level=4',
      '--no-fallback',
      '--num-threads=1',
    ]
    return spawn('rtpengine', [...fixed, ...options], { stdio: 'ignore' })
  }

  test('two phones hear each other, and the record has what rtpengine counted', async () => {
    const alice = await Baresip.start(platform, { username: 'alice', address: '127.0.0.1' })
    const bob = await Baresip.start(platform, { username: 'bob', address: '127.0.0.1', transport: 'tcp' })
    try {
      alice.command('dial', `sip:102@${platform.demo.domain}`)
      await bob.event('CALL_INCOMING')
      bob.command('accept')
      await alice.event('CALL_ESTABLISHED')
      await until('a hundred packets through rtpengine', async () => packetsIn(await ng.request({ command: 'statistics' })) >= 400)
      expect(await platform.metric('strowger_relay_packets_total')).toBe(0)
      await until(
        'reports of both phones',
        async () => {
          const { calls: sessions = [] } = (await ng.request({ command: 'list' })) as { calls?: readonly string[] }
          const all = await Promise.all(sessions.map(session => ng.request({ command: 'query', 'call-id': session })))
          return (
            all.length === 2 &&
            all.every(reply => mediaStatsOf(reply as BDict).every(({ mos, roundTrip }) => mos !== undefined && roundTrip !== undefined))
          )
        },
        20_000,
      ).catch(() => {})
      alice.command('hangup')
      await bob.event('CALL_CLOSED')
    } finally {
      await alice.stop()
      await bob.stop()
    }
    for (const phone of [alice, bob]) expect(phone.heard().hertz).toBeCloseTo(440, -1)
    const { legs, status } = await until('a record with media', async () => {
      const row = await platform.cdr(1)
      return row.legs.length === 2 && row
    })
    expect(status).toBe(200)
    for (const { packets, jitterMs, roundTripMs, mos } of legs) {
      expect(packets).toBeGreaterThan(100)
      expect(jitterMs).toBeGreaterThanOrEqual(0)
      expect(roundTripMs).toBeGreaterThan(0)
      // G.711 without loss over loopback.
      expect(mos).toBeGreaterThan(4)
    }
  })

  test('*43 is answered by our relay, and heard through rtpengine', async () => {
    const alice = await Baresip.start(platform, { username: 'alice', address: '127.0.0.1' })
    try {
      alice.command('dial', `sip:*43@${platform.demo.domain}`)
      await alice.event('CALL_ESTABLISHED')
      await until('a hundred echoed packets', async () => (await platform.metric('strowger_relay_packets_total')) >= 100)
      alice.command('hangup')
      await alice.event('CALL_CLOSED')
    } finally {
      await alice.stop()
    }
    expect(alice.heard().hertz).toBeCloseTo(440, -1)
  })
})

/** Packets relayed by all calls, those in progress included. */
function packetsIn(reply: object): number {
  const { statistics } = reply as {
    statistics?: { currentstatistics?: { packetrate?: number }; totalstatistics?: { relayedpackets?: number } }
  }
  return Number(statistics?.totalstatistics?.relayedpackets ?? 0)
}
