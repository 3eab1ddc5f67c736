/** Who relays: ours reading at once, sharing wake-ups, and leaving what is plain to the kernel; rtpengine in userspace; and an echo in C as the least it can cost. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { V8_FLAGS } from '@strowger/runtime'
import { Program } from '../proxy/processes.ts'
import { withFiles } from './files.ts'
import { type Load, makeCalls, type Report, RTPLOAD, runFlows, runSetups, type SetupReport } from './load.ts'
import { type Place, RELAY_CORE } from './place.ts'
import { NG_PORT, PORTS } from './ports.ts'

export type Name = 'ours' | 'ours, shared' | 'ours, kernel' | 'rtpengine' | 'C echo'

/** The longest wait for company, µs: the default of `media.shareWakeUpsUs`. */
const SHARE_US = 250

export class Contestant {
  readonly name: Name
  readonly place: Place
  readonly program: Program
  readonly #folder: string = mkdtempSync(join(tmpdir(), 'strowger-bench-relay-'))
  readonly #flows: string[] = []

  constructor(name: Name, place: Place) {
    this.name = name
    this.place = place
    this.program = new Program(place.relays.commandOn(RELAY_CORE, withFiles(this.#command())))
  }

  /** Sets up calls until there are so many. */
  async grow(calls: number): Promise<void> {
    const wanted = calls - this.#flows.length
    if (wanted <= 0) return
    this.#flows.push(...(this.name === 'C echo' ? echoes(wanted) : await makeCalls(this.place, wanted)))
    writeFileSync(this.#file, this.#flows.join('\n'))
  }

  run(load: Load): Promise<Report> {
    return runFlows(this.place, this.#file, load)
  }

  setUp(count: number, outstanding: number): Promise<SetupReport> {
    return runSetups(this.place, count, outstanding)
  }

  async close(): Promise<void> {
    await this.program.stop()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #file(): string {
    return join(this.#folder, 'flows')
  }

  #command(): readonly string[] {
    const { address } = this.place
    switch (this.name) {
      case 'ours':
        return this.#ours({ shareWakeUpsUs: 0, fastPath: 'off' })
      case 'ours, shared':
        return this.#ours({ shareWakeUpsUs: SHARE_US, fastPath: 'off' })
      case 'ours, kernel':
        return this.#ours({ shareWakeUpsUs: SHARE_US, fastPath: 'auto' })
      case 'rtpengine':
        return rtpengine(address, join(this.#folder, 'pid'))
      case 'C echo':
        return [RTPLOAD, 'echo', address, String(PORTS.from)]
    }
  }

  #ours(special: { readonly shareWakeUpsUs: number; readonly fastPath: 'auto' | 'off' }): readonly string[] {
    const { address } = this.place
    const media = { ng: { address, port: NG_PORT }, ports: PORTS, threads: 1, silenceSeconds: 0, ...special }
    const config = { listen: address, data: this.#folder, media }
    return [process.execPath, ...V8_FLAGS, join(import.meta.dirname, 'relay-daemon.mjs'), JSON.stringify(config)]
  }
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
