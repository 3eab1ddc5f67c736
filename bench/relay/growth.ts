/** How the cost of a packet grows with the calls that are alive, at one rate. */
import type { Result } from '../benchmark.ts'
import { machine } from '../machine.ts'
import { keep } from '../plots/keep.ts'
import { disturbance } from '../plots/plot.ts'
import { spread } from '../samples.ts'
import { fitting } from './files.ts'
import { measure, rowsOf, undisturbed, type Work } from './packets.ts'
import type { Field } from './relay-bench.ts'

const CALLS = [10, 100, 1000, 5000]
const RATE = 30_000
/** Of the cost with the fewest calls. */
const BAND = 0.15

export async function growth(field: Field): Promise<readonly Result[]> {
  const { contestants, options } = field
  const works = (options.smoke ? [2, 20] : CALLS).map((wanted): Work => {
    const calls = fitting(wanted)
    if (calls < wanted) options.say(`${calls} calls instead of ${wanted}: more files may not be open`)
    return { calls, rate: RATE }
  })
  const figures = await measure(field, works)
  const series = contestants.map(({ name }) => ({
    name,
    ...(name === 'rtpengine' ? {} : { band: BAND }),
    points: works.map(work => ({
      x: work.calls,
      ...spread(undisturbed(figures.filter(figure => figure.name === name && figure.work === work)).map(({ cpu }) => cpu)),
    })),
  }))
  const title = `RTP relay: CPU per packet, ${RATE.toLocaleString('en')} packets/s`
  keep(
    { name: 'relay-growth', title, machine: machine(), ...disturbance(figures), x: 'calls alive', y: 'CPU µs per packet', series },
    options,
  )
  const rows = works.flatMap(work => (['ours', 'ours, shared'] as const).flatMap(ours => rowsOf(figures, work, ours, ['rtpengine'])))
  return rows.filter(({ row }) => row.unit === 'CPU µs')
}
