/** Facts and log lines of a call. */
import type { FactInput } from '@strowger/runtime'
import type { State } from './state.ts'

export function tellFact(state: State, fact: FactInput): void {
  state.outputs.push({ kind: 'fact', fact })
}

export function tellLog(state: State, call: string, text: string, detail: object = {}, level: 'info' | 'warn' = 'info'): void {
  state.outputs.push({ kind: 'log', level, call, text, detail })
}
