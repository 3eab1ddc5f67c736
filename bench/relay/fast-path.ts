/** The kernel forwards: our relay with `media.fastPath` beside itself without, and beside rtpengine in userspace, whose own kernel module is not measured. */
import type { Result } from '../benchmark.ts'
import { measure, rowsOf, type Work } from './packets.ts'
import type { Field } from './relay-bench.ts'

/** Packets that come in groups, as from a network card under load, and one by one; with them the most of rtpengine's CPU that is wanted. */
const WORKS: readonly (Work & { readonly limit: number })[] = [
  { calls: 300, rate: 80_000, group: 32, limit: 0.2 },
  { calls: 300, rate: 30_000, limit: 0.5 },
]

export async function fastPath(field: Field): Promise<readonly Result[]> {
  const works = field.options.smoke ? [{ calls: 10, rate: 5000, limit: 0.5 }] : WORKS
  const figures = await measure(field, works)
  field.options.say('rtpengine runs in userspace: its kernel module is not measured')
  return works.flatMap(work => [
    ...rowsOf(figures, work, 'ours, kernel', ['rtpengine']).map(result =>
      result.row.unit === 'CPU µs' ? limited(result, work.limit) : result,
    ),
    ...rowsOf(figures, work, 'ours, shared', ['rtpengine']),
  ])
}

function limited(result: Result, limit: number): Result {
  return { ...result, note: [`limit ${limit}`, 'userspace rtpengine', ...(result.note ? [result.note] : [])].join('; ') }
}
