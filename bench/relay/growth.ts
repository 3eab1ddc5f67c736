/** How the cost of a packet grows with the calls that are alive, at one rate. */
import type { Result } from '../benchmark.ts'
import { fitting } from './files.ts'
import { measure, rowsOf } from './packets.ts'
import type { Field } from './relay-bench.ts'

const CALLS = [10, 100, 1000, 5000]
const RATE = 30_000

export async function growth(field: Field): Promise<readonly Result[]> {
  const loads = (field.options.smoke ? [2, 20] : CALLS.map(fitting)).map(calls => ({ calls, rate: RATE }))
  const figures = await measure(field, loads)
  return loads.flatMap(load => rowsOf(figures, load)).filter(({ row }) => row.unit === 'CPU µs')
}
