/** Proxies on one core, the load on another, in a network of their own. */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Options } from '../benchmark.ts'
import { type Contestant, type Place, packOurs, type Transport } from './contestants.ts'
import { compileLoad, Generator } from './load.ts'
import { Network } from './processes.ts'

/** One that takes part: how it is started, and by what it is called. */
export interface Entry {
  readonly name: string
  readonly transport?: Transport
  start(place: Place): Contestant
}

export interface Running extends Contestant {
  readonly name: string
  readonly transport: Transport
}

export interface Field {
  readonly running: readonly Running[]
  readonly generator: Generator
}

const PROXY_CORE = 0
const LOAD_CORE = 1
/** The load's own, then one for each proxy. */
const CALLEE = 0
const CALLER = 1
const FIRST = 2

/** Starts them, waits until each answers, and ends them whatever happens. @throws when one does not answer, or there is one core only */
export async function onField<T>(entries: readonly Entry[], say: Options['say'], work: (field: Field) => Promise<T>): Promise<T> {
  if (availableParallelism() < 2) throw new Error('needs two cores: one for the proxy, one for the load')
  await compileLoad()
  await packOurs()
  const network = new Network()
  const running: Running[] = []
  try {
    const addressOf = (place: number): string => `127.0.0.1:${(network.own ? 5060 : 45_060) + place * 2}`
    const callee = addressOf(CALLEE)
    const generator = new Generator(network, LOAD_CORE, { caller: addressOf(CALLER), callee })
    say(network.own ? 'in a network namespace of its own' : 'on loopback (not root): what else is on this machine shares it')
    for (const [i, { name, transport = 'udp', start }] of entries.entries()) {
      const contestant = start({ network, core: PROXY_CORE, address: addressOf(FIRST + i), nextHop: callee })
      running.push({ ...contestant, name, transport })
    }
    for (const contestant of running) await ready(contestant, generator)
    return await work({ running, generator })
  } finally {
    for (const contestant of running) await contestant.close()
    network.close()
  }
}

/** Kamailio touches all of its memory before it listens: some seconds. */
async function ready({ name, address, program }: Running, generator: Generator): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    await sleep(250)
    if (!program.running) throw new Error(`${name} ended at once: ${program.lastWords}`)
    const { failed } = await generator.run(address, { kind: 'options', rate: 10, seconds: 0.1 })
    if (failed === 0) return
  }
  throw new Error(`${name} does not answer: ${program.lastWords}`)
}
