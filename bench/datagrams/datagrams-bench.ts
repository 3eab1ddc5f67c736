/** Datagrams sent back, 172 bytes as RTP has them and 900 as SIP: CPU µs each and the time they take, beside `node:dgram` and C. */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { machineBusySeconds, Network, type Program } from '../proxy/processes.ts'
import { Patience } from '../proxy/quiet.ts'
import { spread } from '../samples.ts'
import { compile, type Load, load, NAMES, type Name, type Report, start } from './contestants.ts'

export const datagramsBench: Benchmark = { name: 'datagrams', run }

const SIZES = [172, 900]
const RATES = [10_000, 30_000, 80_000]
const ECHO_CORE = 0
const LOAD_CORE = 1
/** Cores that others may have during a run. */
const OTHERS = 0.15
/** For quiet, and for runs once more, in all. */
const PATIENCE_MS = 240_000

interface Contestant {
  readonly name: Name
  readonly port: number
  readonly program: Program
}

interface Figure extends Pick<Load, 'rate' | 'bytes'> {
  readonly name: Name
  /** CPU µs per datagram that came back. */
  readonly cpu: number
  readonly p50: number
  readonly p99: number
  readonly disturbed: boolean
}

async function run(options: Options): Promise<readonly Result[]> {
  if (availableParallelism() < 2) throw new Error('needs two cores: one for the echo, one for the load')
  compile()
  const network = new Network()
  const contestants: Contestant[] = []
  try {
    for (const [i, name] of NAMES.entries()) {
      const port = 45_100 + i
      contestants.push({ name, port, program: start(name, port, network, ECHO_CORE) })
    }
    for (const contestant of contestants) await ready(contestant, network)
    const figures = await measure(contestants, network, options)
    options.say(`${figures.filter(figure => figure.disturbed).length} of ${figures.length} runs were disturbed by other programs`)
    return results(figures)
  } finally {
    for (const { program } of contestants) await program.stop()
    network.close()
  }
}

async function ready({ name, port, program }: Contestant, network: Network): Promise<void> {
  for (let tries = 0; tries < 40; tries++) {
    if (!program.running) throw new Error(`${name} ended at once: ${program.lastWords}`)
    const { returned } = await load(port, { rate: 100, bytes: 172, seconds: 0.05 }, network, LOAD_CORE)
    if (returned > 0) return
    await sleep(250)
  }
  throw new Error(`${name} does not answer: ${program.lastWords}`)
}

/** All of one size and rate in turn, then the next; who goes first changes with each round. */
async function measure(contestants: readonly Contestant[], network: Network, options: Options): Promise<readonly Figure[]> {
  const { smoke, rounds } = options
  const seconds = smoke ? 0.3 : options.seconds / 2
  const loads = smoke ? [{ bytes: 172, rate: 10_000 }] : SIZES.flatMap(bytes => RATES.map(rate => ({ bytes, rate })))
  const patience = new Patience(smoke ? 0 : PATIENCE_MS)
  if (!smoke) for (const { port } of contestants) await load(port, { rate: 30_000, bytes: 900, seconds: 2 }, network, LOAD_CORE)
  const figures: Figure[] = []
  for (let round = 0; round < rounds; round++) {
    for (const { bytes, rate } of loads) {
      for (const contestant of round % 2 === 0 ? contestants : [...contestants].reverse()) {
        for (let again = true; again; ) {
          await patience.wait()
          const figure = await measureOne(contestant, { bytes, rate, seconds }, network, options.say)
          figures.push(figure)
          again = figure.disturbed && patience.lasts
          if (again) patience.spend(seconds * 1000)
        }
      }
    }
  }
  return figures
}

async function measureOne({ name, port, program }: Contestant, wanted: Load, network: Network, say: Options['say']): Promise<Figure> {
  const busyBefore = machineBusySeconds()
  const before = program.cpuSeconds()
  const report = await load(port, wanted, network, LOAD_CORE)
  const used = program.cpuSeconds() - before
  const others = Math.max(0, machineBusySeconds() - busyBefore - used - report.cpuSeconds) / report.seconds
  const { bytes, rate } = wanted
  const cpu = (used * 1e6) / Math.max(1, report.returned)
  const figure = { name, bytes, rate, cpu, p50: report.p50, p99: report.p99, disturbed: others > OTHERS }
  say(lineOf(figure, report, others))
  return figure
}

function lineOf({ name, bytes, rate, cpu, p50, p99, disturbed }: Figure, { sent, returned, skipped }: Report, others: number): string {
  const lost = sent === returned ? '' : `, ${sent - returned} of ${sent} lost`
  const late = skipped === 0 ? '' : `, ${skipped} never sent`
  return `${bytes} bytes, ${rate}/s, ${name}: ${cpu.toFixed(2)} µs CPU, p50 ${p50} p99 ${p99} µs, others ${others.toFixed(2)} cores${lost}${late}${disturbed ? ': disturbed' : ''}`
}

function results(figures: readonly Figure[]): readonly Result[] {
  const peers = NAMES.filter(name => !name.startsWith('ours'))
  const loads = [...new Map(figures.map(({ bytes, rate }) => [`${bytes} ${rate}`, { bytes, rate }])).values()]
  return loads.flatMap(({ bytes, rate }) => {
    const of = (name: Name): readonly Figure[] => best(figures.filter(f => f.name === name && f.bytes === bytes && f.rate === rate))
    const row = (ours: Name, peer: Name, unit: string, key: 'cpu' | 'p50' | 'p99'): Result => {
      const [mine, theirs] = [of(ours), of(peer)]
      const work = `${bytes} bytes ${rate}/s${ours === 'ours' ? '' : ', shared wake-ups'}${key === 'cpu' ? '' : `, ${key}`}`
      const result = compare('datagrams', work, unit, peer, spread(mine.map(f => f[key])), spread(theirs.map(f => f[key])))
      return [...mine, ...theirs].some(f => f.disturbed) ? { ...result, note: 'disturbed: no undisturbed run of both' } : result
    }
    return (['ours', 'ours, shared'] as const).flatMap(ours => [
      ...peers.map(peer => row(ours, peer, 'CPU µs', 'cpu')),
      row(ours, 'C recvmmsg', 'µs', 'p50'),
      row(ours, 'C recvmmsg', 'µs', 'p99'),
    ])
  })
}

/** The undisturbed ones; all, when there is none. */
function best(figures: readonly Figure[]): readonly Figure[] {
  const undisturbed = figures.filter(figure => !figure.disturbed)
  return undisturbed.length > 0 ? undisturbed : figures
}
