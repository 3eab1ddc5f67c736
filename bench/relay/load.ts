/** The load: `rtpload.c` moves packets, `ngload.c` calls. Both are compiled at first use and run once per figure. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Network } from '../proxy/processes.ts'
import { NG_PORT, PARTY } from './ports.ts'

/** What `rtpload flows` prints. */
export interface Report {
  readonly sent: number
  readonly arrived: number
  /** Something else than was sent. */
  readonly strange: number
  /** Due, but never sent: the generator could not. */
  readonly skipped: number
  readonly seconds: number
  /** Of the generator itself. */
  readonly cpuSeconds: number
  /** Sent to arrived at the other party, µs. */
  readonly p50: number
  readonly p99: number
}

export interface Load {
  readonly calls: number
  /** Packets per second, of all calls and both ways. */
  readonly rate: number
  readonly seconds: number
  /** So many leave at once. Default 1. */
  readonly group?: number
}

/** What `ngload setups` prints. */
export interface SetupReport {
  readonly seconds: number
  readonly cpuSeconds: number
}

const BUILD = join(import.meta.dirname, '../build')
const NG = join(BUILD, 'ngload')
export const ECHO: string = join(BUILD, 'rtpload')

/** @throws when there is no compiler */
export function compile(): void {
  for (const name of ['rtpload', 'ngload']) {
    const [program, source] = [join(BUILD, name), join(import.meta.dirname, `${name}.c`)]
    if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) continue
    mkdirSync(BUILD, { recursive: true })
    try {
      execFileSync('gcc', ['-O2', '-Wall', '-Wextra', '-o', program, source], { stdio: ['ignore', 'inherit', 'inherit'] })
    } catch (cause) {
      throw new Error('the load generators need gcc: apt-get install -y gcc libc6-dev', { cause })
    }
  }
}

export async function runFlows(file: string, relay: string, load: Load, network: Network, core: number): Promise<Report> {
  const { calls, rate, seconds, group = 1 } = load
  const numbers = [calls, rate, seconds, group].map(String)
  return JSON.parse(await output(network.commandOn(core, [ECHO, 'flows', file, PARTY.address, ...parties(), relay, ...numbers])))
}

/** Calls that stay: a line of two ports for each. */
export async function makeCalls(relay: string, count: number, network: Network, core: number): Promise<readonly string[]> {
  const text = await output(network.commandOn(core, [NG, 'calls', relay, String(NG_PORT), PARTY.address, ...parties(), String(count)]))
  const lines = text.trim().split('\n')
  if (lines.length !== count) throw new Error(`${count} calls wanted, ${lines.length} made`)
  return lines
}

export async function runSetups(relay: string, count: number, outstanding: number, network: Network, core: number): Promise<SetupReport> {
  const numbers = [count, outstanding].map(String)
  return JSON.parse(await output(network.commandOn(core, [NG, 'setups', relay, String(NG_PORT), PARTY.address, ...parties(), ...numbers])))
}

function parties(): readonly string[] {
  return [String(PARTY.first), String(PARTY.second)]
}

function output([program, ...args]: readonly [string, ...string[]]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${args.join(' ')}: ${stderr.trim() || error.message}`))
    })
  })
}
