/** Calls through a record-routing stateful proxy over UDP, beside Kamailio with the same load: CPU s per 1000 calls, and set-up time. */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensurePeers, packageOf } from '../../scripts/peers.mjs'
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { spread } from '../samples.ts'
import { type Contestant, startKamailio, startOurs } from './contestants.ts'
import { Generator, type LoadReport } from './load.ts'
import { machineBusySeconds, Network } from './processes.ts'
import { Patience } from './quiet.ts'

export const proxyBench: Benchmark = { name: 'proxy', run }

/**
 * Between runs: as long as Kamailio keeps a transaction. Ours live up to 64*T1 = 32 s (timers J, L and M), so that each of our runs also
 * pays for the end of earlier ones, as in steady state.
 */
const BETWEEN_RUNS_MS = 5500
/** Cores that others may have during a run. With more of it datagrams pile up: fewer wake-ups, a flattering figure, late calls. */
const OTHERS = 0.15
/** For quiet, and for runs once more, in all. */
const PATIENCE_MS = 240_000
const PROXY_CORE = 0
const LOAD_CORE = 1

type Name = 'ours' | 'kamailio'
type Key = 'cpuPer1000' | 'setUpP50' | 'setUpP99'

interface Figure {
  readonly name: Name
  readonly rate: number
  readonly cpuPer1000: number
  readonly setUpP50: number
  readonly setUpP99: number
  /** Others had the cores: counts only when there is no better one. */
  readonly disturbed: boolean
}

async function run(options: Options): Promise<readonly Result[]> {
  if (availableParallelism() < 2) throw new Error('needs two cores: one for the proxy, one for the load')
  await needPeers()
  const network = new Network()
  const contestants = new Map<Name, Contestant>()
  try {
    const ports = network.own ? [5060, 5061, 5070, 5080] : [45_060, 45_061, 45_070, 45_080]
    const [ours, theirs, callee, caller] = ports.map(port => `127.0.0.1:${port}`) as [string, string, string, string]
    const generator = new Generator(network, LOAD_CORE, { caller, callee })
    options.say(network.own ? 'in a network namespace of its own' : 'on loopback (not root): what else is on this machine shares it')
    contestants.set('ours', startOurs(network, PROXY_CORE, ours, callee))
    contestants.set('kamailio', startKamailio(network, PROXY_CORE, theirs, callee))
    for (const [name, contestant] of contestants) await ready(name, contestant, generator)
    const figures = await measure(contestants, generator, options)
    const disturbed = figures.filter(figure => figure.disturbed).length
    options.say(`${disturbed} of ${figures.length} runs were disturbed by other programs`)
    return results(figures, options.rates)
  } finally {
    for (const contestant of contestants.values()) await contestant.close()
    network.close()
  }
}

async function needPeers(): Promise<void> {
  const missing = await ensurePeers(['kamailio', 'ip'])
  if (missing.includes('kamailio')) throw new Error(`kamailio is not here: apt-get install -y ${packageOf('kamailio')}`)
}

/** Kamailio touches all of its memory before it listens: some seconds. */
async function ready(name: Name, { address, program }: Contestant, generator: Generator): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    await sleep(250)
    if (!program.running) throw new Error(`${name} ended at once: ${program.lastWords}`)
    const { failed } = await generator.run(address, { kind: 'options', rate: 10, seconds: 0.1 })
    if (failed === 0) return
  }
  throw new Error(`${name} does not answer: ${program.lastWords}`)
}

async function measure(contestants: ReadonlyMap<Name, Contestant>, generator: Generator, options: Options): Promise<readonly Figure[]> {
  const { rounds, rates, seconds, smoke, say } = options
  const settle = smoke ? 200 : BETWEEN_RUNS_MS
  for (const { address } of contestants.values()) {
    await generator.run(address, { kind: 'invite', rate: Math.max(...rates), seconds })
    await sleep(settle)
  }
  const patience = new Patience(smoke ? 0 : PATIENCE_MS)
  const figures: Figure[] = []
  for (let round = 0; round < rounds; round++) {
    for (const rate of rates) {
      for (const [name, contestant] of inTurn(contestants, round)) {
        for (let again = true; again; ) {
          await patience.wait()
          const figure = await measureOne(name, contestant, generator, { rate, seconds, say })
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

/** Who goes first changes. */
function inTurn<T>(items: Iterable<T>, round: number): T[] {
  return round % 2 === 0 ? [...items] : [...items].reverse()
}

async function measureOne(
  name: Name,
  { address, program }: Contestant,
  generator: Generator,
  { rate, seconds, say }: { rate: number; seconds: number; say: Options['say'] },
): Promise<Figure> {
  const busyBefore = machineBusySeconds()
  const before = program.cpuSeconds()
  const report = await generator.run(address, { kind: 'invite', rate, seconds })
  const busy = machineBusySeconds() - busyBefore
  await sleep(100)
  const cpu = program.cpuSeconds() - before
  const others = Math.max(0, busy - cpu - report.cpuSeconds) / report.seconds
  const disturbed = others > OTHERS
  const figure = { name, rate, cpuPer1000: (cpu * 1000) / report.calls, setUpP50: report.setUpP50, setUpP99: report.setUpP99, disturbed }
  say(lineOf(figure, report, others))
  return figure
}

function lineOf({ name, rate, cpuPer1000, disturbed }: Figure, report: LoadReport, others: number): string {
  const load = (report.cpuSeconds / report.seconds).toFixed(2)
  const setUp = `set-up p50 ${report.setUpP50} p99 ${report.setUpP99} ms`
  const verdict = `${report.failed === 0 ? '' : `, ${report.failed} of ${report.calls} calls failed`}${disturbed ? ': disturbed' : ''}`
  return `${rate}/s ${name}: ${cpuPer1000.toFixed(4)} CPU s per 1000, ${setUp}, cores: load ${load}, others ${others.toFixed(2)}${verdict}`
}

/** The undisturbed ones; all, when there is none. */
function best(figures: readonly Figure[]): readonly Figure[] {
  const undisturbed = figures.filter(figure => !figure.disturbed)
  return undisturbed.length > 0 ? undisturbed : figures
}

function results(figures: readonly Figure[], rates: readonly number[]): readonly Result[] {
  const row = (rate: number, work: string, unit: string, key: Key): Result => {
    const [ours, theirs] = (['ours', 'kamailio'] as const).map(name => best(figures.filter(f => f.name === name && f.rate === rate)))
    const result = compare('proxy', work, unit, 'kamailio', spread(ours!.map(f => f[key])), spread(theirs!.map(f => f[key])))
    return [...ours!, ...theirs!].some(f => f.disturbed) ? { ...result, note: 'disturbed: no undisturbed run of both' } : result
  }
  return rates.flatMap(rate => [
    row(rate, `udp ${rate}/s`, 'CPU s per 1000 calls', 'cpuPer1000'),
    row(rate, `set-up p50 at ${rate}/s`, 'ms', 'setUpP50'),
    row(rate, `set-up p99 at ${rate}/s`, 'ms', 'setUpP99'),
  ])
}
