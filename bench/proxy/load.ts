/** The load generator: `sipload.c`, compiled at first use, run once per figure. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
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
}

const SOURCE = join(import.meta.dirname, 'sipload.c')
const PROGRAM = join(import.meta.dirname, '../build/sipload')

export class Generator {
  readonly #network: Network
  readonly #core: number
  readonly #ends: Endpoints

  /** @throws when there is no compiler */
  constructor(network: Network, core: number, ends: Endpoints) {
    compile()
    this.#network = network
    this.#core = core
    this.#ends = ends
  }

  run(proxy: string, { kind, rate, seconds }: Load): Promise<LoadReport> {
    const { caller, callee } = this.#ends
    const args = ['-t', proxy, '-u', caller, '-s', callee, '-m', kind, '-r', String(rate), '-d', String(seconds)]
    const [program, ...rest] = this.#network.commandOn(this.#core, [PROGRAM, ...args])
    return new Promise((resolve, reject) => {
      execFile(program, rest, (error, output) => {
        if (output.startsWith('{')) resolve(JSON.parse(output))
        else reject(error ?? new Error(`sipload printed ${output}`))
      })
    })
  }
}

function compile(): void {
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > statSync(SOURCE).mtimeMs) return
  mkdirSync(join(PROGRAM, '..'), { recursive: true })
  try {
    execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-o', PROGRAM, SOURCE], { stdio: ['ignore', 'inherit', 'inherit'] })
  } catch (cause) {
    throw new Error('the load generator needs gcc: apt-get install -y gcc libc6-dev', { cause })
  }
}
