/** What a benchmark is given and what it gives back. */
import type { Spread } from './samples.ts'

/** A row of `--json`: the contract of `npm run bench`. One per piece of work and peer. */
export interface Row {
  readonly bench: string
  readonly work: string
  readonly unit: string
  readonly ours: number
  /** Name of the peer's package. */
  readonly peer: string
  readonly theirs: number
  /** ours / theirs: lower is better. */
  readonly ratio: number
}

/** A row with how far its runs lay apart, for the table. */
export interface Result {
  readonly row: Row
  readonly ours: Spread
  readonly theirs: Spread
  /** What a reader must know of it. */
  readonly note?: string
}

export interface Options {
  /** One short run each, that only proves that it works. */
  readonly smoke: boolean
  /** `proxy` only: one long run each, until transactions end as fast as they begin. */
  readonly steady: boolean
  readonly rounds: number
  /** Of one run under load. */
  readonly seconds: number
  /** Calls per second, one after another. */
  readonly rates: readonly number[]
  /** Of `relay` only. */
  readonly relay: RelayOptions
  /** One line on what is going on. */
  say(line: string): void
}

export interface RelayOptions {
  /** None: all. */
  readonly modes: readonly string[]
  /** Calls that share the packets. */
  readonly calls: readonly number[]
  /** Packets per second. */
  readonly rates: readonly number[]
}

export interface Benchmark {
  readonly name: string
  /** Throws when a peer is not there and cannot be installed; the message says which. */
  run(options: Options): Promise<readonly Result[]>
}

export function compare(bench: string, work: string, unit: string, peer: string, ours: Spread, theirs: Spread): Result {
  return { row: { bench, work, unit, ours: ours.median, peer, theirs: theirs.median, ratio: ours.median / theirs.median }, ours, theirs }
}
