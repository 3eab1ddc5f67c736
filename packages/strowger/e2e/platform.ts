/** `strowger start` as a process of its own, on ports that were free a moment ago. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { freePort } from '../../../e2e/ports.ts'
import type { DemoFile } from '../src/index.ts'

const command: string = fileURLToPath(new URL('../bin/strowger.mjs', import.meta.url))

/** Of the relay, in this many ports from a free one. */
const RTP_PORTS = 100

export interface Health {
  readonly status: number
  readonly roles: Readonly<Record<string, { readonly state: string; readonly pid: number; readonly detail: Record<string, unknown> }>>
}

export class Platform {
  readonly data: string = mkdtempSync(join(tmpdir(), 'strowger-'))
  readonly config: string = join(this.data, 'strowger.yaml')
  readonly url: string
  readonly child: ChildProcess
  readonly #exit: Promise<unknown[]>
  #output = ''

  private constructor(http: number, config: object, roles: string) {
    this.url = `http://127.0.0.1:${http}`
    writeFileSync(this.config, JSON.stringify({ data: this.data, ...config }))
    this.child = spawn(process.execPath, [command, 'start', '--config', this.config, '--roles', roles], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', chunk => {
        this.#output += chunk
      })
    }
    this.#exit = once(this.child, 'exit')
  }

  /** `more` wins over the ports that are chosen. */
  static async start(roles: string, more: { readonly portal?: { readonly http: number } } = {}): Promise<Platform> {
    const [http, ng, users, trunks, appserver, carrier] = await Promise.all(Array.from({ length: 6 }, () => freePort()))
    const media = await freePort(RTP_PORTS)
    const ports = {
      portal: { http },
      media: { ng: { port: ng }, engine: { port: ng }, ports: { from: media, to: media + RTP_PORTS - 2 } },
      usersProxy: { udp: users, tcp: users, tls: 0, ws: 0, wss: 0 },
      trunksProxy: { udp: trunks, tcp: trunks, tls: 0 },
      appserver: { udp: appserver },
      carrier: { udp: carrier },
    }
    return new Platform(more.portal?.http ?? http!, { ...ports, ...more }, roles)
  }

  get output(): string {
    return this.#output
  }

  get demo(): DemoFile {
    return JSON.parse(readFileSync(join(this.data, 'demo.json'), 'utf8')) as DemoFile
  }

  async says(text: string): Promise<void> {
    await expect.poll(() => this.#output, { timeout: 100_000 }).toContain(text)
  }

  ready(): Promise<void> {
    return this.says('Strowger is ready')
  }

  async health(): Promise<Health> {
    const response = await fetch(`${this.url}/healthz`)
    return { ...((await response.json()) as Health), status: response.status }
  }

  /** The code it ends with. */
  async ended(): Promise<number | null> {
    const [code] = (await this.#exit) as [number | null]
    return code
  }

  /** Another command on the same configuration; resolves to its output. */
  async run(...args: readonly string[]): Promise<string> {
    return (await promisify(execFile)(process.execPath, [command, ...args, '--config', this.config])).stdout
  }

  /** The same where the command may fail. */
  async attempt(...args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    const done = promisify(execFile)(process.execPath, [command, ...args, '--config', this.config])
    return done.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
    )
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }
}
