/** The load generator: `sipload.c`, compiled at first use, run once per figure. */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePeers, packageOf } from '../../scripts/peers.mjs'
import type { Transport } from './contestants.ts'
import type { Network } from './processes.ts'

/** What `sipload` prints. */
export interface LoadReport {
  readonly calls: number
  readonly ok: number
  readonly failed: number
  readonly seconds: number
  /** Of the generator itself. */
  readonly cpuSeconds: number
  /** INVITE sent to 200 received, ms. */
  readonly setUpP50: number
  readonly setUpP99: number
}

export interface Endpoints {
  readonly caller: string
  readonly callee: string
}

export interface Load {
  /** `options`: a request and its answer, to see whether somebody is there. */
  readonly kind: 'invite' | 'options'
  /** Calls per second. */
  readonly rate: number
  readonly seconds: number
  /** By which the caller calls. Default `udp`. */
  readonly transport?: Transport
  /** Calls that are opened before and go on meanwhile. */
  readonly live?: number
}

const SOURCES = ['sipload.c', 'messages.h', 'streams.c', 'streams.h'].map(name => join(import.meta.dirname, name))
const PROGRAM = join(import.meta.dirname, '../build/sipload')

export class Generator {
  readonly #network: Network
  readonly #core: number
  readonly #ends: Endpoints

  constructor(network: Network, core: number, ends: Endpoints) {
    this.#network = network
    this.#core = core
    this.#ends = ends
  }

  /** `onStart`: what is counted begins now; with `live`, once those calls are there. */
  run(
    proxy: string,
    { kind, rate, seconds, transport = 'udp', live = 0 }: Load,
    onStart?: () => Promise<void> | void,
  ): Promise<LoadReport> {
    const { caller, callee } = this.#ends
    const args = ['-t', proxy, '-u', caller, '-s', callee, '-m', kind, '-r', rate, '-d', seconds, '-x', transport, '-l', live].map(String)
    const [program, ...rest] = this.#network.commandOn(this.#core, [PROGRAM, ...args])
    const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'] })
    if (live === 0) void onStart?.()
    return new Promise((resolve, reject) => {
      let output = ''
      child.once('error', reject)
      child.stdout.on('data', async chunk => {
        output += String(chunk)
        if (output !== 'live\n') return
        output = ''
        await onStart?.()
        child.stdin.end('go\n')
      })
      child.once('close', () => {
        if (output.startsWith('{')) resolve(JSON.parse(output))
        else reject(new Error(`sipload printed ${output}`))
      })
    })
  }
}

/** The generator, with the compiler and OpenSSL installed where that may be. @throws when there is none */
export async function compileLoad(): Promise<void> {
  const built = existsSync(PROGRAM) ? statSync(PROGRAM).mtimeMs : 0
  if (SOURCES.every(source => statSync(source).mtimeMs < built)) return
  const missing = await ensurePeers(['cc', 'openssl-headers'])
  if (missing.length > 0) throw new Error(`the load generator is not compiled: apt-get install -y ${missing.map(packageOf).join(' ')}`)
  mkdirSync(join(PROGRAM, '..'), { recursive: true })
  const sources = SOURCES.filter(source => source.endsWith('.c'))
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-o', PROGRAM, ...sources, '-lssl', '-lcrypto'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}
