/** Waits for the record of a call that has just ended. */
import type { Cdr } from '@strowger/domain'
import { monotonic } from '@strowger/runtime'
import type { Store } from '@strowger/store'

export interface SoughtCall {
  /** Its ids, as far as the ladder told them. */
  readonly calls: readonly string[]
  /** UTC, ms; where no id is known, the record since then of who called whom. */
  readonly since: number
  readonly caller: string
  readonly callee: string
  /** How many legs have media: the relay's counts may come a moment later than the rest. */
  readonly legs: number
}

/** The record with the media of all its legs, or what there is of it after five seconds. */
export async function recordOf(store: Store, sought: SoughtCall): Promise<Cdr | undefined> {
  const patience = monotonic() + PATIENCE_MS
  for (;;) {
    const cdr = await find(store, sought)
    if ((cdr !== undefined && cdr.legs.length >= sought.legs) || monotonic() > patience) return cdr
    await new Promise(resolve => setTimeout(resolve, LOOK_MS))
  }
}

async function find(store: Store, { calls, since, caller, callee }: SoughtCall): Promise<Cdr | undefined> {
  for (const call of calls) {
    const cdr = await store.cdrs.get(call)
    if (cdr !== undefined) return cdr
  }
  if (calls.length > 0) return undefined
  const recent = await store.cdrs.list({ since })
  return recent.find(cdr => cdr.callee === callee && cdr.caller === caller)
}

const PATIENCE_MS = 5000
const LOOK_MS = 100
