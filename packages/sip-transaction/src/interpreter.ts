/** Runs the tables: looks the cell up, stops and starts timers, performs the effects. RFC 3261 §17. */
import { parse, type SipRequest, type SipResponse, Via } from '@strowger/sip-parser'
import { ackFor, cancelFor, tryingFor } from './derived-messages.ts'
import type { Hop, Millis } from './hop.ts'
import { INVITE_CLIENT, type Machine, NON_INVITE_CLIENT, RESENDING, TIMER_NAMES } from './machines.ts'
import { hashClientKey } from './matching.ts'
import type { OutputQueue } from './output.ts'
import { bytesOf, readSaved, type SavedTransaction, saved } from './saved-transaction.ts'
import { CANCEL_HELD, CANCEL_SENT, RELIABLE, SILENT } from './slots.ts'
import { TIMERS, type TimerBase, type TimerName } from './timers.ts'
import type { ClientTransaction, Handle, ServerTransaction } from './transaction.ts'
import type { Transactions } from './transactions.ts'

/** What came with an event. */
export interface Input {
  readonly message?: SipRequest | SipResponse
  readonly from?: Hop
  /** The response to send. */
  readonly bytes?: Uint8Array
  /** Value of the Reason header of a CANCEL. */
  readonly reason?: string | undefined
}

const NOTHING: Input = {}

export class Interpreter {
  readonly #live: Transactions
  readonly #outputs: OutputQueue
  readonly #base: TimerBase
  /** Reasons of CANCELs that wait for a 1xx, by slot. */
  readonly #heldReasons = new Map<number, string>()
  /** Handles past their final response, to be emptied when the drain is over. */
  #finished: Handle[] = []

  constructor(live: Transactions, outputs: OutputQueue, base: TimerBase) {
    this.#live = live
    this.#outputs = outputs
    this.#base = base
  }

  /** False when the state has no cell for the event. */
  step(now: Millis, slot: number, event: string, input: Input = NOTHING): boolean {
    const { slots } = this.#live
    const machine = this.#live.machineOf(slot)
    const from = this.#live.stateIn(slot)
    const cell = machine.table[from]?.[event]
    if (cell === undefined) return false
    const handle = slots.handle[slot]!
    if (cell.to !== from) this.#enter(slot, machine, cell.to)
    for (const effect of cell.effects) this.#perform(now, slot, effect, input)
    if (cell.to === 'terminated') this.#end(slot)
    else if (cell.to !== from && slots.handle[slot] === handle) this.#tidy(slot, machine, cell.to)
    return true
  }

  /** Starts a timer; one of 0 ms is over at once. */
  start(now: Millis, slot: number, name: TimerName, ms: Millis = this.#duration(slot, name)): void {
    if (ms === 0) {
      this.step(now, slot, name)
      return
    }
    const resending = RESENDING.has(name)
    if (resending) this.#live.slots.interval[slot] = ms
    const timer = resending ? 2 * slot : 2 * slot + 1
    this.#live.slots.timer[timer] = TIMER_NAMES.indexOf(name)
    this.#live.wakes.start(timer, now + ms)
  }

  /** Whether it is too early for a 100 to a non-INVITE: over UDP, until the automatic one is due. RFC 4320 §4.1. */
  waitsFor100(slot: number): boolean {
    const { slots, wakes } = this.#live
    return !slots.has(slot, RELIABLE) && wakes.runs(2 * slot) && TIMER_NAMES[slots.timer[2 * slot]!] === 'timer 100'
  }

  /** Lets every timer that is due fire. */
  wake(now: Millis): void {
    const { wakes, slots } = this.#live
    for (let timer = wakes.take(now); timer >= 0; timer = wakes.take(now)) {
      this.step(now, timer >> 1, TIMER_NAMES[slots.timer[timer]!]!)
    }
  }

  /** See {@link TransactionLayer.save}. */
  save(now: Millis, slot: number): SavedTransaction {
    const { slots } = this.#live
    if (slots.machine[slot] !== INVITE_CLIENT || !slots.has(slot, CANCEL_HELD | CANCEL_SENT)) return saved(this.#live, slot, now, undefined)
    if (!slots.has(slot, CANCEL_SENT)) {
      const reason = this.#heldReasons.get(slot)
      return saved(this.#live, slot, now, { is: 'held', ...(reason !== undefined && { reason }) })
    }
    const cancel = this.#cancelOf(slot)
    return saved(this.#live, slot, now, { is: 'sent', ...(cancel >= 0 && { transaction: saved(this.#live, cancel, now, undefined) }) })
  }

  /** The CANCEL of an INVITE, or -1. It has the branch of the request, or of the ACK when the request is gone; after a 2xx it is no use. */
  #cancelOf(invite: number): number {
    const early = this.#live.machineOf(invite).needsRequest.has(this.#live.stateIn(invite))
    const bytes = early ? this.#live.slots.handleIn(invite).wire : this.#live.lastSent(invite)
    const message = bytes === undefined ? undefined : parse(bytes)
    const branch = message?.kind === 'request' ? message.headers.get(Via)?.branch : undefined
    return branch === undefined ? -1 : this.#live.findClient(branch, 'CANCEL')
  }

  /** See {@link TransactionLayer.resume}. */
  resume(now: Millis, from: SavedTransaction, hop: Hop | undefined): number {
    const { slots, wakes } = this.#live
    const read = readSaved(from)
    const foreign = this.#live.hashSaved(from, read)
    const known = this.#live.find()
    if (known >= 0) return known
    const slot = this.#live.open(read.machine, from.silent ? SILENT : 0, hop, read.request)
    if (foreign) this.#live.markForeign(slot, from.key.secret)
    slots.state[slot] = read.state
    slots.interval[slot] = from.intervalMs
    if (from.stored !== undefined) this.#live.keep(slot, bytesOf(from.stored))
    this.#live.indexSaved(slot, from, read)
    for (const { name, remainingMs } of from.timers) {
      const timer = RESENDING.has(name) ? 2 * slot : 2 * slot + 1
      slots.timer[timer] = TIMER_NAMES.indexOf(name)
      wakes.start(timer, now + remainingMs)
    }
    this.#resumeCancel(now, slot, from.cancel, hop)
    return slot
  }

  #resumeCancel(now: Millis, slot: number, cancel: SavedTransaction['cancel'], hop: Hop | undefined): void {
    if (cancel === undefined) return
    this.#live.slots.set(slot, cancel.is === 'held' ? CANCEL_HELD : CANCEL_SENT)
    if (cancel.is === 'held' && cancel.reason !== undefined) this.#heldReasons.set(slot, cancel.reason)
    if (cancel.is === 'sent' && cancel.transaction !== undefined) this.resume(now, cancel.transaction, hop)
  }

  /** Called when nobody has outputs left to look at. */
  releaseFinished(): void {
    if (this.#finished.length === 0) return
    for (const handle of this.#finished) handle.release()
    this.#finished = []
  }

  transmit(slot: number, bytes: Uint8Array, hop: Hop | undefined = this.#live.slots.hop[slot]): void {
    if (hop === undefined) return
    this.#outputs.push({ kind: 'transmit', hop, bytes, transaction: this.#handle(slot) })
  }

  #enter(slot: number, machine: Machine, to: string): void {
    const { slots, wakes } = this.#live
    slots.state[slot] = machine.states.indexOf(to)
    for (const timer of [2 * slot, 2 * slot + 1]) {
      if (machine.table[to]?.[TIMER_NAMES[slots.timer[timer]!]!] === undefined) wakes.stop(timer)
    }
  }

  /** Lets go of what the new state has no use for. */
  #tidy(slot: number, machine: Machine, to: string): void {
    if (!machine.needsStored.has(to)) this.#live.forget(slot)
    if (!machine.needsHop.has(to)) this.#live.slots.hop[slot] = undefined
    if (!machine.needsRequest.has(to)) this.#finished.push(this.#live.slots.handle[slot]!)
  }

  #end(slot: number): void {
    const handle = this.#live.slots.handle[slot]!
    if (!this.#live.slots.has(slot, SILENT)) this.#outputs.push({ kind: 'terminated', transaction: this.#handle(slot) })
    this.#finished.push(handle)
    this.#heldReasons.delete(slot)
    this.#live.close(slot)
  }

  #perform(now: Millis, slot: number, effect: string, input: Input): void {
    if (effect.startsWith('start ')) this.#startNamed(now, slot, `timer ${effect.slice(6)}` as TimerName)
    else if (effect.startsWith('tell user')) this.#tell(slot, effect, input)
    else this.#effects[effect]!(now, slot, input)
  }

  #startNamed(now: Millis, slot: number, name: TimerName): void {
    if (RESENDING.has(name) && this.#live.slots.has(slot, RELIABLE)) return
    this.start(now, slot, name)
  }

  #tell(slot: number, effect: string, { message }: Input): void {
    if (this.#live.slots.has(slot, SILENT)) return
    const transaction = this.#handle(slot)
    if (effect === 'tell user: timeout') this.#outputs.push({ kind: 'failed', transaction, cause: 'timeout' })
    else if (effect === 'tell user: transport') this.#outputs.push({ kind: 'failed', transaction, cause: 'transport' })
    else if (effect === 'tell user: cancelled')
      this.#outputs.push({ kind: 'cancelled', transaction: transaction as ServerTransaction, cancel: message as SipRequest })
    else if (message?.kind === 'response')
      this.#outputs.push({ kind: 'response', transaction: transaction as ClientTransaction, response: message })
  }

  readonly #effects: Readonly<Record<string, (now: Millis, slot: number, input: Input) => void>> = {
    send: (_, slot, { bytes }) => this.#send(slot, bytes!),
    'send 100': (_, slot) => this.#send(slot, tryingFor(this.#live.slots.handle[slot]!.request).toBytes()),
    'stop 100': (_, slot) => this.#live.wakes.stop(2 * slot),
    resend: (_, slot, { from }) => this.#resend(slot, from),
    forget: (_, slot) => this.#live.forget(slot),
    ack: (_, slot, { message }) => this.#ack(slot, message),
    cancel: (now, slot, { reason }) => this.#cancel(now, slot, reason),
    'hold cancel': (_, slot, { reason }) => this.#holdCancel(slot, reason),
    'release cancel': (now, slot) => this.#releaseCancel(now, slot),
    'pass ACK': (_, _slot, { message, from }) => this.#outputs.push({ kind: 'unmatched', message: message!, from: from! }),
    'double A': (now, slot) => this.start(now, slot, 'timer A', this.#doubled(slot)),
    'double E': (now, slot) => this.start(now, slot, 'timer E', Math.min(this.#doubled(slot), this.#base.t2)),
    'double G': (now, slot) => this.start(now, slot, 'timer G', Math.min(this.#doubled(slot), this.#base.t2)),
    'E at T2': (now, slot) => this.start(now, slot, 'timer E', this.#base.t2),
  }

  #send(slot: number, bytes: Uint8Array): void {
    if (this.#live.machineOf(slot).needsStored.has(this.#live.stateIn(slot))) this.#live.keep(slot, bytes)
    this.transmit(slot, bytes)
  }

  #resend(slot: number, from: Hop | undefined): void {
    const bytes = this.#live.lastSent(slot)
    if (bytes !== undefined) this.transmit(slot, bytes, from)
  }

  /** The first response of its kind makes the ACK, every further one sends it again. */
  #ack(slot: number, message: SipRequest | SipResponse | undefined): void {
    if (this.#live.slots.stored[slot] !== 0) {
      this.#resend(slot, undefined)
      return
    }
    if (message?.kind !== 'response') return
    const bytes = ackFor(this.#live.slots.handle[slot]!.request, message).toBytes()
    this.#live.keep(slot, bytes)
    this.transmit(slot, bytes)
  }

  #holdCancel(slot: number, reason: string | undefined): void {
    this.#live.slots.set(slot, CANCEL_HELD)
    if (reason !== undefined) this.#heldReasons.set(slot, reason)
  }

  #releaseCancel(now: Millis, slot: number): void {
    if (!this.#live.slots.has(slot, CANCEL_HELD)) return
    this.#cancel(now, slot, this.#heldReasons.get(slot))
    this.#heldReasons.delete(slot)
  }

  /** The CANCEL is a transaction of its own on the same hop and branch, whose user is the layer. RFC 3261 §9.1. */
  #cancel(now: Millis, invite: number, reason: string | undefined): void {
    const { slots, hash } = this.#live
    if (slots.has(invite, CANCEL_SENT)) return
    slots.set(invite, CANCEL_SENT)
    this.start(now, invite, 'cancel unanswered')
    const { request } = slots.handle[invite]!
    hashClientKey(hash, request.headers.get(Via)?.branch ?? '', 'CANCEL')
    this.begin(now, NON_INVITE_CLIENT, SILENT, slots.hop[invite]!, cancelFor(request, reason).toBytes())
  }

  /** Opens a client transaction under the key in `hash`, sends its request and starts its timers. */
  begin(now: Millis, machine: number, flags: number, hop: Hop, bytes: Uint8Array, giveUpMs: Millis = Number.POSITIVE_INFINITY): number {
    const slot = this.#live.open(machine, flags, hop, bytes)
    const [resend, end] = machine === NON_INVITE_CLIENT ? (['timer E', 'timer F'] as const) : (['timer A', 'timer B'] as const)
    this.transmit(slot, bytes)
    this.#startNamed(now, slot, resend)
    if (giveUpMs < this.#duration(slot, end)) this.start(now, slot, 'give up', giveUpMs)
    else this.start(now, slot, end)
    return slot
  }

  #doubled(slot: number): Millis {
    return this.#live.slots.interval[slot]! * 2
  }

  #duration(slot: number, name: TimerName): Millis {
    return TIMERS[name](this.#base, this.#live.slots.has(slot, RELIABLE))
  }

  #handle(slot: number): ClientTransaction | ServerTransaction {
    return this.#live.slots.handle[slot] as Handle & (ClientTransaction | ServerTransaction)
  }
}
