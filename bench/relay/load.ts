/** The load: `rtpload.c` moves packets, `ngload.c` calls. Both are compiled at first use and run once per figure. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { LOAD_CORE, type Place } from './place.ts'
import { NG_PORT, PARTIES } from './ports.ts'

/** What `rtpload flows` prints. */
export interface Report {
  readonly sent: number
  readonly arrived: number
  /** Something else than was sent. */
  readonly strange: number
  /** Due, but never sent: the generator could not. */
  readonly skipped: number
  /** Sent over 0.5 ms after they were due. */
  readonly late: number
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

/** What `ngload first` prints. */
export interface FirstAnswer {
  /** UNIX time, seconds. */
  readonly at: number
  readonly sessions: number
}

const BUILD = join(import.meta.dirname, '../build')
const NGLOAD = join(BUILD, 'ngload')
export const RTPLOAD: string = join(BUILD, 'rtpload')

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

export async function runFlows({ address, party, phones }: Place, file: string, load: Load): Promise<Report> {
  const { calls, rate, seconds, group = 1 } = load
  const numbers = [calls, rate, seconds, group].map(String)
  return JSON.parse(await output(phones.commandOn(LOAD_CORE, [RTPLOAD, 'flows', file, party, ...parties(), address, ...numbers])))
}

/** Calls that stay: a line of two ports for each. */
export async function makeCalls(place: Place, count: number): Promise<readonly string[]> {
  const lines = (await command(place, 'calls', count)).trim().split('\n')
  if (lines.length !== count) throw new Error(`${count} calls wanted, ${lines.length} made`)
  return lines
}

export async function runSetups(place: Place, count: number, outstanding: number): Promise<SetupReport> {
  return JSON.parse(await command(place, 'setups', count, outstanding))
}

/** Who answers first at the relay's address, from now on. */
export async function firstAnswer({ address, phones }: Place): Promise<FirstAnswer> {
  return JSON.parse(await output(phones.commandOn(LOAD_CORE, [NGLOAD, 'first', address, String(NG_PORT)])))
}

function command({ address, party, phones }: Place, mode: string, ...numbers: readonly number[]): Promise<string> {
  const words = [mode, address, String(NG_PORT), party, ...parties(), ...numbers.map(String)]
  return output(phones.commandOn(LOAD_CORE, [NGLOAD, ...words]))
}

function parties(): readonly string[] {
  return [String(PARTIES.first), String(PARTIES.second)]
}

function output([program, ...args]: readonly [string, ...string[]]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { maxBuffer: 1 << 24 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${args.join(' ')}: ${stderr.trim() || error.message}`))
    })
  })
}
