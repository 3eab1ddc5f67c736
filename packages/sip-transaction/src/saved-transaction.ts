/** A transaction as JSON, to go on in the layer of another process. RFC 3261 §17. */
import { latin1, parse, type SipRequest } from '@strowger/sip-parser'
import type { Address, Hop, Millis } from './hop.ts'
import { MACHINES, TIMER_NAMES } from './machines.ts'
import { MERGE_INDEXED, SILENT } from './slots.ts'
import type { TimerName } from './timers.ts'
import type { Transactions } from './transactions.ts'

/** Plain data. Times are what remains of them, so no clock has to be shared; messages are text, one character a byte. */
export interface SavedTransaction {
  readonly version: 1
  /** Which of the two kinds of transaction `resume` makes of it. */
  readonly side: 'client' | 'server'
  /** `INVITE client`, `INVITE server`, `non-INVITE client`, `non-INVITE server`. */
  readonly machine: string
  /** A state of that machine, by its name in the figures of RFC 3261 §17. */
  readonly state: string
  /** While something may still be sent. Without the number of its flow, which means nothing to another process. */
  readonly hop?: { readonly transport: Hop['transport']; readonly local: Address; readonly remote: Address }
  /** Before the final response. */
  readonly request?: string
  /** The last response, or the ACK, that may have to be sent again. */
  readonly stored?: string
  /** Those that run, each with the milliseconds until it fires. */
  readonly timers: readonly { readonly name: TimerName; readonly remainingMs: Millis }[]
  /** Of the retransmissions, milliseconds; 0 when there are none. */
  readonly intervalMs: Millis
  /** Where it is found: its hashed key, and the key of the hash. As confidential as the call. */
  readonly key: { readonly hash: Pair; readonly merged?: Pair; readonly secret: Pair }
  /** Of an INVITE of ours: a CANCEL held until the first 1xx, or one that was sent, with its transaction while that lives (RFC 3261 §9.1). */
  readonly cancel?: { readonly is: 'held'; readonly reason?: string } | { readonly is: 'sent'; readonly transaction?: SavedTransaction }
  /** A CANCEL of the layer's own, of which nobody is told. */
  readonly silent?: true
}

export type Pair = readonly [number, number]

export function saved(live: Transactions, slot: number, now: Millis, cancel: SavedTransaction['cancel']): SavedTransaction {
  const { slots } = live
  const machine = live.machineOf(slot)
  const state = live.stateIn(slot)
  const handle = slots.handle(slot)
  const { hop } = handle
  return {
    version: 1,
    side: handle.side,
    machine: machine.name,
    state,
    ...(hop !== undefined && { hop: { transport: hop.transport, local: hop.local, remote: hop.remote } }),
    ...(machine.needsRequest.has(state) && { request: latin1(handle.wire) }),
    ...(slots.stored(slot) !== 0 && { stored: latin1(live.stored.read(slots.stored(slot))) }),
    timers: runningTimers(live, slot, now),
    intervalMs: slots.interval(slot),
    key: keyOf(live, slot),
    ...(cancel !== undefined && { cancel }),
    ...(slots.has(slot, SILENT) && { silent: true as const }),
  }
}

function runningTimers(live: Transactions, slot: number, now: Millis): SavedTransaction['timers'] {
  return [2 * slot, 2 * slot + 1]
    .filter(timer => live.wakes.runs(timer))
    .map(timer => ({ name: TIMER_NAMES[live.slots.timer(timer)]!, remainingMs: Math.max(0, live.wakes.dueOf(timer) - now) }))
}

function keyOf(live: Transactions, slot: number): SavedTransaction['key'] {
  const { slots } = live
  return {
    hash: [slots.keyLo(slot), slots.keyHi(slot)],
    ...(slots.has(slot, MERGE_INDEXED) && { merged: [slots.mergeLo(slot), slots.mergeHi(slot)] as const }),
    secret: live.secretOf(slot),
  }
}

/** What a saved transaction is in the terms of this version. */
export interface ReadSaved {
  readonly machine: number
  readonly state: number
  readonly request: SipRequest | undefined
}

/** @throws TypeError for what {@link saved} did not write */
export function readSaved(from: SavedTransaction): ReadSaved {
  if (from.version !== 1) throw new TypeError(`a transaction was saved as version ${from.version}, and this is version 1`)
  const machine = MACHINES.findIndex(({ name }) => name === from.machine)
  const state = MACHINES[machine]?.states.indexOf(from.state) ?? -1
  if (state < 0) throw new TypeError(`there is no transaction machine "${from.machine}" with a state "${from.state}"`)
  const request = from.request === undefined ? undefined : parse(bytesOf(from.request))
  if (request !== undefined && request.kind !== 'request') throw new TypeError('the request of a saved transaction does not read as one')
  if (request === undefined && MACHINES[machine]!.needsRequest.has(from.state))
    throw new TypeError(`in "${from.state}" a request is needed`)
  return { machine, state, request }
}

/** One byte a character. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}
