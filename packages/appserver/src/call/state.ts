/** Everything the application server remembers between two messages. */
import type { ClientTransaction, Hop, Millis, ServerTransaction, TransactionLayer } from '@strowger/sip-transaction'
import { type Dialog, dialogId, withDialog } from '@strowger/sip-ua'
import { type AnyLeg, type Call, type LegName, legOf, type Side } from './call.ts'
import type { House } from './house.ts'
import type { CallOutput } from './output.ts'
import type { WakeQueue } from './wake-queue.ts'

/** What a transaction is for. Kept until the layer says it has terminated. */
export type Work =
  | {
      readonly side: 'server'
      readonly handle: ServerTransaction
      readonly call: string
      readonly leg: LegName
      readonly is: ServerWork
      readonly method: string
    }
  | {
      readonly side: 'client'
      readonly handle: ClientTransaction
      readonly call: string
      readonly leg: LegName
      readonly is: ClientWork
      readonly towards: Side
      /** The server transaction whose answer this one's response is. */
      readonly server?: number
    }
/** `message`: outside of calls; `call` names no call then. */
export type ServerWork = 'invite' | 'reinvite' | 'relayed' | 'message'
export type ClientWork = 'invite' | 'reinvite' | 'reoffer' | 'relayed' | 'prack' | 'refresh' | 'bye' | 'message'

/** A question to the relay. */
export interface Ask {
  readonly call: string
  readonly session: string
  readonly fromTag: string
  readonly is: 'invite' | 'reinvite' | 'reoffer'
}

export interface State {
  readonly layer: TransactionLayer
  readonly house: House
  readonly calls: Map<string, Call>
  /** By `dialogId`. */
  readonly dialogs: Map<string, { readonly call: string; readonly leg: LegName }>
  readonly works: Map<number, Work>
  readonly asks: Map<number, Ask>
  readonly wakes: WakeQueue
  readonly outputs: CallOutput[]
  nextAsk: number
  /** Monotonic milliseconds of the input in progress. */
  now: Millis
  /** Milliseconds since 1970 of the input in progress. */
  wall: number
  /** Nothing new is taken. */
  draining: boolean
}

export function hopTo(state: State, side: Side): Hop {
  return { transport: 'UDP', remote: state.house.proxies.at(side), local: state.house.own }
}

/** The proxy that sent it, if one did. */
export function sideOf(state: State, from: Hop): Side | undefined {
  return state.house.proxies.sideAt(from.remote)
}

export function findLeg(state: State, id: string): { readonly call: Call; readonly leg: AnyLeg } | undefined {
  const place = state.dialogs.get(id)
  const call = place && state.calls.get(place.call)
  const leg = call && legOf(call, place.leg)
  return leg && { call, leg }
}

/** The leg's dialog from here on; messages of the one before are not found any more. */
export function setDialog(state: State, call: Call, leg: AnyLeg, dialog: Dialog): void {
  forgetDialog(state, leg)
  leg.dialog = dialog
  if (leg.name === 'b') leg.forks = withDialog(leg.forks, dialog)
  state.dialogs.set(dialogId(dialog), { call: call.id, leg: leg.name })
}

export function forgetDialog(state: State, leg: AnyLeg): void {
  if (leg.dialog !== undefined) state.dialogs.delete(dialogId(leg.dialog))
}
