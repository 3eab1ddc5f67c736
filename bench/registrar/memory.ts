/** What 100,000 contacts take of memory, and what registering all of them again adds: each registrar anew, from idle. */
import { setTimeout as sleep } from 'node:timers/promises'
import { compare, type Options, type Result } from '../benchmark.ts'
import type { Network } from '../proxy/processes.ts'
import { spread } from '../samples.ts'
import { type Name, ready, startRegistrar } from './contestants.ts'
import type { Generator } from './load.ts'

const RATE = 5000

interface Ground {
  readonly network: Network
  readonly core: number
  readonly address: string
  readonly generator: Generator
  readonly options: Options
}

interface Growth {
  /** MB, proportional set size of all processes, beyond idle. */
  readonly registered: number
  /** The same, when all have registered once more. */
  readonly again: number
}

/** Runs long: twice 20 s of load for each. */
export async function measureMemory(ground: Ground): Promise<readonly Result[]> {
  const users = ground.options.smoke ? 1000 : 100_000
  const growth = new Map<Name, Growth>()
  for (const name of ['ours', 'kamailio'] as const) growth.set(name, await measureOne(name, users, ground))
  const [ours, theirs] = [growth.get('ours')!, growth.get('kamailio')!]
  const row = (work: string, unit: string, of: (growth: Growth) => number): Result =>
    compare('registrar', work, unit, 'kamailio', spread([of(ours)]), spread([of(theirs)]))
  return [
    row(`memory of ${users} contacts`, 'MB', ({ registered }) => registered),
    row('the same, registered again', 'MB', ({ again }) => again),
  ]
}

async function measureOne(name: Name, users: number, { network, core, address, generator, options }: Ground): Promise<Growth> {
  const registrar = startRegistrar(name, { network, core, address, digest: false, prefault: false })
  try {
    await ready(registrar, generator)
    const { program } = registrar
    const held: number[] = [program.memoryMb()]
    for (let pass = 0; pass < 2; pass++) {
      const { failed } = await generator.run(address, { rate: RATE, seconds: users / RATE, users })
      if (failed > 0) options.say(`${name}: ${failed} of ${users} failed`)
      await sleep(1000)
      held.push(program.memoryMb())
    }
    options.say(`${name}: ${held.map(megabytes => megabytes.toFixed(1)).join(' → ')} MB idle, registered, and again`)
    const [idle, registered, again] = held as [number, number, number]
    return { registered: registered - idle, again: again - idle }
  } finally {
    await registrar.close()
  }
}
