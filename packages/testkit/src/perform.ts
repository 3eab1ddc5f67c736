/** Runs scripts against each other on a simulated network, in no time. */
import type { Millis } from '@strowger/sip-transaction'
import { ladder } from './ladder.ts'
import { Network, type NetworkOptions } from './network.ts'
import type { Exchange, Party } from './party.ts'
import { assertPerformed } from './script-failure.ts'

/** What became of a performance whose scripts all came to their end. */
export interface Performance {
  /** How long it took, in milliseconds of its own time. */
  readonly durationMs: Millis
  /** Everything that was sent, in order, what was lost included. */
  readonly exchanges: readonly Exchange[]
  /** For people: who sent what to whom. */
  readonly ladder: string
}

/** The network, and how long a performance may take. */
export interface PerformOptions extends NetworkOptions {
  /** Of virtual time. Default one hour. */
  readonly limitMs?: Millis
}

/** @throws {ScriptError} where a script does not come to its end: which step waited for what, and the ladder. */
export function perform(parties: readonly Party[], options: PerformOptions = {}): Performance {
  const network = new Network(options)
  for (const party of parties) network.join(party)
  network.run(options.limitMs)
  return performanceOf(parties, network.exchanges, network.now)
}

/** What came of it. Throws a `ScriptError` where a script is not at its end. */
export function performanceOf(parties: readonly Party[], exchanges: readonly Exchange[], durationMs: Millis): Performance {
  assertPerformed(parties, exchanges)
  return {
    durationMs,
    exchanges,
    ladder: ladder(
      parties.map(({ name }) => name),
      exchanges,
    ),
  }
}
