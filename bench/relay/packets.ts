/** CPU µs per packet that a relay forwarded, the time it took and what was lost, at several rates. */
import { compare, type Options, type Result } from '../benchmark.ts'
import { machineBusySeconds } from '../proxy/processes.ts'
import { Patience } from '../proxy/quiet.ts'
import { spread } from '../samples.ts'
import type { Contestant, Name } from './contestants.ts'
import type { Load, Report } from './load.ts'
import type { Field } from './relay-bench.ts'

export interface Figure extends Pick<Load, 'calls' | 'rate'> {
  readonly name: Name
  /** CPU µs per packet that arrived. */
  readonly cpu: number
  readonly p50: number
  readonly p99: number
  /** Per cent of what was sent. */
  readonly lost: number
  readonly disturbed: boolean
}

/** Cores that others may have during a run. */
const OTHERS = 0.15
/** For quiet, and for runs once more, in all. */
const PATIENCE_MS = 240_000

export async function packets(field: Field): Promise<readonly Result[]> {
  const { smoke, relay } = field.options
  const loads = smoke ? [{ calls: 10, rate: 5000 }] : relay.calls.flatMap(calls => relay.rates.map(rate => ({ calls, rate })))
  const figures = await measure(field, loads)
  return loads.flatMap(load => rowsOf(figures, load))
}

/** All of one load in turn, then the next; who goes first changes with each round. */
export async function measure(field: Field, loads: readonly Pick<Load, 'calls' | 'rate'>[]): Promise<readonly Figure[]> {
  const { contestants, options, loadCore } = field
  const { smoke, rounds } = options
  const seconds = smoke ? 0.3 : options.seconds / 2
  const patience = new Patience(smoke ? 0 : PATIENCE_MS)
  const figures: Figure[] = []
  let calls = 0
  for (const load of [...loads].sort((a, b) => a.calls - b.calls)) {
    if (load.calls > calls) for (const one of contestants) await warm(one, load.calls, loadCore)
    calls = load.calls
    for (let round = 0; round < rounds; round++) {
      for (const contestant of round % 2 === 0 ? contestants : [...contestants].reverse()) {
        for (let again = true; again; ) {
          await patience.wait()
          const figure = await measureOne(contestant, { ...load, seconds }, loadCore, options.say)
          figures.push(figure)
          again = figure.disturbed && patience.lasts
          if (again) patience.spend(seconds * 1000)
        }
      }
    }
  }
  return figures
}

/** Every party has spoken, and is believed. */
async function warm(contestant: Contestant, calls: number, loadCore: number): Promise<void> {
  await contestant.grow(calls, loadCore)
  const rate = 20_000
  await contestant.run({ calls, rate, seconds: Math.max(0.5, (calls * 12) / rate) }, loadCore)
}

async function measureOne(contestant: Contestant, load: Load, loadCore: number, say: Options['say']): Promise<Figure> {
  const busyBefore = machineBusySeconds()
  const before = contestant.program.cpuSeconds()
  const report = await contestant.run(load, loadCore)
  const used = contestant.program.cpuSeconds() - before
  const others = Math.max(0, machineBusySeconds() - busyBefore - used - report.cpuSeconds) / report.seconds
  const { calls, rate } = load
  const { p50, p99, sent, arrived } = report
  const cpu = (used * 1e6) / Math.max(1, arrived)
  const lost = (100 * (sent - arrived)) / Math.max(1, sent)
  const figure = { name: contestant.name, calls, rate, cpu, p50, p99, lost, disturbed: others > OTHERS }
  say(lineOf(figure, report, others))
  return figure
}

function lineOf({ name, calls, rate, cpu, p50, p99, disturbed }: Figure, { sent, arrived, skipped }: Report, others: number): string {
  const lost = sent === arrived ? '' : `, ${sent - arrived} of ${sent} lost`
  const late = skipped === 0 ? '' : `, ${skipped} never sent`
  return `${calls} calls, ${rate}/s, ${name}: ${cpu.toFixed(2)} µs CPU, p50 ${p50} p99 ${p99} µs, others ${others.toFixed(2)} cores${lost}${late}${disturbed ? ': disturbed' : ''}`
}

const UNITS = { cpu: ['', 'CPU µs'], p50: [', p50', 'µs'], p99: [', p99', 'µs'], lost: [', lost', '%'] } as const

export function rowsOf(figures: readonly Figure[], { calls, rate }: Pick<Load, 'calls' | 'rate'>): readonly Result[] {
  const of = (name: Name): readonly Figure[] => best(figures.filter(f => f.name === name && f.calls === calls && f.rate === rate))
  const row = (ours: Name, peer: Name, key: keyof typeof UNITS): Result => {
    const [mine, theirs] = [of(ours), of(peer)]
    const [what, unit] = UNITS[key]
    const work = `${calls} calls ${rate}/s${ours === 'ours' ? '' : ', shared wake-ups'}${what}`
    const result = compare('relay', work, unit, peer, spread(mine.map(f => f[key])), spread(theirs.map(f => f[key])))
    return [...mine, ...theirs].some(f => f.disturbed) ? { ...result, note: 'disturbed: no undisturbed run of both' } : result
  }
  const names = new Set(figures.map(({ name }) => name))
  return (['ours', 'ours, shared'] as const).flatMap(ours => [
    row(ours, 'rtpengine', 'cpu'),
    ...(names.has('C echo') ? [row(ours, 'C echo', 'cpu')] : []),
    ...(['p50', 'p99', 'lost'] as const).map(key => row(ours, 'rtpengine', key)),
  ])
}

/** The undisturbed ones; all, when there is none. */
function best(figures: readonly Figure[]): readonly Figure[] {
  const undisturbed = figures.filter(figure => !figure.disturbed)
  return undisturbed.length > 0 ? undisturbed : figures
}
