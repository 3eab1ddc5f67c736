/** The parsers in C, sofia-sip and libosip2: `c-peers.c`, compiled at first use against Debian's packages, run once per figure. */
import { Buffer } from 'node:buffer'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensurePeers, packageOf } from '../../scripts/peers.mjs'
import type { Sample } from './messages.ts'

export const LIBRARIES = ['sofia-sip', 'libosip2'] as const
export type Library = (typeof LIBRARIES)[number]

const FOLDER = join(import.meta.dirname, '../build')
const SOURCE = join(import.meta.dirname, 'c-peers.c')
const PROGRAM = join(FOLDER, 'c-peers')
const FLAGS = ['-O2', '-Wall', '-Wextra', '-I/usr/include/sofia-sip-1.12']
const LINKED = ['-lsofia-sip-ua', '-losipparser2']

/** One library at one piece of work on one set of messages. */
export class CPeer {
  readonly #arguments: readonly string[]

  constructor(library: Library, work: 'parse' | 'edit', samples: readonly Sample[]) {
    const file = join(FOLDER, `messages-${samples[0]!.bytes.length}.bin`)
    writeFileSync(file, Buffer.concat(samples.flatMap(({ bytes }) => [lengthOf(bytes), bytes])))
    this.#arguments = [library, work, file]
  }

  /** What it read of each message, or wrote, as `c-peers.c` says. */
  output(): Buffer {
    return this.#run(0)
  }

  /** CPU time for `count` messages. */
  microseconds(count: number): number {
    return Number(this.#run(count).toString()) * count
  }

  #run(count: number): Buffer {
    return execFileSync(PROGRAM, [...this.#arguments, String(count)], { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 })
  }
}

/** @throws when a compiler or a library is not here and cannot be installed */
export async function compileCPeers(): Promise<void> {
  const missing = await ensurePeers(['cc', ...LIBRARIES])
  if (missing.length > 0)
    throw new Error(`${missing.join(' and ')} not here: apt-get install -y ${missing.map(name => packageOf(name)).join(' ')}`)
  if (existsSync(PROGRAM) && statSync(PROGRAM).mtimeMs > statSync(SOURCE).mtimeMs) return
  mkdirSync(FOLDER, { recursive: true })
  execFileSync('cc', [...FLAGS, '-o', PROGRAM, SOURCE, ...LINKED], { stdio: ['ignore', 'inherit', 'inherit'] })
}

function lengthOf(bytes: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return length
}
