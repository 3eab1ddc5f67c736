/** Everything the agent remembers between two inputs. RFC 3261 §12, §17. */
import type { Uri } from '@strowger/sip-parser'
import type { Hop, Millis, Transaction, TransactionLayer } from '@strowger/sip-transaction'
import { dialogId } from '../dialog.ts'
import { hopUriOf } from '../dialog-request.ts'
import type { Call, CallDialog } from './call.ts'
import type { DueQueue } from './due-queue.ts'
import type { UserAgentOptions } from './options.ts'
import type { UserAgentOutput } from './output.ts'

export interface State {
  readonly options: UserAgentOptions
  readonly layer: TransactionLayer
  readonly calls: Map<string, Call>
  /** Name of the call by `dialogId`. */
  readonly dialogs: Map<string, string>
  /** Name of a call of ours by {@link callerId}. */
  readonly callers: Map<string, string>
  /** By the layer's number. */
  readonly transactions: Map<number, { readonly call: string; readonly handle: Transaction; readonly way?: Way }>
  readonly due: DueQueue
  readonly outputs: UserAgentOutput[]
  /** Of the input in progress. */
  now: Millis
}

/** Where a request of ours is to go. */
export interface Wanted {
  readonly uri: Uri
  /** By which the far end's last request came. */
  readonly from?: Hop | undefined
}

/** And by which ways it went, the last one last. RFC 3263 §4.3. */
export interface Way extends Wanted {
  readonly tried: readonly Hop[]
}

export function tell(state: State, output: UserAgentOutput): void {
  state.outputs.push(output)
}

/** What every response to an INVITE of ours has, whoever answers. */
export function callerId({ callId, localTag }: Pick<Call, 'callId' | 'localTag'>): string {
  return `${callId};${localTag}`
}

export function keepCall(state: State, call: Call): void {
  state.calls.set(call.id, call)
  if (call.role === 'caller') state.callers.set(callerId(call), call.id)
}

export function forgetCall(state: State, call: Call): void {
  state.calls.delete(call.id)
  if (call.role === 'caller') state.callers.delete(callerId(call))
  forgetDialogs(state, call)
}

/** Makes messages of the dialog find the call. */
export function keepDialog(state: State, call: Call, dialog: CallDialog): void {
  if (!call.dialogs.includes(dialog)) call.dialogs.push(dialog)
  state.dialogs.set(dialogId(dialog.dialog), call.id)
}

export function forgetDialogs(state: State, call: Call): void {
  for (const { dialog } of call.dialogs) state.dialogs.delete(dialogId(dialog))
}

export function handleOf(state: State, transaction: number): Transaction | undefined {
  return state.transactions.get(transaction)?.handle
}

/** Where a request inside a dialog goes. RFC 3261 §12.2.1.1. */
export function wantedOf(call: Call, { dialog }: CallDialog): Wanted {
  return { uri: hopUriOf(dialog), from: call.from }
}

/** The next way of a request whose last one has failed. RFC 3263 §4.3. */
export function otherWay(state: State, transaction: number): (Wanted & { readonly next: Hop; readonly tried: readonly Hop[] }) | undefined {
  const way = state.transactions.get(transaction)?.way
  const next = way && state.options.elsewhere?.(way.uri, way.tried)
  return next && { ...way, next }
}
