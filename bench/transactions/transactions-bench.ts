/** A proxied call through parser, layer and edits without sockets, and half a million live transactions, beside the figures they must not pass. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { V8_FLAGS } from '@strowger/runtime'
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { pack, packed } from '../pack.ts'
import { spread } from '../samples.ts'
import type { CallFigures, LiveFigures } from './load.ts'

export const transactionsBench: Benchmark = { name: 'transactions', run: measure }

/** What the rows are compared with; there is no peer that does this without sockets. */
const LIMIT = 'limit'
/** And one that costs more where the machine is slow. */
const BARE = 'bare loop'
const LIMITS = { callMicroseconds: 18, megabytes: 1000, pauseMs: 20, pauseP99Ms: 2 }

async function measure({ smoke, rounds, say }: Options): Promise<readonly Result[]> {
  await pack('transactions', { load: join(import.meta.dirname, 'load.ts') })
  const calls: number[] = []
  const bare: number[] = []
  const lives: LiveFigures[] = []
  for (let round = 0; round < rounds; round++) {
    calls.push(load<CallFigures>('calls', smoke ? 0.3 : 20).microseconds)
    bare.push(load<CallFigures>('bare', smoke ? 0.3 : 20).microseconds)
    lives.push(load<LiveFigures>('live', smoke ? 0.3 : 20))
    say(`round ${round + 1} of ${rounds}`)
  }
  const alive = `${Math.round(lives[0]!.transactions / 1000)},000 live`
  const cpu = (of: 'p99' | 'most'): string =>
    `CPU of the same ${spread(lives.map(({ pauseCpuMs }) => pauseCpuMs[of])).median.toFixed(2)} ms`
  return [
    row('proxied call', 'µs', calls, LIMITS.callMicroseconds),
    compare('transactions', 'proxied call', 'µs', BARE, spread(calls), spread(bare)),
    row(
      `${alive}, memory`,
      'MB',
      of(lives, ({ megabytes }) => megabytes),
      LIMITS.megabytes,
    ),
    {
      ...row(
        `${alive}, longest of steps of 10 calls`,
        'ms',
        of(lives, ({ pauseMs }) => pauseMs.most),
        LIMITS.pauseMs,
      ),
      note: cpu('most'),
    },
    {
      ...row(
        `${alive}, p99 of steps of 10 calls`,
        'ms',
        of(lives, ({ pauseMs }) => pauseMs.p99),
        LIMITS.pauseP99Ms,
      ),
      note: cpu('p99'),
    },
  ]
}

function row(work: string, unit: string, figures: readonly number[], limit: number): Result {
  return compare('transactions', work, unit, LIMIT, spread(figures), spread([limit]))
}

const of = (lives: readonly LiveFigures[], figure: (live: LiveFigures) => number): number[] => lives.map(figure)

function load<T>(kind: 'calls' | 'bare' | 'live', seconds: number): T {
  return JSON.parse(
    execFileSync(process.execPath, [...V8_FLAGS, packed('transactions', 'load'), kind, String(seconds)], { encoding: 'utf8' }),
  )
}
