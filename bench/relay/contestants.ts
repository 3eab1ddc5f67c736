/** Who relays: ours reading at once and sharing wake-ups, rtpengine in userspace, and an echo in C as the least it can cost. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Network, Program } from '../proxy/processes.ts'
import { withFiles } from './files.ts'
import { ECHO, type Load, makeCalls, type Report, runFlows } from './load.ts'
import { NG_PORT, PORTS } from './ports.ts'

export const NAMES = ['ours', 'ours, shared', 'rtpengine', 'C echo'] as const
export type Name = (typeof NAMES)[number]

/** The longest wait for company, µs: the default of `media.shareWakeUpsUs`. */
const SHARE_US = 250

export class Contestant {
  readonly name: Name
  readonly address: string
  readonly program: Program
  readonly #network: Network
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'strowger-bench-relay-'))
  readonly #flows: string[] = []

  /** Each on a loopback address and with ports of its own. */
  constructor(name: Name, network: Network, core: number) {
    this.name = name
    this.address = `127.0.0.${2 + NAMES.indexOf(name)}`
    this.#network = network
    this.program = new Program(network.commandOn(core, withFiles(this.#command())))
  }

  get controlled(): boolean {
    return this.name !== 'C echo'
  }

  /** Sets up calls until there are so many. */
  async grow(calls: number, loadCore: number): Promise<void> {
    const wanted = calls - this.#flows.length
    if (wanted <= 0) return
    const made = this.controlled ? await makeCalls(this.address, wanted, this.#network, loadCore) : echoes(wanted)
    this.#flows.push(...made)
    writeFileSync(this.#file, this.#flows.join('\n'))
  }

  run(load: Load, loadCore: number): Promise<Report> {
    return runFlows(this.#file, this.address, load, this.#network, loadCore)
  }

  async close(): Promise<void> {
    await this.program.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #file(): string {
    return join(this.#folder, 'flows')
  }

  #command(): readonly string[] {
    switch (this.name) {
      case 'ours':
        return ours(this.address, 0)
      case 'ours, shared':
        return ours(this.address, SHARE_US)
      case 'rtpengine':
        return rtpengine(this.address, join(this.#folder, 'pid'))
      case 'C echo':
        return [ECHO, 'echo', this.address, String(PORTS.from)]
    }
  }
}

function ours(address: string, shareUs: number): readonly string[] {
  const loader = join(import.meta.dirname, '../../scripts/typescript.mjs')
  return [process.execPath, '--import', loader, join(import.meta.dirname, 'relay-daemon.ts'), address, String(NG_PORT), String(shareUs)]
}

/** One worker, which is its best on one core, no kernel module, nothing logged. */
function rtpengine(address: string, pidFile: string): readonly string[] {
  const options = {
    'config-file': 'none',
    table: '-1',
    interface: address,
    'listen-ng': `${address}:${NG_PORT}`,
    'port-min': PORTS.from,
    'port-max': PORTS.to,
    'num-threads': 1,
    'log-level': 3,
    timeout: 86_400,
    'silent-timeout': 86_400,
    pidfile: pidFile,
  }
  return ['rtpengine', ...Object.entries(options).map(([name, value]) => `--${name}=${value}`), '--foreground', '--log-stderr']
}

function echoes(count: number): readonly string[] {
  return Array.from({ length: count }, () => `${PORTS.from} ${PORTS.from}`)
}
