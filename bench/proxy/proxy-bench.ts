/** Calls through a record-routing stateful proxy over UDP, beside Kamailio with the same load: CPU s per 1000 calls, and set-up time. */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { ensurePeers, packageOf } from '../../scripts/peers.mjs'
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { spread } from '../samples.ts'
import { type Contestant, startKamailio, startOurs } from './contestants.ts'
import { Generator, type LoadReport } from './load.ts'
import { machineBusySeconds, Network } from './processes.ts'

export const proxyBench: Benchmark = { name: 'proxy', run }

/** After a run: 64*T1 is not waited for, but 5 s are (timers D, I and K over UDP), so that no run pays for the one before. */
const TRANSACTIONS_LIVE_MS = 5500
const PROXY_CORE = 0
const LOAD_CORE = 1

type Name = 'ours' | 'kamailio'

interface Figure {
  readonly name: Name
  readonly rate: number
  readonly cpuPer1000: number
  readonly setUpP50: number
  readonly setUpP99: number
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
    return results(await measure(contestants, generator, options), options.rates)
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
  const settle = smoke ? 200 : TRANSACTIONS_LIVE_MS
  for (const { address } of contestants.values()) {
    await generator.run(address, { kind: 'invite', rate: Math.max(...rates), seconds })
    await sleep(settle)
  }
  const figures: Figure[] = []
  for (let round = 0; round < rounds; round++) {
    for (const rate of rates) {
      for (const [name, contestant] of inTurn(contestants, round)) {
        figures.push(await measureOne(name, contestant, generator, { rate, seconds, say }))
        await sleep(settle)
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
  const figure = { name, rate, cpuPer1000: (cpu * 1000) / report.calls, setUpP50: report.setUpP50, setUpP99: report.setUpP99 }
  say(lineOf(figure, report, (busy - cpu - report.cpuSeconds) / report.seconds))
  return figure
}

/** `others`: cores that neither the proxy nor the load had. A figure with much of it is doubtful. */
function lineOf({ name, rate, cpuPer1000 }: Figure, report: LoadReport, others: number): string {
  const failed = report.failed === 0 ? '' : `, ${report.failed} OF ${report.calls} CALLS FAILED`
  const load = (report.cpuSeconds / report.seconds).toFixed(2)
  const setUp = `set-up p50 ${report.setUpP50} p99 ${report.setUpP99} ms`
  return `${rate}/s ${name}: ${cpuPer1000.toFixed(4)} CPU s per 1000, ${setUp}, cores: load ${load}, others ${Math.max(0, others).toFixed(2)}${failed}`
}

function results(figures: readonly Figure[], rates: readonly number[]): readonly Result[] {
  const of = (name: Name, rate: number, key: 'cpuPer1000' | 'setUpP50' | 'setUpP99') =>
    spread(figures.filter(figure => figure.name === name && figure.rate === rate).map(figure => figure[key]))
  const row = (rate: number, work: string, unit: string, key: 'cpuPer1000' | 'setUpP50' | 'setUpP99'): Result =>
    compare('proxy', work, unit, 'kamailio', of('ours', rate, key), of('kamailio', rate, key))
  return rates.flatMap(rate => [
    row(rate, `udp ${rate}/s`, 'CPU s per 1000 calls', 'cpuPer1000'),
    row(rate, `set-up p50 at ${rate}/s`, 'ms', 'setUpP50'),
    row(rate, `set-up p99 at ${rate}/s`, 'ms', 'setUpP99'),
  ])
}
