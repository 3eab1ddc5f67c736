/** The composed user agent: calls over a transaction layer, input, drain, sleep. RFC 3261 §8, §12 to §15. */
import type { Incoming, Millis, Output } from '@strowger/sip-transaction'
import { forgetCall, type State } from './agent-state.ts'
import { answer } from './answer.ts'
import { answerOffer, refuseOffer } from './answer-offer.ts'
import { bytesOf, textOf } from './bytes.ts'
import { type Call, type CallDialog, dialogTagged, type HeaderLine, type Leave, mainDialog } from './call.ts'
import { dispatch } from './dispatch.ts'
import { DueQueue } from './due-queue.ts'
import { hangUp } from './hang-up.ts'
import { type InviteOptions, invite } from './invite.ts'
import { type OfferOptions, offer } from './offer.ts'
import type { UserAgentOptions } from './options.ts'
import type { UserAgentOutput } from './output.ts'
import { prack } from './prack.ts'
import { type RequestOptions, request, respondTo } from './request.ts'
import { ring } from './ring.ts'
import { type RestoreOptions, restoreCall, type SavedCall, saveCall } from './save.ts'
import { declineStranger } from './stateless.ts'
import { nextWakeOf, timePasses } from './time-passes.ts'

/** Which dialog of a call, by its remote tag. Default: the one that was answered, else the last to ring. */
export interface InDialog {
  /** Remote tag. */
  readonly dialog?: string
}

/**
 * One rule: after any call that takes `now` (milliseconds of one monotonic clock), drain the layer (giving each output but `transmit` to
 * `take`), then `poll` until `undefined`, then sleep until `nextWake`, which does not contain the layer's own.
 *
 * Verbs answer false when the call has no use for them any more: it may have ended while the user made up its mind. Nothing throws on
 * what came from the network; a TypeError means that the caller made a mistake.
 */
export class UserAgent {
  readonly #state: State

  constructor(options: UserAgentOptions) {
    const { layer } = options
    this.#state = {
      options,
      layer,
      calls: new Map(),
      dialogs: new Map(),
      callers: new Map(),
      transactions: new Map(),
      due: new DueQueue(),
      outputs: [],
      now: 0,
    }
  }

  /**
   * What the layer put out. False when it belongs to no call: a request outside calls, a response to a request that somebody else
   * sent. {@link decline} answers such a request when nobody wants it.
   */
  take(now: Millis, output: Output): boolean {
    this.#state.now = now
    const { ours, call } = dispatch(this.#state, output)
    if (call !== undefined) this.#settle(call)
    return ours
  }

  /** Does what is due: 2xx and 1xx again, offers again, session refreshes, reminders. */
  wake(now: Millis): void {
    const state = this.#state
    state.now = now
    for (let id = state.due.take(now); id !== undefined; id = state.due.take(now)) {
      const call = state.calls.get(id)
      if (call === undefined) continue
      timePasses(state, call)
      this.#settle(call)
    }
  }

  /** When to call `wake`; `Infinity` when no call waits for anything. */
  get nextWake(): Millis {
    return this.#state.due.next
  }

  /** The next thing to hear of, until `undefined`. */
  poll(): UserAgentOutput | undefined {
    return this.#state.outputs.shift()
  }

  /** Calls `to`. The call's name for everything that follows. Throws a TypeError for text that is no URI. */
  invite(now: Millis, options: InviteOptions): string {
    this.#state.now = now
    const call = invite(this.#state, options, options.offer && textOf(options.offer))
    this.#settle(call)
    return call.id
  }

  /**
   * 180, or another status from 101 to 199. A `description` is an early answer, or an offer where they made none; it needs a PRACK
   * where the caller knows them, and is said again in the 2xx otherwise (RFC 3262 §3, RFC 3261 §13.3.1.1).
   */
  ring(now: Millis, call: string, status = 180, { description, headers }: Content = {}): boolean {
    return this.#act(now, call, (state, each) => ring(state, each, { status, ...said(description, headers) }))
  }

  /** 200. The 2xx waits where a PRACK is owed first, and is repeated until its ACK comes. */
  answer(now: Millis, call: string, { description, headers }: Content = {}): boolean {
    return this.#act(now, call, (state, each) => answer(state, each, { status: 200, ...said(description, headers) }))
  }

  /** Says no to a call that has not been answered: 300 to 699. */
  refuse(now: Millis, call: string, status = 486, headers: readonly HeaderLine[] = []): boolean {
    return this.#act(now, call, (state, each) => REFUSABLE.has(each.state) && hangUp(state, each, { status, headers }))
  }

  /** Ends the call, however far it has come: refusal, CANCEL, or BYE. `headers` go with it: Reason (RFC 3326). */
  hangUp(now: Millis, call: string, how: Omit<Leave, 'by'> = {}): boolean {
    return this.#act(now, call, (state, each) => hangUp(state, each, how))
  }

  /**
   * Offers a new session: re-INVITE, or UPDATE before the call is up. Without a description they are asked for theirs. `answer` or
   * `offer refused` follows; a 491 is tried again by itself. False when an offer is under way already.
   */
  offer(now: Millis, call: string, description?: Uint8Array, options: OfferOptions & InDialog = {}): boolean {
    return this.#actIn(now, call, options, (state, each, at) => offer(state, each, at, description && textOf(description), options))
  }

  /** Our answer to an `offer`, or our offer where they asked for one. */
  answerOffer(now: Millis, call: string, description: Uint8Array, options: InDialog = {}): boolean {
    return this.#actIn(now, call, options, (state, each, at) => answerOffer(state, each, at, textOf(description)))
  }

  /** Everything stays as it was. An offer that came in a 2xx or reliable 1xx cannot be refused: then the call ends. */
  refuseOffer(now: Millis, call: string, status = 488, options: InDialog & { readonly headers?: readonly HeaderLine[] } = {}): boolean {
    return this.#actIn(now, call, options, (state, each, at) => refuseOffer(state, each, at, status, options.headers))
  }

  /**
   * The PRACK that a `progress` said to be waiting; a `description` in it is a new offer, answered by `answer` or `offer refused`. False
   * when none waits, or an offer may not be made now. RFC 3262 §5.
   */
  prack(now: Millis, call: string, { description, headers, ...options }: Content & InDialog = {}): boolean {
    return this.#actIn(now, call, options, (state, each, at) => prack(state, each, at, said(description, headers)))
  }

  /** INFO, MESSAGE, REFER, NOTIFY or the like. The `id` under which its `response` comes; `undefined` when the call has no dialog. */
  request(now: Millis, call: string, method: string, options: RequestOptions & InDialog = {}): number | undefined {
    let id: number | undefined
    this.#actIn(now, call, options, (state, each, at) => {
      if (OVER.has(each.state)) return false
      id = request(state, each, at, method, options)
      return true
    })
    return id
  }

  /** To a `request` of theirs. */
  respond(now: Millis, call: string, id: number, status: number, options: RequestOptions = {}): boolean {
    return this.#act(now, call, (state, each) => respondTo(state, each, id, status, options))
  }

  /** Answers a request that `take` did not want and nobody else does: OPTIONS 200, 481 inside an unknown dialog, 405 for the rest. */
  decline(incoming: Incoming): void {
    declineStranger(this.#state, incoming)
  }

  /** A call as it is, to be looked at; `undefined` when its last transaction has ended. */
  find(call: string): Readonly<Call> | undefined {
    return this.#state.calls.get(call)
  }

  /** The agreed descriptions. */
  session(call: string, options: InDialog = {}): { readonly local?: Uint8Array; readonly remote?: Uint8Array } {
    const found = this.#state.calls.get(call)
    const at = found && dialogOf(found, options)
    return {
      ...(at?.local !== undefined && { local: bytesOf(at.local) }),
      ...(at?.remote !== undefined && { remote: bytesOf(at.remote) }),
    }
  }

  /** The whole state of a call, its transactions included, as JSON. Drain the layer and `poll` before: outputs are not in it. */
  save(now: Millis, call: string): SavedCall | undefined {
    this.#state.now = now
    const found = this.#state.calls.get(call)
    return found && saveCall(this.#state, found)
  }

  /** Goes on with a saved call, under the same name, in this agent and its layer. Throws a TypeError for what `save` did not write. */
  restore(now: Millis, saved: SavedCall, options: RestoreOptions = {}): string {
    this.#state.now = now
    const call = restoreCall(this.#state, saved, options)
    this.#settle(call)
    return call.id
  }

  /** What is alive now. */
  counts(): { readonly calls: number; readonly dialogs: number; readonly transactions: number; readonly timers: number } {
    const { calls, dialogs, transactions, due } = this.#state
    return { calls: calls.size, dialogs: dialogs.size, transactions: transactions.size, timers: due.size }
  }

  #act(now: Millis, id: string, act: (state: State, call: Call) => boolean): boolean {
    this.#state.now = now
    const call = this.#state.calls.get(id)
    if (call === undefined) return false
    const done = act(this.#state, call)
    this.#settle(call)
    return done
  }

  #actIn(now: Millis, id: string, options: InDialog, act: (state: State, call: Call, at: CallDialog) => boolean): boolean {
    return this.#act(now, id, (state, call) => {
      const at = dialogOf(call, options)
      return at !== undefined && act(state, call, at)
    })
  }

  /** Forgets a call that is over; notes when the others are due. */
  #settle(call: Call): void {
    const { calls, due, transactions } = this.#state
    // A 2xx may wait for its ACK a little longer than its transaction lives.
    call.servings = call.servings.filter(({ transaction, final }) => final !== undefined || transactions.has(transaction))
    const replaced = call.replaces === undefined ? undefined : calls.get(call.replaces)
    if (replaced !== undefined) due.set(replaced.id, nextWakeOf(replaced))
    const over = call.state === 'ended' && call.asks.length === 0 && call.servings.length === 0
    due.set(call.id, over ? Number.POSITIVE_INFINITY : nextWakeOf(call))
    if (!over) return
    forgetCall(this.#state, call)
  }
}

/** A session description and further header fields. */
export interface Content {
  /** A session description, opaque bytes. */
  readonly description?: Uint8Array
  /** Further header fields. */
  readonly headers?: readonly HeaderLine[]
}

function said(
  description: Uint8Array | undefined,
  headers: readonly HeaderLine[] | undefined,
): { description?: string; headers?: readonly HeaderLine[] } {
  return { ...(description && { description: textOf(description) }), ...(headers && { headers }) }
}

function dialogOf(call: Call, { dialog }: InDialog): CallDialog | undefined {
  return dialog === undefined ? mainDialog(call) : dialogTagged(call, dialog)
}

const REFUSABLE: ReadonlySet<Call['state']> = new Set(['incoming', 'ringing', 'holding'])
const OVER: ReadonlySet<Call['state']> = new Set(['ending', 'ended'])
