/** The two proxies: how each is started. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Network, Program } from './processes.ts'

/** As the platform starts its proxies: MiB for young objects, and more inlining. */
const FOR_MESSAGES = ['--max-semi-space-size=32', '--max-inlined-bytecode-size-cumulative=2000']

export interface Contestant {
  /** ADDRESS:PORT it listens on. */
  readonly address: string
  readonly program: Program
  close(): Promise<void>
}

export function startOurs(network: Network, core: number, address: string, nextHop: string): Contestant {
  const loader = join(import.meta.dirname, '../../scripts/typescript.mjs')
  const proxy = join(import.meta.dirname, 'record-routing-proxy.ts')
  const program = new Program(network.commandOn(core, [process.execPath, ...FOR_MESSAGES, '--import', loader, proxy, address, nextHop]))
  return { address, program, close: () => program.stop() }
}

/** At its best: the fast allocator, shared memory touched beforehand, two processes, nothing logged. */
export function startKamailio(network: Network, core: number, address: string, nextHop: string): Contestant {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'))
  const config = join(folder, 'kamailio.cfg')
  const template = readFileSync(join(import.meta.dirname, 'kamailio.cfg'), 'utf8')
  writeFileSync(config, template.replace('LISTEN', address).replace('NEXT_HOP', nextHop))
  mkdirSync(join(folder, 'run'))
  const files = ['-f', config, '-P', join(folder, 'pid'), '-Y', join(folder, 'run')]
  const memory = ['-m', '1024', '-M', '32', '-x', 'tlsf', '-X', 'tlsf']
  const program = new Program(network.commandOn(core, ['kamailio', ...files, '-DD', '-E', ...memory]))
  const close = async (): Promise<void> => {
    await program.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { address, program, close }
}
