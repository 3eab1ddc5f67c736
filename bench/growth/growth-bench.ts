/** How CPU per call grows with the calls that are up, and with workers on one core. */
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { startOurs } from '../proxy/contestants.ts'
import { type Entry, onField } from '../proxy/field.ts'
import { type Figure, measure } from '../proxy/measure.ts'
import { spread } from '../samples.ts'

export const growthBench: Benchmark = { name: 'growth', run }

const LIVE = [100, 1000, 10_000, 100_000]
const ONE = 'ours'
const TWO = 'ours, 2 workers'

/** The peer of each row is our own proxy with the fewest calls; the ratio is the growth. */
async function run(options: Options): Promise<readonly Result[]> {
  const entries: readonly Entry[] = [
    { name: ONE, start: place => startOurs(place) },
    { name: 'ours, 1 worker', start: place => startOurs(place, { workers: 1 }) },
    { name: TWO, start: place => startOurs(place, { workers: 2 }) },
  ]
  const lives = options.smoke ? [10, 100] : LIVE
  const { seconds, rates } = options
  const works = lives.map(live => ({ rate: rates[0]!, seconds, live }))
  const figures = await onField(entries, options.say, field => measure(field, works, options))
  const of = (name: string, live: number): readonly Figure[] => figures.filter(figure => figure.name === name && figure.live === live)
  const results = entries.flatMap(({ name }) =>
    lives.map(live => rowOf(`${name}, ${live} live`, of(name, live), of(ONE, lives[0]!), lives[0]!)),
  )
  options.say(plot(results))
  return results
}

function rowOf(work: string, figures: readonly Figure[], fewest: readonly Figure[], least: number): Result {
  const [mine, base] = [figures, fewest].map(each => spread(each.map(({ cpuPer1000 }) => cpuPer1000)))
  return compare('growth', work, 'CPU s per 1000 calls', `ours, ${least} live`, mine!, base!)
}

/** Bars, the longest at the right edge. */
export function plot(results: readonly Result[]): string {
  const most = Math.max(...results.map(({ row }) => row.ours))
  const width = Math.max(...results.map(({ row }) => row.work.length))
  const bars = results.map(
    ({ row }) =>
      `${row.work.padEnd(width)} ${'█'.repeat(Math.round((row.ours / most) * BAR))} ${row.ours.toFixed(3)}, ${row.ratio.toFixed(2)}`,
  )
  return ['', ...bars].join('\n  ')
}

const BAR = 40
