/** Says which step of a script went wrong, and shows what was sent. */

import { ladder } from './ladder.ts'
import type { Exchange, Outcome, Party } from './party.ts'
import { type Step, stepText } from './script.ts'

/** A script that did not come to its end. Its message has the step, what came instead, and the ladder. */
export class ScriptError extends Error {
  /** The same for all, to be told from other errors by. */
  readonly code = 'script-failed'
  /** Everything that was sent until then, in order. */
  readonly exchanges: readonly Exchange[]

  constructor(text: string, names: readonly string[], exchanges: readonly Exchange[]) {
    super(`${text}\n\n${ladder(names, exchanges)}`)
    this.name = 'ScriptError'
    this.exchanges = exchanges
  }
}

/** `carrier, step 3 of 6: expect ACK, but nothing came in 32000 ms`, and the steps with a mark. */
export function failureText(name: string, steps: readonly Step[], at: number, why: string): string {
  const lines = steps.map((step, index) => `${index === at ? '>' : ' '} ${index + 1} ${stepText(step)}`)
  return `${name}, step ${at + 1} of ${steps.length}: ${stepText(steps[at]!)}, but ${why}\n${lines.join('\n')}`
}

/** Throws where a party failed, or did not come to its end. */
export function assertPerformed(parties: readonly Party[], exchanges: readonly Exchange[]): void {
  const texts = parties.flatMap(({ name, outcome }) => problemOf(name, outcome))
  if (texts.length > 0)
    throw new ScriptError(
      texts.join('\n'),
      parties.map(({ name }) => name),
      exchanges,
    )
}

function problemOf(name: string, outcome: Outcome): string[] {
  if (outcome.kind === 'failed') return [outcome.text]
  return outcome.kind === 'running' ? [`${name} was not at its end when time was up`] : []
}
