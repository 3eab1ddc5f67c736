/** `rtp-relayd` as an operator starts it beside a proxy of his own: one command, no supervisor. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NgUdpClient } from '@strowger/media-control/udp'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../../e2e/ports.ts'
import { until } from '../../../e2e/until.ts'
import { NG_SCRIPT, onStage, sdpOf } from '../../rtp-relay/e2e/ng-script.ts'

const PROGRAM = fileURLToPath(new URL('../bin/rtp-relayd.mjs', import.meta.url))

interface Daemon {
  readonly process: ChildProcess
  output(): string
  /** Its exit status. */
  readonly ended: Promise<number | null>
}

function start(args: readonly string[]): Daemon {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += chunk))
  return { process: child, output: () => text, ended: once(child, 'close').then(([code]) => code as number | null) }
}

describe('rtp-relayd', () => {
  let folder: string
  let options: readonly string[]
  let ng: { readonly address: string; readonly port: number }
  let http: number
  let daemon: Daemon
  const ready = (one: Daemon): Promise<unknown> => until('a relay that is ready', () => one.output().includes('"ready"'), 60_000)

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'relayd-'))
    const [port, ports] = [await freePort(), await freePort(1000)]
    http = await freePort()
    ng = { address: '127.0.0.1', port }
    options = [`--listen-ng=${port}`, `--listen-http=${http}`, `--port-min=${ports}`, `--port-max=${ports + 999}`, `--data=${folder}`]
    daemon = start(options)
    await ready(daemon)
  })
  afterEach(() => expect(daemon.output()).not.toContain('"crashed"'))
  afterAll(async () => {
    if (daemon?.process.exitCode === null) daemon.process.kill('SIGKILL')
    await daemon?.ended
    rmSync(folder, { recursive: true, force: true })
  })

  for (const { name, run } of NG_SCRIPT) it(name, () => onStage(ng, run))

  it('shows Prometheus what it does', async () => {
    const answer = await fetch(`http://127.0.0.1:${http}/metrics`)
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/^strowger_relay_calls\S* \d/m)])
  })

  it('refuses to share its folder, and says so', async () => {
    const second = start([...options.slice(1), `--listen-ng=${await freePort()}`])
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain(`another one keeps its sessions in ${folder}: say another folder with --data`)
  })

  it('goes on with its sessions after it was killed, and ends when it is told to', async () => {
    const before = await NgUdpClient.open(ng)
    await before.request({ command: 'offer', 'call-id': 'kept', 'from-tag': 'A', sdp: sdpOf(await freePort()) })
    await before.close()
    await until('the session on disk', () => readFileSync(join(folder, 'relay/sessions.jsonl'), 'utf8').includes('kept '))
    daemon.process.kill('SIGKILL')
    await daemon.ended
    daemon = start(options)
    await ready(daemon)
    const client = await NgUdpClient.open(ng)
    expect(await client.request({ command: 'list', limit: 10 })).toMatchObject({ calls: ['kept'] })
    await client.request({ command: 'delete', 'call-id': 'kept', 'from-tag': 'A', 'delete-delay': 0 })
    await client.close()
    daemon.process.kill('SIGTERM')
    expect(await daemon.ended).toBe(0)
  })
})
