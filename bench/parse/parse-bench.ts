/** Parsing a message, beside npm's `sip` and `jssip`: µs of CPU per message, all in one process, in turn. */
import { deepStrictEqual } from 'node:assert'
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { spread } from '../samples.ts'
import { COPIES, MESSAGES, type Sample } from './messages.ts'
import { jssip, ours, type Parser, sip } from './parsers.ts'

export const parseBench: Benchmark = { name: 'parse', run: async options => measure(options) }

const PEERS: readonly [name: string, load: () => Parser][] = [
  ['sip', sip],
  ['jssip', jssip],
]

function measure(options: Options): readonly Result[] {
  const parsers = new Map<string, Parser>([['ours', ours], ...PEERS.map(([name, load]) => [name, load()] as const)])
  const trials = [...MESSAGES].flatMap(([work, samples]) => [...parsers].map(([name, parser]) => new Trial(work, name, parser, samples)))
  for (const trial of trials) trial.agreeWith(ours)
  const milliseconds = options.smoke ? 20 : 200
  for (const trial of trials) trial.calibrate(milliseconds)
  for (let round = 0; round < options.rounds; round++) {
    for (const trial of trials) trial.run()
    options.say(`round ${round + 1} of ${options.rounds}`)
  }
  return [...MESSAGES.keys()].flatMap(work => PEERS.map(([peer]) => resultOf(trials, work, peer)))
}

function resultOf(trials: readonly Trial[], work: string, peer: string): Result {
  const microseconds = (name: string): readonly number[] => trials.find(trial => trial.work === work && trial.name === name)!.microseconds
  return compare('parse', work, 'µs', peer, spread(microseconds('ours')), spread(microseconds(peer)))
}

class Trial {
  readonly work: string
  readonly name: string
  /** Per message, one figure a run. */
  readonly microseconds: number[] = []
  readonly #parser: Parser
  readonly #samples: readonly Sample[]
  #count = 500

  constructor(work: string, name: string, parser: Parser, samples: readonly Sample[]) {
    this.work = work
    this.name = name
    this.#parser = parser
    this.#samples = samples
  }

  /** @throws when this parser reads something else than the other */
  agreeWith(other: Parser): void {
    for (const sample of this.#samples) deepStrictEqual(this.#parser(sample), other(sample), `${this.name}, ${this.work}`)
  }

  /** Warms up, and finds how many messages a run takes to be long enough. */
  calibrate(milliseconds: number): void {
    while (this.#microseconds() < milliseconds * 1000) this.#count *= 2
  }

  run(): void {
    this.microseconds.push(this.#microseconds() / this.#count)
  }

  #microseconds(): number {
    const before = process.cpuUsage()
    let kept = 0
    for (let i = 0; i < this.#count; i++) kept += this.#parser(this.#samples[i & (COPIES - 1)]!).sequence ?? 0
    const { user, system } = process.cpuUsage(before)
    if (kept === 0) throw new Error(`${this.name} read nothing`)
    return user + system
  }
}
