/** Who echoes: dgram-ext, reading at once and sharing wake-ups, `node:dgram`, and the C program both ways. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Network, Program } from '../proxy/processes.ts'

export const NAMES = ['ours', 'ours, shared', 'node:dgram', 'C recvmmsg', 'C recvfrom'] as const
export type Name = (typeof NAMES)[number]

/** What a load run prints. */
export interface Report {
  readonly sent: number
  readonly returned: number
  /** Due, but never sent: the generator could not. */
  readonly skipped: number
  readonly seconds: number
  /** Of the generator itself. */
  readonly cpuSeconds: number
  /** Sent to returned, µs. */
  readonly p50: number
  readonly p99: number
}

export interface Load {
  /** Datagrams per second. */
  readonly rate: number
  readonly bytes: number
  readonly seconds: number
}

/** The longest wait that is offered. */
const SHARE_US = 250
const SOURCE = join(import.meta.dirname, 'datagrams.c')
const PROGRAM = join(import.meta.dirname, '../build/datagrams')
const NODE = [process.execPath, '--import', join(import.meta.dirname, '../../scripts/typescript.mjs'), join(import.meta.dirname, 'echo.ts')]

/** @throws when there is no compiler */
export function compile(): void {
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > statSync(SOURCE).mtimeMs) return
  mkdirSync(join(PROGRAM, '..'), { recursive: true })
  try {
    execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-o', PROGRAM, SOURCE], { stdio: ['ignore', 'inherit', 'inherit'] })
  } catch (cause) {
    throw new Error('the C program needs gcc: apt-get install -y gcc libc6-dev', { cause })
  }
}

export function start(name: Name, port: number, network: Network, core: number): Program {
  const commands: Readonly<Record<Name, readonly string[]>> = {
    ours: [...NODE, 'native', String(port), '0'],
    'ours, shared': [...NODE, 'native', String(port), String(SHARE_US)],
    'node:dgram': [...NODE, 'dgram', String(port), '0'],
    'C recvmmsg': [PROGRAM, 'batched', String(port)],
    'C recvfrom': [PROGRAM, 'single', String(port)],
  }
  return new Program(network.commandOn(core, commands[name]))
}

export function load(port: number, { rate, bytes, seconds }: Load, network: Network, core: number): Promise<Report> {
  const [program, ...args] = network.commandOn(core, [PROGRAM, 'load', ...[port, rate, bytes, seconds].map(String)])
  return new Promise((resolve, reject) => {
    execFile(program, args, (error, output) => {
      if (output.startsWith('{')) resolve(JSON.parse(output))
      else reject(error ?? new Error(`datagrams printed ${output}`))
    })
  })
}
