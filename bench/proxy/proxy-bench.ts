/** Calls through a record-routing stateful proxy, beside Kamailio with the same load: CPU s per 1000 calls, and set-up time. */
import { ensurePeers, packageOf } from '../../scripts/peers.mjs'
import type { Benchmark, Options, Result } from '../benchmark.ts'
import { startOurs, type Transport } from './contestants.ts'
import { type Entry, onField } from './field.ts'
import { startKamailio } from './kamailio.ts'
import { type Key, measure, row } from './measure.ts'
import { steady } from './steady.ts'

export const proxyBench: Benchmark = { name: 'proxy', run }
export const streamsBench: Benchmark = { name: 'proxy-streams', run: runStreams }

const AT_ONCE = 'ours, reading at once'
const STREAMS: readonly Transport[] = ['tcp', 'tls', 'ws']

const FIGURES: readonly { readonly title: (work: string) => string; readonly unit: string; readonly key: Key }[] = [
  { title: work => work, unit: 'CPU s per 1000 calls', key: 'cpuPer1000' },
  { title: work => `set-up p50, ${work}`, unit: 'ms', key: 'setUpP50' },
  { title: work => `set-up p99, ${work}`, unit: 'ms', key: 'setUpP99' },
]

async function run(options: Options): Promise<readonly Result[]> {
  await needPeers(['kamailio'])
  if (options.steady) return steady(options)
  const entries: readonly Entry[] = [
    { name: 'ours', start: place => startOurs(place) },
    { name: AT_ONCE, start: place => startOurs(place, { shareWakeUpsUs: 0 }) },
    { name: 'kamailio', start: place => startKamailio(place) },
  ]
  const { rates, seconds } = options
  const figures = await onField(entries, options.say, field =>
    measure(
      field,
      rates.map(rate => ({ rate, seconds })),
      options,
    ),
  )
  return rates.flatMap(rate =>
    ['ours', AT_ONCE].flatMap(ours =>
      FIGURES.map(({ title, unit, key }) => {
        const work = title(`udp ${rate}/s${ours === AT_ONCE ? ', reading at once' : ''}`)
        return row(figures, { ours, peer: 'kamailio', work, unit, key, of: figure => figure.rate === rate })
      }),
    ),
  )
}

/** At the first rate only; one transport after another. */
async function runStreams(options: Options): Promise<readonly Result[]> {
  await needPeers(['kamailio', 'kamailio-tls', 'kamailio-websocket', 'openssl'])
  const { rates, seconds } = options
  const rate = rates[0]!
  const results: Result[] = []
  for (const transport of STREAMS) {
    const entries: readonly Entry[] = [
      { name: 'ours', transport, start: place => startOurs(place, { transport }) },
      { name: 'kamailio', transport, start: place => startKamailio(place, { transport }) },
    ]
    const figures = await onField(entries, options.say, field => measure(field, [{ rate, seconds }], options))
    for (const { title, unit, key } of FIGURES)
      results.push(row(figures, { ours: 'ours', peer: 'kamailio', work: title(`${transport} ${rate}/s`), unit, key, of: () => true }))
  }
  return results
}

/** @throws {Error} which says what to install. */
export async function needPeers(peers: readonly string[]): Promise<void> {
  const missing = (await ensurePeers([...peers, 'ip'])).filter(peer => peer !== 'ip')
  if (missing.length > 0) throw new Error(`not here: apt-get install -y ${missing.map(packageOf).join(' ')}`)
}
