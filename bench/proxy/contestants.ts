/** The proxies: how each is started, and where. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { V8_FLAGS } from '@strowger/runtime'
import { pack, packed } from '../pack.ts'
import { certificateIn } from './kamailio.ts'
import { type Network, Program } from './processes.ts'

/** By which the caller calls. */
export type Transport = 'udp' | 'tcp' | 'tls' | 'ws'

/** Where one is started. */
export interface Place {
  readonly network: Network
  readonly core: number
  /** ADDRESS:PORT to listen on. */
  readonly address: string
  readonly nextHop: string
}

export interface Contestant {
  readonly address: string
  readonly program: Program
  /** What it has taken until now, MB. */
  memoryMb(): number
  close(): Promise<void>
}

export interface OurOptions {
  /** What callers use; the next hop is reached by UDP. */
  readonly transport?: Transport
  /** See `UdpOptions.shareWakeUpsUs`. */
  readonly shareWakeUpsUs?: number
  /** Threads on one port. Default: none but the main one. */
  readonly workers?: number
}

/** As the platform's proxies have it. */
const SHARE_US = 250

/** Before the first of ours is started. */
export function packOurs(): Promise<void> {
  const programs = ['one-proxy', 'working-proxy']
  return pack('proxy', Object.fromEntries(programs.map(name => [name, join(import.meta.dirname, `${name}.ts`)])))
}

export function startOurs({ network, core, address, nextHop }: Place, options: OurOptions = {}): Contestant {
  const { transport = 'udp', shareWakeUpsUs = SHARE_US, workers } = options
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'))
  const proxy = packed('proxy', workers === undefined ? 'one-proxy' : 'working-proxy')
  const args = [address, nextHop, String(shareWakeUpsUs), workers === undefined ? transport : String(workers)]
  const { cert, key } = transport === 'tls' ? certificateIn(folder) : { cert: '', key: '' }
  const node = [process.execPath, ...V8_FLAGS]
  const program = new Program(network.commandOn(core, [...node, proxy, ...args, ...(cert === '' ? [] : [cert, key])]))
  const close = async (): Promise<void> => {
    await program.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { address, program, close, memoryMb: () => program.memoryMb() }
}
