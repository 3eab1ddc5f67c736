/** One run of one proxy under load, and the rows that several of them make. */
import { setTimeout as sleep } from 'node:timers/promises'
import { compare, type Options, type Result } from '../benchmark.ts'
import { spread } from '../samples.ts'
import type { Field, Running } from './field.ts'
import type { LoadReport } from './load.ts'
import { machineBusySeconds } from './processes.ts'
import { Patience } from './quiet.ts'

/** What calls are made, and for how long. */
export interface Work {
  readonly rate: number
  readonly seconds: number
  /** Calls that go on meanwhile. */
  readonly live?: number
}

export interface Figure {
  /** Of the proxy. */
  readonly name: string
  readonly rate: number
  readonly live: number
  readonly cpuPer1000: number
  readonly setUpP50: number
  readonly setUpP99: number
  /** Sleeps of its threads per call, each of which a wake-up ends. */
  readonly sleeps: number
  readonly memoryMb: number
  readonly failed: number
  /** Others had the cores: counts only when there is no better one. */
  readonly disturbed: boolean
}

export type Key = 'cpuPer1000' | 'setUpP50' | 'setUpP99' | 'sleeps' | 'memoryMb'

/**
 * Between runs: as long as Kamailio keeps a transaction. Ours live up to 64*T1 = 32 s (timers J, L and M), so that each of our runs also
 * pays for the end of earlier ones, as in steady state.
 */
export const BETWEEN_RUNS_MS = 5500
/** So many calls are opened for longer than their transactions live: what is left of those ends before anything is counted. */
const MANY = 50_000
const TRANSACTION_MS = 33_000
/** Cores that others may have during a run. With more of it datagrams pile up: fewer wake-ups, a flattering figure, late calls. */
const OTHERS = 0.15
/** For quiet, and for runs once more, in all. */
const PATIENCE_MS = 240_000
/** So many calls and the compiler of V8, which has the same core, has done all it will: with fewer its work is measured, not the proxy's. */
const WARM_UP = { rate: 3000, seconds: 15 }

/** Each proxy in turn, round after round; who goes first changes. */
export async function measure({ running, generator }: Field, works: readonly Work[], options: Options): Promise<readonly Figure[]> {
  const { rounds, smoke, say } = options
  const settle = smoke ? 200 : BETWEEN_RUNS_MS
  for (const { address, transport } of running) {
    await generator.run(address, { kind: 'invite', transport, ...(smoke ? { rate: 500, seconds: 1 } : WARM_UP) })
    await sleep(settle)
  }
  const patience = new Patience(smoke ? 0 : PATIENCE_MS)
  const figures: Figure[] = []
  for (let round = 0; round < rounds; round++) {
    for (const work of works) {
      for (const contestant of round % 2 === 0 ? running : [...running].reverse()) {
        for (let again = true; again; ) {
          await patience.wait()
          const figure = await measureOne(contestant, { running, generator }, work, say)
          figures.push(figure)
          await sleep(settle)
          again = figure.disturbed && patience.lasts
          if (again) patience.spend(work.seconds * 1000 + settle)
        }
      }
    }
  }
  say(`${figures.filter(({ disturbed }) => disturbed).length} of ${figures.length} runs were disturbed by other programs`)
  return figures
}

async function measureOne(
  { name, address, transport, program, memoryMb }: Running,
  { generator }: Field,
  work: Work,
  say: Options['say'],
): Promise<Figure> {
  const now = (): number[] => [machineBusySeconds(), program.cpuSeconds(), program.sleeps()]
  let before = now()
  const report = await generator.run(address, { kind: 'invite', transport, ...work }, async () => {
    if ((work.live ?? 0) >= MANY) await sleep(TRANSACTION_MS)
    before = now()
  })
  const busy = machineBusySeconds() - before[0]!
  await sleep(100)
  const [, cpu, sleeps] = now().map((value, i) => value - before[i]!)
  const others = Math.max(0, busy - cpu! - report.cpuSeconds) / report.seconds
  const figure: Figure = {
    name,
    rate: work.rate,
    live: work.live ?? 0,
    cpuPer1000: (cpu! * 1000) / report.calls,
    setUpP50: report.setUpP50,
    setUpP99: report.setUpP99,
    sleeps: sleeps! / report.calls,
    memoryMb: memoryMb(),
    failed: report.failed,
    disturbed: others > OTHERS,
  }
  say(lineOf(figure, report, others))
  return figure
}

function lineOf({ name, rate, live, cpuPer1000, sleeps, disturbed }: Figure, report: LoadReport, others: number): string {
  const load = (report.cpuSeconds / report.seconds).toFixed(2)
  const setUp = `set-up p50 ${report.setUpP50} p99 ${report.setUpP99} ms`
  const verdict = `${report.failed === 0 ? '' : `, ${report.failed} of ${report.calls} calls failed`}${disturbed ? ': disturbed' : ''}`
  const what = `${rate}/s${live === 0 ? '' : ` beside ${live} calls`} ${name}`
  return `${what}: ${cpuPer1000.toFixed(4)} CPU s per 1000, ${sleeps.toFixed(1)} sleeps a call, ${setUp}, cores: load ${load}, others ${others.toFixed(2)}${verdict}`
}

/** One row: `ours` and `peer` are names of proxies, `of` says which of their figures. */
export function row(
  figures: readonly Figure[],
  {
    ours,
    peer,
    work,
    unit,
    key,
    of,
  }: { ours: string; peer: string; work: string; unit: string; key: Key; of: (figure: Figure) => boolean },
): Result {
  const [mine, theirs] = [ours, peer].map(name => best(figures.filter(figure => figure.name === name && of(figure))))
  const result = compare('proxy', work, unit, peer, spread(mine!.map(f => f[key])), spread(theirs!.map(f => f[key])))
  const notes = [
    ...([...mine!, ...theirs!].some(f => f.disturbed) ? ['disturbed: no undisturbed run of both'] : []),
    ...failures('ours', mine!),
    ...failures('theirs', theirs!),
  ]
  return notes.length === 0 ? result : { ...result, note: notes.join('; ') }
}

function failures(whose: string, figures: readonly Figure[]): string[] {
  const failed = figures.reduce((sum, figure) => sum + figure.failed, 0)
  return failed === 0 ? [] : [`${failed} calls failed, ${whose}`]
}

/** The undisturbed ones; all, when there is none. */
export function best(figures: readonly Figure[]): readonly Figure[] {
  const undisturbed = figures.filter(figure => !figure.disturbed)
  return undisturbed.length > 0 ? undisturbed : figures
}
