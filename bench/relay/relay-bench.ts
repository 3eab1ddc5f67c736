/** RTP through our relay beside rtpengine in userspace: packets, kernel fast path, set-up, memory, growth, and what a restart brings back. One after another, or those of `--modes`. */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensurePeers, packageOf } from '../../scripts/peers.mjs'
import type { Benchmark, Options, Result } from '../benchmark.ts'
import { Contestant, type Name } from './contestants.ts'
import { fastPath } from './fast-path.ts'
import { growth } from './growth.ts'
import { compile } from './load.ts'
import { memory } from './memory.ts'
import { packets } from './packets.ts'
import { type Ground, onLoopback } from './place.ts'
import { restore } from './restore.ts'
import { setups } from './setups.ts'
import { NoWire, onWires } from './wire.ts'

export const relayBench: Benchmark = { name: 'relay', run }

/** What a mode is given. Contestants are started anew for each, and idle while another works. */
export interface Field {
  readonly contestants: readonly Contestant[]
  readonly options: Options
}

interface Mode {
  readonly names: readonly Name[]
  /** Where they are. Default: loopback. */
  readonly ground?: (count: number) => Ground
  run(field: Field): Promise<readonly Result[]>
}

const MODES: Readonly<Record<string, Mode>> = {
  packets: { names: ['ours', 'ours, shared', 'rtpengine', 'C echo'], run: packets },
  'fast-path': { names: ['ours, kernel', 'ours, shared', 'rtpengine'], ground: onWires, run: fastPath },
  setups: { names: ['ours', 'rtpengine'], run: setups },
  memory: { names: ['ours', 'rtpengine'], run: memory },
  growth: { names: ['ours', 'ours, shared', 'rtpengine'], run: growth },
  restore: { names: [], run: ({ options }) => restore(options) },
}

async function run(options: Options): Promise<readonly Result[]> {
  if (availableParallelism() < 2) throw new Error('needs two cores: one for the relay, one for the load')
  const wanted = options.relay.modes.length > 0 ? options.relay.modes : Object.keys(MODES)
  const unknown = wanted.filter(name => !(name in MODES))
  if (unknown.length > 0) throw new Error(`no mode ${unknown.join(', ')}; there are ${Object.keys(MODES).join(', ')}`)
  const missing = await ensurePeers(['rtpengine', 'ip'])
  if (missing.includes('rtpengine')) throw new Error(`rtpengine is not here: apt-get install -y ${packageOf('rtpengine')}`)
  compile()
  const results: Result[] = []
  for (const name of wanted) results.push(...(await runMode(name, options)))
  return results
}

async function runMode(name: string, options: Options): Promise<readonly Result[]> {
  try {
    return await onGround(MODES[name]!, options)
  } catch (error) {
    if (!(error instanceof NoWire)) throw error
    options.say(`${name} was skipped: ${error.message}`)
    return []
  }
}

async function onGround({ names, ground: open = onLoopback, run }: Mode, options: Options): Promise<readonly Result[]> {
  const ground = open(names.length)
  const contestants: Contestant[] = []
  try {
    for (const [at, name] of names.entries()) contestants.push(new Contestant(name, ground.places[at]!))
    for (const contestant of contestants) await ready(contestant)
    return await run({ contestants, options })
  } finally {
    for (const contestant of contestants) await contestant.close()
    ground.close()
  }
}

/** One call: it is there, and warm. */
async function ready(contestant: Contestant): Promise<void> {
  const { name, program } = contestant
  for (let tries = 0; ; tries++) {
    await sleep(250)
    if (!program.running) throw new (name === 'ours, kernel' ? NoWire : Error)(`${name} ended at once: ${program.lastWords}`)
    try {
      return await contestant.grow(1)
    } catch (error) {
      if (tries === 40) throw error
    }
  }
}
