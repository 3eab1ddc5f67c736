/** How long an operator waits: `strowger start` in an empty folder until `/healthz` says ready, the same again on that folder, and a Ctrl-C without calls until the last process has gone. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { spread } from '../samples.ts'

export const startBench: Benchmark = { name: 'start', run: async options => measure(options) }

/** Seconds an operator is promised; there is no peer that starts a whole platform. */
const LIMIT_SECONDS = 5
const COMMAND = join(import.meta.dirname, '../../packages/strowger/bin/strowger.mjs')

interface Waits {
  readonly first: number
  readonly again: number
  readonly stop: number
}

async function measure({ rounds, say }: Options): Promise<readonly Result[]> {
  const waits: Waits[] = []
  for (let round = 0; round < rounds; round++) {
    waits.push(await oneRound(await freePorts()))
    say(`round ${round + 1} of ${rounds}`)
  }
  const row = (work: string, of: keyof Waits): Result =>
    compare('start', work, 's', 'limit', spread(waits.map(wait => wait[of])), spread([LIMIT_SECONDS]))
  return [row('start, empty folder', 'first'), row('start again', 'again'), row('Ctrl-C without calls', 'stop')]
}

async function oneRound(ports: readonly number[]): Promise<Waits> {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'))
  try {
    const file = join(folder, 'strowger.yaml')
    writeFileSync(file, JSON.stringify(configuration(folder, ports)))
    const first = await startAndStop(file, ports[0]!)
    const again = await startAndStop(file, ports[0]!)
    return { first: first.start, again: again.start, stop: again.stop }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function startAndStop(file: string, http: number): Promise<{ readonly start: number; readonly stop: number }> {
  const began = performance.now()
  const child = spawn(process.execPath, [COMMAND, 'start', '--config', file], { stdio: 'ignore' })
  const exit = once(child, 'exit')
  while (!(await isReady(http))) {
    if (child.exitCode !== null) throw new Error(`strowger start ended with ${child.exitCode} before it was ready`)
    await sleep(20)
  }
  const ready = performance.now()
  child.kill('SIGINT')
  await exit
  return { start: (ready - began) / 1000, stop: (performance.now() - ready) / 1000 }
}

async function isReady(http: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${http}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  )
}

function configuration(data: string, [http, ng, engine, users, trunks, appserver, carrier]: readonly number[]): object {
  return {
    data,
    portal: { http },
    media: { ng: { port: ng }, engine: { port: engine }, ports: { from: 42000, to: 42098 } },
    usersProxy: { udp: users, tcp: users, tls: 0, ws: 0, wss: 0 },
    trunksProxy: { udp: trunks, tcp: trunks, tls: 0 },
    appserver: { udp: appserver },
    carrier: { udp: carrier },
  }
}

/** Free a moment ago, all at the same time. */
async function freePorts(): Promise<readonly number[]> {
  const servers = Array.from({ length: 7 }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => (server.address() as AddressInfo).port)
  for (const server of servers) server.close()
  return ports
}
