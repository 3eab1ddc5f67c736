/** Writes a call to JSON and goes on with it elsewhere. Times are what remains of them: no clock is shared. RFC 3261 §12, §17. */
import type { Hop, Millis, SavedTransaction } from '@strowger/sip-transaction'
import { shiftReliable1xx } from '../reliable-1xx.ts'
import { shiftTimer } from '../session-timer.ts'
import { handleOf, keepCall, keepDialog, type State } from './agent-state.ts'
import type { Call, Serving } from './call.ts'

/** JSON. Holds what the call's parties said to each other, and digests; no passwords. As confidential as the call. */
export interface SavedCall {
  readonly version: 1
  /** All times in it are what remains of them, ms. */
  readonly call: Call
  /** By the number that `call` has for them. */
  readonly transactions: readonly { readonly id: number; readonly saved: SavedTransaction }[]
}

/** What the process that goes on with a call must know of the time in between. RFC 3261 §12.2.1.1. */
export interface RestoreOptions {
  /**
   * Added to the CSeq of our next request: what was sent after the snapshot was taken must not be sent again with the same number.
   * Default 0, for a call that was saved and then left alone.
   */
  readonly skipSequence?: number
}

export function saveCall(state: State, call: Call): SavedCall {
  const { from } = call
  const transactions = [...call.asks, ...call.servings].flatMap(({ transaction: id }) => {
    const handle = handleOf(state, id)
    const saved = handle && state.layer.save(state.now, handle)
    return saved === undefined ? [] : [{ id, saved }]
  })
  const whole: SavedCall = { version: 1, call: { ...shifted(call, -state.now), ...(from && { from: withoutFlow(from) }) }, transactions }
  return JSON.parse(JSON.stringify(whole)) as SavedCall
}

/** @throws TypeError for another version, or a call that is here already. */
export function restoreCall(state: State, { version, call: saved, transactions }: SavedCall, { skipSequence = 0 }: RestoreOptions): Call {
  if (version !== 1) throw new TypeError(`a call was saved as version ${version}, and this is version 1`)
  if (state.calls.has(saved.id)) throw new TypeError(`the call ${saved.id} is here already`)
  const call = shifted(saved, state.now)
  const numbers = new Map<number, number>()
  for (const { id, saved: transaction } of transactions) {
    const handle = state.layer.resume(state.now, transaction)
    numbers.set(id, handle.id)
    state.transactions.set(handle.id, { call: call.id, handle })
  }
  renumber(call, numbers)
  keepCall(state, call)
  for (const at of call.dialogs) {
    at.dialog = { ...at.dialog, localSequence: at.dialog.localSequence + skipSequence }
    if (call.state !== 'ended') keepDialog(state, call, at)
  }
  return call
}

/** The number of a flow means nothing to another process. */
function withoutFlow({ transport, local, remote }: Hop): Hop {
  return { transport, local, remote }
}

/** What had no transaction left when it was saved has none now, except a 2xx that waits for its ACK. */
function renumber(call: Call, numbers: ReadonlyMap<number, number>): void {
  const renumbered = <T extends { readonly transaction: number }>(each: T): T => ({
    ...each,
    transaction: numbers.get(each.transaction) ?? -1,
  })
  call.asks = call.asks.map(renumbered).filter(({ transaction }) => transaction >= 0)
  call.servings = call.servings.map(renumbered).filter(({ transaction, final }) => transaction >= 0 || final !== undefined)
}

/** A copy on a clock that is `ms` ahead. */
function shifted(call: Call, ms: Millis): Call {
  return {
    ...call,
    dialogs: call.dialogs.map(at => ({ ...at })),
    asks: call.asks.map(ask => ({ ...ask, acks: { ...ask.acks } })),
    servings: call.servings.map(serving => shiftedServing(serving, ms)),
    retries: call.retries.map(retry => ({ ...retry, at: retry.at + ms })),
    ...(call.timer !== undefined && { timer: shiftTimer(call.timer, ms) }),
    ...(call.expires !== undefined && { expires: { ...call.expires, at: call.expires.at + ms } }),
    ...(call.late !== undefined && { late: { ...call.late, acks: { ...call.late.acks } } }),
    ...(call.remindAt !== undefined && { remindAt: call.remindAt + ms }),
  }
}

function shiftedServing(serving: Serving, ms: Millis): Serving {
  const { final, reliable } = serving
  const { nextWake = 0, endsAt = 0, resendAt = 0 } = final?.repeat ?? {}
  return {
    ...serving,
    ...(final && {
      final: { ...final, repeat: { ...final.repeat, nextWake: nextWake + ms, endsAt: endsAt + ms, resendAt: resendAt + ms } },
    }),
    ...(reliable && { reliable: shiftReliable1xx(reliable, ms) }),
  }
}
