/** CPU µs per packet that a relay forwarded, the time it took and what was lost, at several rates. */
import { setTimeout as sleep } from 'node:timers/promises'
import { compare, type Options, type Result } from '../benchmark.ts'
import { machineBusySeconds } from '../proxy/processes.ts'
import { Patience } from '../proxy/quiet.ts'
import { spread } from '../samples.ts'
import type { Contestant, Name } from './contestants.ts'
import type { Load, Report } from './load.ts'
import type { Field } from './relay-bench.ts'

export type Work = Omit<Load, 'seconds'>

export interface Figure {
  readonly work: Work
  readonly name: Name
  /** CPU µs per packet that arrived: of the program, and of the kernel's thread that receives for it. */
  readonly cpu: number
  readonly p50: number
  readonly p99: number
  /** Per cent of what was sent. */
  readonly lost: number
  readonly disturbed: boolean
}

/** Cores that others may have during a run. */
const OTHERS = 0.15
/** Share of the packets that may leave late. Above it p99 is the generator's. */
const LATE = 0.005
/** After a standstill: what was due meanwhile is done. */
const SETTLE_MS = 300
/** For quiet, and for runs once more, in all. */
const PATIENCE_MS = 240_000
/** So many packets and every party is believed, V8's compiler and collector, which have the same core, are done with the set-up of the calls. */
const WARM_UP = { packets: 45_000, rate: 20_000, perCall: 12 }

export async function packets(field: Field): Promise<readonly Result[]> {
  const { smoke, relay } = field.options
  const works = smoke ? [{ calls: 10, rate: 5000 }] : relay.calls.flatMap(calls => relay.rates.map(rate => ({ calls, rate })))
  const figures = await measure(field, works)
  return works.flatMap(work => (['ours', 'ours, shared'] as const).flatMap(ours => rowsOf(figures, work, ours, ['rtpengine', 'C echo'])))
}

/** All of one load in turn, then the next; who goes first changes with each round. */
export async function measure({ contestants, options }: Field, works: readonly Work[]): Promise<readonly Figure[]> {
  const { smoke, rounds } = options
  const seconds = smoke ? 0.3 : options.seconds / 2
  const patience = new Patience(smoke ? 0 : PATIENCE_MS)
  const figures: Figure[] = []
  for (const { program } of contestants) program.pause()
  let calls = 0
  for (const work of [...works].sort((a, b) => a.calls - b.calls)) {
    if (work.calls > calls) for (const one of contestants) await alone(one, () => warm(one, work.calls, smoke))
    calls = work.calls
    for (let round = 0; round < rounds; round++) {
      for (const contestant of round % 2 === 0 ? contestants : [...contestants].reverse()) {
        for (let again = true; again; ) {
          await patience.wait()
          const figure = await alone(contestant, () => measureOne(contestant, work, seconds, options.say))
          figures.push(figure)
          again = figure.disturbed && patience.lasts
          if (again) patience.spend(seconds * 1000)
        }
      }
    }
  }
  return figures
}

/** All others stand still: what a relay does when it has nothing to do (it writes down what was counted, it cleans up) is nobody else's delay. */
async function alone<T>({ program }: Contestant, run: () => Promise<T>): Promise<T> {
  program.resume()
  await sleep(SETTLE_MS)
  try {
    return await run()
  } finally {
    program.pause()
  }
}

async function warm(contestant: Contestant, calls: number, smoke: boolean): Promise<void> {
  await contestant.grow(calls)
  const { rate, perCall, packets } = WARM_UP
  await contestant.run({ calls, rate, seconds: Math.max(smoke ? 10_000 : packets, calls * perCall) / rate })
}

async function measureOne(contestant: Contestant, work: Work, seconds: number, say: Options['say']): Promise<Figure> {
  const { name, program, place } = contestant
  const now = () => ({
    wall: performance.now() / 1000,
    busy: machineBusySeconds(),
    program: program.cpuSeconds(),
    ...place.kernelSeconds(),
  })
  const before = now()
  const report = await contestant.run({ ...work, seconds })
  const after = now()
  const took = (of: keyof typeof before): number => after[of] - before[of]
  const { p50, p99, sent, arrived } = report
  const perPacket = (used: number): number => (used * 1e6) / Math.max(1, arrived)
  const [own, kernel] = [perPacket(took('program')), perPacket(took('relay'))]
  const others = Math.max(0, took('busy') - took('program') - took('relay') - took('phones') - report.cpuSeconds) / took('wall')
  const disturbed = others > OTHERS || report.late > LATE * sent
  const figure = { work, name, cpu: own + kernel, p50, p99, lost: (100 * (sent - arrived)) / Math.max(1, sent), disturbed }
  const parts = kernel === 0 ? '' : `, program ${own.toFixed(2)} and kernel's receiving ${kernel.toFixed(2)}`
  say(`${lineOf(figure, report)}${parts}, others ${others.toFixed(2)} cores${disturbed ? ': disturbed' : ''}`)
  return figure
}

function lineOf({ work, name, cpu, p50, p99 }: Figure, { sent, arrived, skipped, late }: Report): string {
  const counts = [
    ...(sent === arrived ? [] : [`${sent - arrived} of ${sent} lost`]),
    ...(late === 0 ? [] : [`${late} sent late`]),
    ...(skipped === 0 ? [] : [`${skipped} never sent`]),
  ]
  return [`${textOf(work)}, ${name}: ${cpu.toFixed(2)} µs CPU, p50 ${p50} p99 ${p99} µs`, ...counts].join(', ')
}

export function textOf({ calls, rate, group = 1 }: Work): string {
  return `${calls} calls ${rate}/s${group === 1 ? '' : ` in groups of ${group}`}`
}

const UNITS = { cpu: ['', 'CPU µs'], p50: [', p50', 'µs'], p99: [', p99', 'µs'], lost: [', lost', '%'] } as const
const VARIANTS: Partial<Record<Name, string>> = { 'ours, shared': ', shared wake-ups', 'ours, kernel': ', kernel fast path' }

/** CPU beside each of the peers, the rest beside the first of them. */
export function rowsOf(figures: readonly Figure[], work: Work, ours: Name, peers: readonly Name[]): readonly Result[] {
  const of = (name: Name): readonly Figure[] => undisturbed(figures.filter(figure => figure.name === name && figure.work === work))
  const mine = of(ours)
  const row = (peer: Name, key: keyof typeof UNITS): Result => {
    const theirs = of(peer)
    const [what, unit] = UNITS[key]
    const result = compare(
      'relay',
      `${textOf(work)}${VARIANTS[ours] ?? ''}${what}`,
      unit,
      peer,
      spread(mine.map(figure => figure[key])),
      spread(theirs.map(figure => figure[key])),
    )
    return [...mine, ...theirs].some(({ disturbed }) => disturbed) ? { ...result, note: 'disturbed: no undisturbed run of both' } : result
  }
  return [...peers.map(peer => row(peer, 'cpu')), ...(['p50', 'p99', 'lost'] as const).map(key => row(peers[0]!, key))]
}

/** All, when there is none. */
export function undisturbed(figures: readonly Figure[]): readonly Figure[] {
  const some = figures.filter(figure => !figure.disturbed)
  return some.length > 0 ? some : figures
}
