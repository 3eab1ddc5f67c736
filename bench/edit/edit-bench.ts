/** A proxy's edits on a request, beside npm's `sip` and `drachtio-sip` and C's sofia-sip and libosip2: µs of CPU per message, in turn. */
import { deepStrictEqual } from 'node:assert'
import { type Benchmark, compare, type Options, type Result } from '../benchmark.ts'
import { CPeer, compileCPeers, LIBRARIES, type Library } from '../parse/c-peers.ts'
import { COPIES, MESSAGES, type Sample } from '../parse/messages.ts'
import { spread } from '../samples.ts'
import { drachtio, type Editor, ours, sip } from './editors.ts'
import { type Outcome, outcome } from './outcome.ts'

const WORK = 'INVITE 1 KB'
const SAMPLES: readonly Sample[] = MESSAGES.get(WORK)!

export const editBench: Benchmark = {
  name: 'edit',
  async run(options) {
    await compileCPeers()
    return measure(options)
  },
}

function measure(options: Options): readonly Result[] {
  const mine = new Trial('ours', new InProcess(ours))
  const peers = [
    new Trial('sip', new InProcess(sip())),
    new Trial('drachtio-sip', new InProcess(drachtio())),
    ...LIBRARIES.map(library => new Trial(library, new InC(library))),
  ]
  for (const peer of peers) deepStrictEqual(peer.contestant.outcomes(), mine.contestant.outcomes(), peer.name)
  const milliseconds = options.smoke ? 20 : 200
  for (const trial of [mine, ...peers]) trial.calibrate(milliseconds)
  for (let round = 0; round < options.rounds; round++) {
    for (const trial of [mine, ...peers]) trial.run()
    options.say(`round ${round + 1} of ${options.rounds}`)
  }
  return peers.map(peer => compare('edit', WORK, 'µs', peer.name, spread(mine.microseconds), spread(peer.microseconds)))
}

interface Contestant {
  /** What the messages it writes say. */
  outcomes(): readonly Outcome[]
  /** CPU time for `count` edits. */
  microseconds(count: number): number
}

class Trial {
  readonly name: string
  readonly contestant: Contestant
  /** Per message, one figure a run. */
  readonly microseconds: number[] = []
  #count = 512

  constructor(name: string, contestant: Contestant) {
    this.name = name
    this.contestant = contestant
  }

  /** Warms up, and finds how many messages a run takes to be long enough. */
  calibrate(milliseconds: number): void {
    while (this.contestant.microseconds(this.#count) < milliseconds * 1000) this.#count *= 2
  }

  run(): void {
    this.microseconds.push(this.contestant.microseconds(this.#count) / this.#count)
  }
}

class InProcess<Message> implements Contestant {
  readonly #editor: Editor<Message>

  constructor(editor: Editor<Message>) {
    this.#editor = editor
  }

  outcomes(): readonly Outcome[] {
    return SAMPLES.map((sample, branch) => outcome(this.#editor.edit(this.#editor.parse(sample), branch)))
  }

  /** All copies are parsed, then all are edited on the clock, and so on. */
  microseconds(count: number): number {
    let taken = 0
    let bytes = 0
    for (let done = 0; done < count; done += COPIES) {
      const messages = SAMPLES.map(sample => this.#editor.parse(sample))
      const before = process.cpuUsage()
      for (let i = 0; i < COPIES; i++) bytes += this.#editor.edit(messages[i]!, i).length
      const { user, system } = process.cpuUsage(before)
      taken += user + system
    }
    if (bytes < count * SAMPLES[0]!.bytes.length) throw new Error('less was written than was read')
    return taken
  }
}

class InC implements Contestant {
  readonly #peer: CPeer

  constructor(library: Library) {
    this.#peer = new CPeer(library, 'edit', SAMPLES)
  }

  outcomes(): readonly Outcome[] {
    const output = this.#peer.output()
    const outcomes: Outcome[] = []
    for (let at = 0; at < output.length; ) {
      const end = at + 4 + output.readUInt32LE(at)
      outcomes.push(outcome(output.subarray(at + 4, end)))
      at = end
    }
    return outcomes
  }

  microseconds(count: number): number {
    return this.#peer.microseconds(count)
  }
}
