/** The tables of the four machines as numbers, for {@link Interpreter}: the same cells, found by index. RFC 3261 §17, Figures 5 to 8. */
import { MACHINES, type Machine, RESENDING, TIMER_NAMES } from './machines.ts'
import type { TimerName } from './timers.ts'

/** One transition. */
export interface Cell {
  /** Number of the state it leads to. */
  readonly to: number
  /** Whether that is another state. */
  readonly enters: boolean
  readonly ends: boolean
  /** Of the state it leads to. */
  readonly facts: StateFacts
  /** {@link EFFECT} numbers, in order. */
  readonly effects: readonly number[]
}

/** What a state has a use for. */
export interface StateFacts {
  /** Bit per timer number: those that may run in it. */
  readonly timers: number
  readonly needsStored: boolean
  readonly needsHop: boolean
  readonly needsRequest: boolean
}

/** Numbers of all events of all machines. */
export const EVENT: Readonly<Record<string, number>> = numbered(
  MACHINES.flatMap(({ table }) => Object.values(table).flatMap(row => Object.keys(row))),
)

/** An event that no state has a cell for. */
export const NO_EVENT = -1

/** Numbers of all effects of all machines. */
export const EFFECT: Readonly<Record<string, number>> = numbered(
  MACHINES.flatMap(({ table }) => Object.values(table).flatMap(row => Object.values(row).flatMap(cell => cell?.effects ?? []))),
)

/** By {@link EFFECT} number: the timer that `start D` and its kin start; -1 for other effects. */
export const STARTS: readonly number[] = Object.keys(EFFECT).map(effect =>
  effect.startsWith('start ') ? TIMER_NAMES.indexOf(`timer ${effect.slice(6)}` as TimerName) : -1,
)

/** Bit per timer number: those that make something be sent again. */
export const RESENDING_BITS: number = bits(TIMER_NAMES.map(name => RESENDING.has(name)))

/** By timer number, the event when it fires. */
export const FIRES: readonly number[] = TIMER_NAMES.map(name => EVENT[name] ?? NO_EVENT)

const EVENT_COUNT = Object.keys(EVENT).length
export const FACTS: readonly (readonly StateFacts[])[] = MACHINES.map(machine => machine.states.map(state => factsOf(machine, state)))
const CELLS: readonly (readonly (Cell | undefined)[])[] = MACHINES.map(compiled)

/** `undefined` when the state has no cell for the event. */
export function cellOf(machine: number, state: number, event: number): Cell | undefined {
  return event < 0 ? undefined : CELLS[machine]![state * EVENT_COUNT + event]
}

function compiled({ table, states }: Machine, machine: number): (Cell | undefined)[] {
  return states.flatMap(state =>
    Object.keys(EVENT).map(event => {
      const cell = table[state]?.[event]
      return (
        cell && {
          to: states.indexOf(cell.to),
          enters: cell.to !== state,
          ends: cell.to === 'terminated',
          facts: FACTS[machine]![states.indexOf(cell.to)]!,
          effects: cell.effects.map(effect => EFFECT[effect]!),
        }
      )
    }),
  )
}

function factsOf({ table, needsStored, needsHop, needsRequest }: Machine, state: string): StateFacts {
  return {
    timers: bits(TIMER_NAMES.map(name => table[state]?.[name] !== undefined)),
    needsStored: needsStored.has(state),
    needsHop: needsHop.has(state),
    needsRequest: needsRequest.has(state),
  }
}

function bits(flags: readonly boolean[]): number {
  return flags.reduce((sum, flag, i) => (flag ? sum | (1 << i) : sum), 0)
}

function numbered(names: readonly string[]): Record<string, number> {
  return Object.fromEntries([...new Set(names)].map((name, i) => [name, i]))
}
