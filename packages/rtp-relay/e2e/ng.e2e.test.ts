/** The NG script against our daemon and, where it is installed, against an rtpengine: what a controller sees must be the same. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NgUdpClient } from '@strowger/media-control/udp'
import { afterAll, beforeAll, describe, it, vi } from 'vitest'
import { startTestRole, type TestRole } from '../test/media-role.ts'
import { NG_SCRIPT, onStage } from './ng-script.ts'

describe('our daemon', () => {
  let role: TestRole
  beforeAll(async () => {
    role = await startTestRole()
  })
  afterAll(() => role.stop())
  for (const { name, run } of NG_SCRIPT) it(name, () => onStage(role.ng, run))
})

const installed = spawnSync('rtpengine', ['--version']).error === undefined

describe.skipIf(!installed)('rtpengine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rtpengine-'))
  const ng = { address: '127.0.0.1', port: 0 }
  let engine: ChildProcess
  beforeAll(async () => {
    ng.port = await freePort()
    engine = startRtpengine(ng.port, join(folder, 'pid'))
    const client = await NgUdpClient.open(ng)
    await vi.waitFor(() => client.request({ command: 'ping' }), { timeout: 20_000 })
    await client.close()
  })
  afterAll(async () => {
    if (engine.exitCode === null && engine.kill('SIGTERM')) await once(engine, 'exit')
    rmSync(folder, { recursive: true })
  })
  for (const { name, run } of NG_SCRIPT) it(name, () => onStage(ng, run))
})

function startRtpengine(port: number, pidfile: string): ChildProcess {
  const options = {
    'config-file': 'none',
    table: '-1',
    interface: '127.0.0.1',
    'listen-ng': `127.0.0.1:${port}`,
    'port-min': '12000',
    'port-max': '12999',
    'log-level': '4',
    'num-threads': '2',
    pidfile,
  }
  const named = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  return spawn('rtpengine', [...named, '--foreground', '--log-stderr', '--no-fallback'], { stdio: 'ignore' })
}

async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}
