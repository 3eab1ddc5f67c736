/** The four machines of RFC 3261 §17 side by side, and what follows from their tables alone. */
import { inviteClient } from './invite-client.ts'
import { inviteServer } from './invite-server.ts'
import { nonInviteClient } from './non-invite-client.ts'
import { nonInviteServer } from './non-invite-server.ts'
import type { Table } from './table.ts'
import { TIMERS, type TimerName } from './timers.ts'

export interface Machine {
  readonly name: string
  readonly clause: string
  readonly table: Table<string, string, string>
  /** State names by their number; 0 is where the machine starts. */
  readonly states: readonly string[]
  /** States before the final response: the request is still needed. */
  readonly needsRequest: ReadonlySet<string>
  /** States in which something may be sent again from the byte slab. */
  readonly needsStored: ReadonlySet<string>
  /** States in which something may be sent without anything having been received. */
  readonly needsHop: ReadonlySet<string>
}

/** Numbers for {@link Slots.timer}. */
export const TIMER_NAMES: readonly TimerName[] = Object.keys(TIMERS) as TimerName[]

/** Timers that make something be sent again; all others end something. They may run at the same time. */
export const RESENDING: ReadonlySet<string> = new Set<TimerName>(['timer 100', 'timer A', 'timer E', 'timer G'])

const SENDS = ['send', 'resend', 'send 100', 'ack', 'cancel', 'release cancel']
const BEFORE_FINAL = new Set(['calling', 'trying', 'proceeding', 'abandoned'])

function machine(name: string, clause: string, table: Table<string, string, string>): Machine {
  const states = Object.keys(table)
  const some = (test: (event: string, effect: string) => boolean): ReadonlySet<string> =>
    new Set(states.filter(state => cellsOf(table, state).some(([event, effects]) => effects.some(effect => test(event, effect)))))
  return {
    name,
    clause,
    table,
    states,
    needsRequest: new Set(states.filter(state => BEFORE_FINAL.has(state))),
    needsStored: some((_, effect) => effect === 'resend' || effect === 'ack'),
    needsHop: some((event, effect) => event !== 'request' && SENDS.includes(effect)),
  }
}

function cellsOf(table: Table<string, string, string>, state: string): (readonly [string, readonly string[]])[] {
  return Object.entries(table[state] ?? {}).map(([event, cell]) => [event, cell?.effects ?? []])
}

export const INVITE_CLIENT = 0
export const INVITE_SERVER = 1
export const NON_INVITE_CLIENT = 2
export const NON_INVITE_SERVER = 3

export const MACHINES: readonly [Machine, Machine, Machine, Machine] = [
  machine('INVITE client', 'RFC 3261 §17.1.1, RFC 6026 §7.2', inviteClient),
  machine('INVITE server', 'RFC 3261 §17.2.1, RFC 6026 §7.1', inviteServer),
  machine('non-INVITE client', 'RFC 3261 §17.1.2', nonInviteClient),
  machine('non-INVITE server', 'RFC 3261 §17.2.2, RFC 4320 §4', nonInviteServer),
]
