/** The load generator: `regload.c`, compiled at first use, run once per figure. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePeers, packageOf } from '../../scripts/peers.mjs'
import type { Network } from '../proxy/processes.ts'

/** What `regload` prints. */
export interface LoadReport {
  readonly registrations: number
  readonly failed: number
  readonly challenged: number
  readonly seconds: number
  /** Of the generator itself. */
  readonly cpuSeconds: number
  /** First REGISTER sent to 200 received, ms. */
  readonly p50: number
  readonly p99: number
}

export interface Load {
  /** Registrations per second. */
  readonly rate: number
  readonly seconds: number
  readonly users: number
}

const SOURCES = ['regload.c', '../proxy/streams.c', '../proxy/messages.h', '../proxy/streams.h'].map(name =>
  join(import.meta.dirname, name),
)
const PROGRAM = join(import.meta.dirname, '../build/regload')

export class Generator {
  readonly #network: Network
  readonly #core: number
  readonly #phone: string

  constructor(network: Network, core: number, phone: string) {
    this.#network = network
    this.#core = core
    this.#phone = phone
  }

  run(registrar: string, { rate, seconds, users }: Load): Promise<LoadReport> {
    const args = ['-t', registrar, '-u', this.#phone, '-r', String(rate), '-d', String(seconds), '-n', String(users)]
    const [program, ...rest] = this.#network.commandOn(this.#core, [PROGRAM, ...args])
    return new Promise((resolve, reject) => {
      execFile(program, rest, (error, output) => {
        if (output.startsWith('{')) resolve(JSON.parse(output))
        else reject(error ?? new Error(`regload printed ${output}`))
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
