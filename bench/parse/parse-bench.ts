/** Parsing a message, beside npm's `sip`, `jssip` and `drachtio-sip` and C's sofia-sip and libosip2: µs of CPU per message, in turn. */
import { deepStrictEqual } from 'node:assert'
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { spread } from '../samples.ts'
import { CPeer, compileCPeers, LIBRARIES, type Library } from './c-peers.ts'
import { COPIES, MESSAGES, type Sample } from './messages.ts'
import { drachtio, type Fields, jssip, ours, type Parser, sip } from './parsers.ts'

export const parseBench: Benchmark = {
  name: 'parse',
  async run(options) {
    await compileCPeers()
    return measure(options)
  },
}

const NPM: readonly [name: string, load: () => Parser][] = [
  ['sip', sip],
  ['jssip', jssip],
  ['drachtio-sip', drachtio],
]
const PEERS: readonly string[] = [...NPM.map(([name]) => name), ...LIBRARIES]

function measure(options: Options): readonly Result[] {
  const parsers = [['ours', ours] as const, ...NPM.map(([name, load]) => [name, load()] as const)]
  const trials = [...MESSAGES].flatMap(([work, samples]) => [
    ...parsers.map(([name, parser]) => new Trial(work, name, new InProcess(parser, samples))),
    ...LIBRARIES.map(library => new Trial(work, library, new InC(library, samples))),
  ])
  for (const trial of trials) trial.agreeWith(ours)
  const milliseconds = options.smoke ? 20 : 200
  for (const trial of trials) trial.calibrate(milliseconds)
  for (let round = 0; round < options.rounds; round++) {
    for (const trial of trials) trial.run()
    options.say(`round ${round + 1} of ${options.rounds}`)
  }
  return [...MESSAGES.keys()].flatMap(work => PEERS.map(peer => resultOf(trials, work, peer)))
}

function resultOf(trials: readonly Trial[], work: string, peer: string): Result {
  const microseconds = (name: string): readonly number[] => trials.find(trial => trial.work === work && trial.name === name)!.microseconds
  return compare('parse', work, 'µs', peer, spread(microseconds('ours')), spread(microseconds(peer)))
}

interface Contestant {
  /** What it reads of each copy. */
  fields(): readonly Fields[]
  /** CPU time for `count` messages. */
  microseconds(count: number): number
}

class Trial {
  readonly work: string
  readonly name: string
  /** Per message, one figure a run. */
  readonly microseconds: number[] = []
  readonly #contestant: Contestant
  #count = 512

  constructor(work: string, name: string, contestant: Contestant) {
    this.work = work
    this.name = name
    this.#contestant = contestant
  }

  /** @throws when this parser reads something else than the other */
  agreeWith(other: Parser): void {
    const expected = new InProcess(other, MESSAGES.get(this.work)!).fields()
    deepStrictEqual(this.#contestant.fields(), expected, `${this.name}, ${this.work}`)
  }

  /** Warms up, and finds how many messages a run takes to be long enough. */
  calibrate(milliseconds: number): void {
    while (this.#contestant.microseconds(this.#count) < milliseconds * 1000) this.#count *= 2
  }

  run(): void {
    this.microseconds.push(this.#contestant.microseconds(this.#count) / this.#count)
  }
}

class InProcess implements Contestant {
  readonly #parser: Parser
  readonly #samples: readonly Sample[]

  constructor(parser: Parser, samples: readonly Sample[]) {
    this.#parser = parser
    this.#samples = samples
  }

  fields(): readonly Fields[] {
    return this.#samples.map(sample => this.#parser(sample))
  }

  microseconds(count: number): number {
    const before = process.cpuUsage()
    let kept = 0
    for (let i = 0; i < count; i++) kept += this.#parser(this.#samples[i & (COPIES - 1)]!).sequence ?? 0
    const { user, system } = process.cpuUsage(before)
    if (kept === 0) throw new Error('nothing was read')
    return user + system
  }
}

class InC implements Contestant {
  readonly #peer: CPeer

  constructor(library: Library, samples: readonly Sample[]) {
    this.#peer = new CPeer(library, 'parse', samples)
  }

  fields(): readonly Fields[] {
    const lines = this.#peer.output().toString().trimEnd().split('\n')
    return lines.map(line => ({ ...NO_FIELDS, ...(JSON.parse(line) as Partial<Fields>) }))
  }

  microseconds(count: number): number {
    return this.#peer.microseconds(count)
  }
}

const NO_FIELDS: Fields = {
  start: '',
  host: undefined,
  branch: undefined,
  viaHost: undefined,
  fromTag: undefined,
  toTag: undefined,
  callId: undefined,
  sequence: undefined,
  maxForwards: undefined,
  routeHost: undefined,
}
