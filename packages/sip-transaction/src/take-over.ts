/** Saving a living transaction and going on with a saved one. RFC 3261 §17; of an INVITE, its CANCEL goes with it (RFC 3261 §9.1). */
import { parse, Via } from '@strowger/sip-parser'
import { FACTS } from './compiled.ts'
import type { Hop, Millis } from './hop.ts'
import { INVITE_CLIENT, RESENDING, TIMER_NAMES } from './machines.ts'
import { bytesOf, readSaved, type SavedTransaction, saved } from './saved-transaction.ts'
import { CANCEL_HELD, CANCEL_SENT, SILENT } from './slots.ts'
import type { Transactions } from './transactions.ts'

export function save(live: Transactions, now: Millis, slot: number): SavedTransaction {
  const { slots } = live
  if (slots.machine(slot) !== INVITE_CLIENT || !slots.has(slot, CANCEL_HELD | CANCEL_SENT)) return saved(live, slot, now, undefined)
  if (!slots.has(slot, CANCEL_SENT)) {
    const reason = live.heldReasons.get(slot)
    return saved(live, slot, now, { is: 'held', ...(reason !== undefined && { reason }) })
  }
  const cancel = cancelOf(live, slot)
  return saved(live, slot, now, { is: 'sent', ...(cancel >= 0 && { transaction: saved(live, cancel, now, undefined) }) })
}

/** The CANCEL of an INVITE, or -1. It has the branch of the request, or of the ACK when the request is gone; after a 2xx it is no use. */
function cancelOf(live: Transactions, invite: number): number {
  const early = FACTS[INVITE_CLIENT]![live.slots.state(invite)]!.needsRequest
  const bytes = early ? live.slots.handle(invite).wire : live.lastSent(invite)
  const message = bytes === undefined ? undefined : parse(bytes)
  const branch = message?.kind === 'request' ? message.headers.get(Via)?.branch : undefined
  return branch === undefined ? -1 : live.findClient(branch, 'CANCEL')
}

/** The slot; of one that lives here already, that one. */
export function resume(live: Transactions, now: Millis, from: SavedTransaction, hop: Hop | undefined): number {
  const { slots, wakes } = live
  const read = readSaved(from)
  const foreign = live.hashSaved(from, read)
  const known = live.find()
  if (known >= 0) return known
  const flags = from.silent ? SILENT : 0
  const slot =
    from.side === 'server'
      ? live.openServer(read.machine, flags, hop, read.request)
      : live.openClient(read.machine, flags, hop, read.request?.wire)
  if (foreign) live.markForeign(slot, from.key.secret)
  slots.setState(slot, read.state)
  slots.setInterval(slot, from.intervalMs)
  if (from.stored !== undefined) live.keep(slot, bytesOf(from.stored))
  live.indexSaved(slot, from, read)
  for (const { name, remainingMs } of from.timers) {
    const timer = RESENDING.has(name) ? 2 * slot : 2 * slot + 1
    slots.setTimer(timer, TIMER_NAMES.indexOf(name))
    wakes.start(timer, now + remainingMs, now)
  }
  resumeCancel(live, now, slot, from.cancel, hop)
  return slot
}

function resumeCancel(live: Transactions, now: Millis, slot: number, cancel: SavedTransaction['cancel'], hop: Hop | undefined): void {
  if (cancel === undefined) return
  live.slots.set(slot, cancel.is === 'held' ? CANCEL_HELD : CANCEL_SENT)
  if (cancel.is === 'held' && cancel.reason !== undefined) live.heldReasons.set(slot, cancel.reason)
  if (cancel.is === 'sent' && cancel.transaction !== undefined) resume(live, now, cancel.transaction, hop)
}
