/** REGISTER without and with digest beside Kamailio's usrloc: CPU s per 1000 registrations, time to the 200, memory of 100,000 contacts. */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensurePeers, packageOf } from '../../scripts/peers.mjs'
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { machineBusySeconds, Network } from '../proxy/processes.ts'
import { Patience } from '../proxy/quiet.ts'
import { spread } from '../samples.ts'
import { type Name, packOurs, type Registrar, ready, startRegistrar } from './contestants.ts'
import { compileLoad, Generator } from './load.ts'
import { measureMemory } from './memory.ts'

export const registrarBench: Benchmark = { name: 'registrar', run }

const RATES = [2000, 10_000]
const USERS = 10_000
const NAMES: readonly Name[] = ['ours', 'sqlite', 'kamailio']
const SETTLE_MS = 500
/** Cores that others may have during a run: see proxy-bench. */
const OTHERS = 0.15
/** For quiet, and for runs once more, in all. */
const PATIENCE_MS = 120_000
const REGISTRAR_CORE = 0
const LOAD_CORE = 1

interface Figure {
  readonly name: Name
  readonly digest: boolean
  readonly rate: number
  readonly cpuPer1000: number
  readonly p50: number
  readonly p99: number
  readonly disturbed: boolean
}

async function run(options: Options): Promise<readonly Result[]> {
  if (availableParallelism() < 2) throw new Error('needs two cores: one for the registrar, one for the load')
  const missing = await ensurePeers(['kamailio', 'ip'])
  if (missing.includes('kamailio')) throw new Error(`kamailio is not here: apt-get install -y ${packageOf('kamailio')}`)
  await compileLoad()
  await packOurs()
  const network = new Network()
  try {
    const base = network.own ? 5060 : 45_060
    const addresses = NAMES.map((_, i) => `127.0.0.1:${base + i}`)
    const generator = new Generator(network, LOAD_CORE, `127.0.0.1:${base + 20}`)
    options.say(network.own ? 'in a network namespace of its own' : 'on loopback (not root): what else is on this machine shares it')
    const figures: Figure[] = []
    for (const digest of [false, true]) figures.push(...(await withAll(network, addresses, digest, generator, options)))
    const memory = await measureMemory({ network, core: REGISTRAR_CORE, address: addresses[0]!, generator, options })
    return [...results(figures, options.smoke ? options.rates : RATES), ...memory]
  } finally {
    network.close()
  }
}

async function withAll(
  network: Network,
  addresses: readonly string[],
  digest: boolean,
  generator: Generator,
  options: Options,
): Promise<readonly Figure[]> {
  const all: Registrar[] = []
  try {
    for (const [i, name] of NAMES.entries())
      all.push(startRegistrar(name, { network, core: REGISTRAR_CORE, address: addresses[i]!, digest }))
    for (const each of all) await ready(each, generator)
    return await measure(all, digest, generator, options)
  } finally {
    for (const each of all) await each.close()
  }
}

async function measure(all: readonly Registrar[], digest: boolean, generator: Generator, options: Options): Promise<readonly Figure[]> {
  const { rounds, seconds, smoke, say } = options
  const rates = smoke ? options.rates : RATES
  const settle = smoke ? 200 : SETTLE_MS
  for (const { address } of all) {
    await generator.run(address, { rate: Math.max(...rates), seconds, users: USERS })
    await sleep(settle)
  }
  const patience = new Patience(smoke ? 0 : PATIENCE_MS)
  const figures: Figure[] = []
  for (let round = 0; round < rounds; round++) {
    for (const rate of rates) {
      for (const registrar of round % 2 === 0 ? all : [...all].reverse()) {
        for (let again = true; again; ) {
          await patience.wait()
          const figure = await measureOne(registrar, { digest, rate, seconds }, generator, say)
          figures.push(figure)
          await sleep(settle)
          again = figure.disturbed && patience.lasts
          if (again) patience.spend(seconds * 1000 + settle)
        }
      }
    }
  }
  return figures
}

async function measureOne(
  { name, address, program }: Registrar,
  { digest, rate, seconds }: { readonly digest: boolean; readonly rate: number; readonly seconds: number },
  generator: Generator,
  say: Options['say'],
): Promise<Figure> {
  const busyBefore = machineBusySeconds()
  const before = program.cpuSeconds()
  const report = await generator.run(address, { rate, seconds, users: USERS })
  const busy = machineBusySeconds() - busyBefore
  await sleep(100)
  const cpu = program.cpuSeconds() - before
  const others = Math.max(0, busy - cpu - report.cpuSeconds) / report.seconds
  const disturbed = others > OTHERS
  const { registrations, failed, p50, p99 } = report
  const cpuPer1000 = (cpu * 1000) / registrations
  const verdict = `${failed === 0 ? '' : `, ${failed} of ${registrations} failed`}${disturbed ? ': disturbed' : ''}`
  const cores = `cores: load ${(report.cpuSeconds / report.seconds).toFixed(2)}, others ${others.toFixed(2)}`
  say(`${workOf(digest)} ${rate}/s ${name}: ${cpuPer1000.toFixed(4)} CPU s per 1000, p50 ${p50} p99 ${p99} ms, ${cores}${verdict}`)
  return { name, digest, rate, cpuPer1000, p50, p99, disturbed }
}

function workOf(digest: boolean): string {
  return digest ? 'REGISTER, digest' : 'REGISTER'
}

function results(figures: readonly Figure[], rates: readonly number[]): readonly Result[] {
  const of = (name: Name, digest: boolean, rate: number): readonly Figure[] => {
    const all = figures.filter(f => f.name === name && f.digest === digest && f.rate === rate)
    const undisturbed = all.filter(f => !f.disturbed)
    return undisturbed.length > 0 ? undisturbed : all
  }
  const row = (name: 'ours' | 'sqlite', digest: boolean, rate: number, unit: string, key: 'cpuPer1000' | 'p50' | 'p99'): Result => {
    const [ours, theirs] = [of(name, digest, rate), of('kamailio', digest, rate)]
    const work = `${workOf(digest)}, ${rate}/s${name === 'sqlite' ? ', SQLite behind' : ''}${key === 'cpuPer1000' ? '' : `, ${key}`}`
    const result = compare('registrar', work, unit, 'kamailio', spread(ours.map(f => f[key])), spread(theirs.map(f => f[key])))
    const disturbed = [...ours, ...theirs].some(f => f.disturbed) ? 'disturbed: no undisturbed run of both' : ''
    const note = [name === 'sqlite' ? 'Kamailio keeps nothing' : '', disturbed].filter(Boolean).join('; ')
    return note === '' ? result : { ...result, note }
  }
  return [false, true].flatMap(digest =>
    rates.flatMap(rate => [
      row('ours', digest, rate, 'CPU s per 1000', 'cpuPer1000'),
      row('sqlite', digest, rate, 'CPU s per 1000', 'cpuPer1000'),
      row('ours', digest, rate, 'ms', 'p50'),
      row('ours', digest, rate, 'ms', 'p99'),
    ]),
  )
}
