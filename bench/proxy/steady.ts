/** Long enough for transactions to end as fast as they begin: 64*T1 = 32 s for timers J, L and M. RFC 3261 §17.2.2, RFC 6026 §8.5. */
import type { Options, Result } from '../benchmark.ts'
import { startOurs } from './contestants.ts'
import { type Entry, onField } from './field.ts'
import { startKamailio } from './kamailio.ts'
import { measure, row } from './measure.ts'

const SECONDS = 45
/** As long as the RFC has transactions kept; Kamailio's own default is 5 s. */
const KEPT_MS = 32_000

/** One run each at the highest rate, 45 s, beside Kamailio as it comes and with transactions kept as long as ours: CPU, set-up time, memory. */
export async function steady(options: Options): Promise<readonly Result[]> {
  const rate = Math.max(...options.rates)
  const seconds = options.smoke ? options.seconds : SECONDS
  const entries: readonly Entry[] = [
    { name: 'ours', start: place => startOurs(place) },
    { name: 'kamailio', start: place => startKamailio(place) },
    { name: 'kamailio, wt_timer 32 s', start: place => startKamailio(place, { wtTimerMs: KEPT_MS }) },
  ]
  const figures = await onField(entries, options.say, field => measure(field, [{ rate, seconds }], { ...options, rounds: 1 }))
  const work = `udp ${rate}/s for ${seconds} s`
  return entries.slice(1).flatMap(({ name: peer }) =>
    (
      [
        [work, 'CPU s per 1000 calls', 'cpuPer1000'],
        [`set-up p99, ${work}`, 'ms', 'setUpP99'],
        [`memory after ${work}`, 'MB', 'memoryMb'],
      ] as const
    ).map(([title, unit, key]) => row(figures, { ours: 'ours', peer, work: title, unit, key, of: () => true })),
  )
}
