/** How CPU per call grows with the calls that are up, and with workers on one core. */
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { machine } from '../machine.ts'
import { keep } from '../plots/keep.ts'
import { disturbance } from '../plots/plot.ts'
import { startOurs } from '../proxy/contestants.ts'
import { type Entry, onField } from '../proxy/field.ts'
import { best, type Figure, measure } from '../proxy/measure.ts'
import { spread } from '../samples.ts'

export const growthBench: Benchmark = { name: 'growth', run }

const LIVE = [100, 1000, 10_000, 100_000]
const ONE = 'ours'
const TWO = 'ours, 2 workers'
/** Of the cost with the fewest calls. */
const BAND = 0.15

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
  const of = (name: string, live: number): readonly Figure[] => best(figures.filter(figure => figure.name === name && figure.live === live))
  const title = `Stateful proxy: CPU per call, ${rates[0]!.toLocaleString('en')} calls/s`
  const series = entries.map(({ name }) => ({
    name,
    band: BAND,
    points: lives.map(live => ({ x: live, ...spread(of(name, live).map(({ cpuPer1000 }) => cpuPer1000)) })),
  }))
  keep(
    { name: 'growth', title, machine: machine(), ...disturbance(figures), x: 'calls that go on', y: 'CPU s per 1000 calls', series },
    options,
  )
  return entries.flatMap(({ name }) => lives.map(live => rowOf(`${name}, ${live} live`, of(name, live), of(ONE, lives[0]!), lives[0]!)))
}

function rowOf(work: string, figures: readonly Figure[], fewest: readonly Figure[], least: number): Result {
  const [mine, base] = [figures, fewest].map(each => spread(each.map(({ cpuPer1000 }) => cpuPer1000)))
  const result = compare('growth', work, 'CPU s per 1000 calls', `ours, ${least} live`, mine!, base!)
  const notes = [
    ...(figures.some(({ disturbed }) => disturbed) ? ['disturbed: no undisturbed run'] : []),
    ...(figures.some(({ failed }) => failed > 0) ? [`${figures.reduce((sum, { failed }) => sum + failed, 0)} calls failed`] : []),
  ]
  return notes.length === 0 ? result : { ...result, note: notes.join('; ') }
}
