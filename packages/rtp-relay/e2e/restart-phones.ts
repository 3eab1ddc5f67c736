/** The phones of `restart-phones-program.ts`, in this network or another. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { until } from '../../../e2e/until.ts'

export interface PhonesOptions {
  readonly relay: { readonly address: string; readonly ng: number }
  readonly address: string
  readonly calls: number
  readonly roundMs: number
  /** A prefix of the command line, such as `ip netns exec NAME`. */
  readonly inside?: readonly string[]
}

/** Once a round. */
export interface Progress {
  readonly round: number
  /** The last that all streams were heard of. */
  readonly least: number
}

export interface End {
  /** Rounds, and so packets of each stream. */
  readonly said: number
  /** Packets of each stream that did not come. */
  readonly missing: readonly number[]
  /** Packets of each stream, as the relay says. */
  readonly counted: readonly number[]
}

export class Phones {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  #progress: Progress = { round: 0, least: -1 }
  #end: End | undefined
  #complaint = ''

  /** All calls are set up, and speak. */
  constructor({ relay, address, calls, roundMs, inside = [] }: PhonesOptions) {
    const command = [
      ...inside,
      process.execPath,
      '--conditions=@strowger/source',
      '--import',
      join(import.meta.dirname, '../../../scripts/typescript.mjs'),
      join(import.meta.dirname, 'restart-phones-program.ts'),
      relay.address,
      String(relay.ng),
      address,
      String(calls),
      String(roundMs),
    ]
    this.#child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child.stderr.on('data', chunk => (this.#complaint += chunk))
    createInterface({ input: this.#child.stdout }).on('line', line => {
      const told = JSON.parse(line) as Progress | End
      if ('said' in told) this.#end = told
      else this.#progress = told
    })
  }

  /** All streams were heard of after this moment. */
  async flow(): Promise<void> {
    const since = this.#progress.round + 2
    await until(`every stream after round ${since}`, () => this.#progress.least >= since || this.#isGone, 120_000)
    if (this.#isGone) throw new Error(`the phones ended: ${this.#complaint}`)
  }

  async hangUp(): Promise<End> {
    this.#child.stdin.end()
    if (!this.#isGone) await once(this.#child, 'exit')
    if (this.#end === undefined) throw new Error(`the phones ended: ${this.#complaint}`)
    return this.#end
  }

  get #isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }
}
