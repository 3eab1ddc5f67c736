/** Reading and writing RTP and RTCP, beside npm's rtp-packet and werift-rtp: ns of CPU per packet, in turn. */
import { deepStrictEqual } from 'node:assert'
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { spread } from '../samples.ts'
import { type Contestant, type Name, PEERS, WORKS } from './contestants.ts'
import { COPIES, type Samples, samples } from './packets.ts'

export const rtpPacketBench: Benchmark = {
  name: 'rtp-packet',
  run: options => Promise.resolve(measure(options)),
}

function measure(options: Options): readonly Result[] {
  const read = samples()
  const trials = [...WORKS].flatMap(([work, by]) => (['ours', ...PEERS] as const).map(name => new Trial(work, name, by[name], read)))
  for (const trial of trials) deepStrictEqual(trial.sums(), trialOf(trials, trial.work, 'ours').sums(), `${trial.name}, ${trial.work}`)
  const milliseconds = options.smoke ? 20 : 200
  for (const trial of trials) trial.calibrate(milliseconds)
  for (let round = 0; round < options.rounds; round++) {
    for (const trial of trials) trial.run()
    options.say(`round ${round + 1} of ${options.rounds}`)
  }
  const figures = (work: string, name: Name) => spread(trialOf(trials, work, name).nanoseconds)
  return [...WORKS.keys()].flatMap(work =>
    PEERS.map(peer => compare('rtp-packet', work, 'ns', peer, figures(work, 'ours'), figures(work, peer))),
  )
}

function trialOf(trials: readonly Trial[], work: string, name: Name): Trial {
  return trials.find(trial => trial.work === work && trial.name === name)!
}

class Trial {
  readonly work: string
  readonly name: Name
  /** Per packet, one figure a run. */
  readonly nanoseconds: number[] = []
  readonly #contestant: Contestant
  readonly #samples: Samples
  #count = 512

  constructor(work: string, name: Name, contestant: Contestant, read: Samples) {
    this.work = work
    this.name = name
    this.#contestant = contestant
    this.#samples = read
  }

  /** What comes out for each copy. */
  sums(): readonly number[] {
    return Array.from({ length: COPIES }, (_, index) => this.#contestant(this.#samples, index))
  }

  /** Warms up, and finds how many packets a run takes to be long enough. */
  calibrate(milliseconds: number): void {
    while (this.#microseconds() < milliseconds * 1000) this.#count *= 2
  }

  run(): void {
    this.nanoseconds.push((this.#microseconds() * 1000) / this.#count)
  }

  #microseconds(): number {
    const before = process.cpuUsage()
    let kept = 0
    for (let i = 0; i < this.#count; i++) kept += this.#contestant(this.#samples, i & (COPIES - 1))
    const { user, system } = process.cpuUsage(before)
    if (kept === 0) throw new Error('nothing was done')
    return user + system
  }
}
