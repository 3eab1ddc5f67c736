/** RTP through our relay beside rtpengine in userspace: packets, set-up, memory, growth. One after another, or those of `--modes`. */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensurePeers, packageOf } from '../../scripts/peers.mjs'
import type { Benchmark, Options, Result } from '../benchmark.ts'
import { Network } from '../proxy/processes.ts'
import { Contestant, NAMES, type Name } from './contestants.ts'
import { growth } from './growth.ts'
import { compile } from './load.ts'
import { memory } from './memory.ts'
import { packets } from './packets.ts'
import { setups } from './setups.ts'

export const relayBench: Benchmark = { name: 'relay', run }

const RELAY_CORE = 0
const LOAD_CORE = 1

/** What a mode is given. Contestants are started anew for each, and idle while another works. */
export interface Field {
  readonly contestants: readonly Contestant[]
  readonly network: Network
  readonly loadCore: number
  readonly options: Options
}

const MODES: Readonly<Record<string, { readonly names: readonly Name[]; run(field: Field): Promise<readonly Result[]> }>> = {
  packets: { names: NAMES, run: packets },
  setups: { names: ['ours', 'rtpengine'], run: setups },
  memory: { names: ['ours', 'rtpengine'], run: memory },
  growth: { names: ['ours', 'ours, shared', 'rtpengine'], run: growth },
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
  const { names, run } = MODES[name]!
  const network = new Network()
  const contestants: Contestant[] = []
  try {
    for (const one of names) contestants.push(new Contestant(one, network, RELAY_CORE))
    for (const contestant of contestants) await ready(contestant)
    return await run({ contestants, network, loadCore: LOAD_CORE, options })
  } finally {
    for (const contestant of contestants) await contestant.close()
    network.close()
  }
}

/** One call: it is there, and warm. */
async function ready(contestant: Contestant): Promise<void> {
  for (let tries = 0; ; tries++) {
    await sleep(250)
    if (!contestant.program.running) throw new Error(`${contestant.name} ended at once: ${contestant.program.lastWords}`)
    try {
      return await contestant.grow(1, LOAD_CORE)
    } catch (error) {
      if (tries === 40) throw error
    }
  }
}
