/** Debian's rtpengine in userspace on loopback, with ports of its own, as a peer of tests. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NgUdpClient } from '@strowger/media-control/udp'
import { freePort } from './ports.ts'

export interface Rtpengine {
  /** Where it takes NG, all on 127.0.0.1. */
  readonly udp: number
  readonly tcp: number
  readonly http: number
  readonly process: ChildProcess
  stop(): Promise<void>
}

export interface RtpengineOptions {
  /** As `--interface` takes them. Default `127.0.0.1`. */
  readonly interfaces?: readonly string[]
  /** RTP ports, inclusive. */
  readonly ports: { readonly from: number; readonly to: number }
}

/** Resolves when it answers a ping. */
export async function startRtpengine({ interfaces = ['127.0.0.1'], ports }: RtpengineOptions): Promise<Rtpengine> {
  const folder = mkdtempSync(join(tmpdir(), 'rtpengine-'))
  const [udp, tcp, http] = [await freePort(), await freePort(), await freePort()]
  const args = [
    ...['--config-file=none', '--table=-1', '--foreground', '--log-stderr', '--log-level=4', '--no-fallback', '--num-threads=2'],
    ...interfaces.map(one => `--interface=${one}`),
    ...[`--listen-ng=127.0.0.1:${udp}`, `--listen-tcp-ng=127.0.0.1:${tcp}`, `--listen-http=127.0.0.1:${http}`],
    ...[`--port-min=${ports.from}`, `--port-max=${ports.to}`, `--pidfile=${join(folder, 'pid')}`],
  ]
  const process = spawn('rtpengine', args, { stdio: 'ignore' })
  const stop = async (): Promise<void> => {
    if (process.exitCode === null && process.signalCode === null && process.kill('SIGTERM')) await once(process, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
  const client = await NgUdpClient.open({ address: '127.0.0.1', port: udp, retransmitMs: Array(200).fill(100), giveUpMs: 30_000 })
  try {
    await client.request({ command: 'ping' })
  } catch (error) {
    await stop()
    throw error
  } finally {
    await client.close()
  }
  return { udp, tcp, http, process, stop }
}
