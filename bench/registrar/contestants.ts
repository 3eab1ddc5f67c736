/** The registrars: how each is started, and how much memory it holds. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { V8_FLAGS } from '@strowger/runtime'
import { pack, packed } from '../pack.ts'
import { type Network, Program } from '../proxy/processes.ts'
import type { Generator } from './load.ts'

/** `sqlite`: ours with the platform's database behind it. */
export type Name = 'ours' | 'sqlite' | 'kamailio'

export interface Registrar {
  readonly name: Name
  /** ADDRESS:PORT it listens on. */
  readonly address: string
  readonly program: Program
  close(): Promise<void>
}

export interface Start {
  readonly network: Network
  readonly core: number
  readonly address: string
  readonly digest: boolean
  /** Kamailio touches all of its memory beforehand, as is best for speed; else what it holds is what it uses. */
  readonly prefault?: boolean
}

export function startRegistrar(name: Name, start: Start): Registrar {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'))
  const command = name === 'kamailio' ? kamailio(start, folder) : ours(start, name === 'sqlite' ? [folder] : [])
  const program = new Program(start.network.commandOn(start.core, command))
  const close = async (): Promise<void> => {
    await program.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { name, address: start.address, program, close }
}

/** Kamailio touches all of its memory before it listens: some seconds. */
export async function ready({ name, address, program }: Registrar, generator: Generator): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    await sleep(250)
    if (!program.running) throw new Error(`${name} ended at once: ${program.lastWords}`)
    const { failed } = await generator.run(address, { rate: 10, seconds: 0.1, users: 1 })
    if (failed === 0) return
  }
  throw new Error(`${name} does not answer: ${program.lastWords}`)
}

/** Before the first of ours is started. */
export function packOurs(): Promise<void> {
  const ofStore = join(import.meta.dirname, '../../packages/store/dist/sqlite/worker.js')
  return pack('registrar', { registrar: join(import.meta.dirname, 'registrar.ts'), worker: ofStore })
}

function ours({ address, digest }: Start, folder: readonly string[]): readonly string[] {
  return [process.execPath, ...V8_FLAGS, packed('registrar', 'registrar'), address, digest ? 'digest' : 'open', ...folder]
}

/** At its best: the fast allocator, two processes, nothing logged. */
function kamailio({ address, digest, prefault = true }: Start, folder: string): readonly string[] {
  const config = join(folder, 'kamailio.cfg')
  writeFileSync(config, readFileSync(join(import.meta.dirname, 'kamailio.cfg'), 'utf8').replace('LISTEN', address))
  mkdirSync(join(folder, 'run'))
  const files = ['-f', config, '-P', join(folder, 'pid'), '-Y', join(folder, 'run')]
  const memory = ['-m', '1024', '-M', '32', '-x', 'tlsf', '-X', 'tlsf']
  const defined = [...(digest ? ['-A', 'WITH_AUTH'] : []), ...(prefault ? ['-A', 'PREFAULT'] : [])]
  return ['kamailio', ...files, '-DD', '-E', ...memory, ...defined]
}
