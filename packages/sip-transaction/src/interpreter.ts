/** Runs the tables: looks the cell up, stops and starts timers, performs the effects. RFC 3261 §17. */
import { type SipRequest, type SipResponse, Via } from '@strowger/sip-parser'
import { type Cell, cellOf, EFFECT, FIRES, RESENDING_BITS, STARTS, type StateFacts } from './compiled.ts'
import { ackFor, cancelFor, tryingFor } from './derived-messages.ts'
import type { Hop, Millis } from './hop.ts'
import { NON_INVITE_CLIENT, TIMER_NAMES } from './machines.ts'
import { MOST_KEPT, type OutputQueue } from './output.ts'
import { CANCEL_HELD, CANCEL_SENT, RELIABLE, SILENT } from './slots.ts'
import { TIMERS, type TimerBase, type TimerName } from './timers.ts'
import type { ClientTransaction, Handle, ServerTransaction } from './transaction.ts'
import type { Transactions } from './transactions.ts'

/** What came with an event. */
export interface Input {
  readonly message: SipRequest | SipResponse | undefined
  readonly from: Hop | undefined
  /** The response to send. */
  readonly bytes: Uint8Array | undefined
  /** Value of the Reason header of a CANCEL. */
  readonly reason: string | undefined
}

const NOTHING: Input = { message: undefined, from: undefined, bytes: undefined, reason: undefined }

export class Interpreter {
  readonly #live: Transactions
  readonly #outputs: OutputQueue
  readonly #base: TimerBase
  /** By timer number: how long it runs, over UDP and over a reliable transport. */
  readonly #durations: readonly [udp: readonly Millis[], reliable: readonly Millis[]]
  /** Handles past their final response, to be emptied when the drain is over. */
  readonly #finished: (Handle | undefined)[] = []
  #finishedCount = 0

  constructor(live: Transactions, outputs: OutputQueue, base: TimerBase) {
    this.#live = live
    this.#outputs = outputs
    this.#base = base
    this.#durations = [TIMER_NAMES.map(name => TIMERS[name](base, false)), TIMER_NAMES.map(name => TIMERS[name](base, true))]
  }

  /** `event`: see {@link EVENT}. False when the state has no cell for it. */
  step(now: Millis, slot: number, event: number, input: Input = NOTHING): boolean {
    const { slots } = this.#live
    const cell = cellOf(slots.machine(slot), slots.state(slot), event)
    if (cell === undefined) return false
    const handle = slots.handle(slot)
    const { enters, effects } = cell
    if (enters) this.#enter(slot, cell)
    for (let i = 0; i < effects.length; i++) this.#perform(now, slot, effects[i]!, cell, input)
    if (cell.ends) this.#end(slot)
    else if (enters && slots.handle(slot) === handle) this.#tidy(slot, handle, cell.facts)
    return true
  }

  /** Starts a timer by its number; one of 0 ms is over at once. */
  start(now: Millis, slot: number, timer: number, ms: Millis = this.#duration(slot, timer)): void {
    if (ms === 0) {
      this.step(now, slot, FIRES[timer]!)
      return
    }
    const { slots, wakes } = this.#live
    const resending = (RESENDING_BITS >> timer) & 1
    if (resending === 1) slots.setInterval(slot, ms)
    const place = 2 * slot + 1 - resending
    slots.setTimer(place, timer)
    wakes.start(place, ((SHARING_BITS >> timer) & 1) === 1 ? Math.ceil((now + ms) / SHARED_MS) * SHARED_MS : now + ms, now)
  }

  /** Whether it is too early for a 100 to a non-INVITE: over UDP, until the automatic one is due. RFC 4320 §4.1. */
  waitsFor100(slot: number): boolean {
    const { slots, wakes } = this.#live
    return !slots.has(slot, RELIABLE) && wakes.runs(2 * slot) && slots.timer(2 * slot) === TIMER_100
  }

  /** Lets every timer that is due fire. */
  wake(now: Millis): void {
    const { wakes, slots } = this.#live
    for (let timer = wakes.take(now); timer >= 0; timer = wakes.take(now)) this.step(now, timer >> 1, FIRES[slots.timer(timer)]!)
  }

  /** Called when nobody has outputs left to look at. */
  releaseFinished(): void {
    if (this.#finishedCount === 0) return
    const finished = this.#finished
    for (let i = 0; i < this.#finishedCount; i++) {
      this.#live.release(finished[i]!)
      finished[i] = undefined
    }
    this.#finishedCount = 0
    if (finished.length > MOST_KEPT) finished.length = MOST_KEPT
  }

  /** Opens a client transaction under the key in `hash`, sends its request and starts its timers. */
  begin(now: Millis, machine: number, flags: number, hop: Hop, bytes: Uint8Array, giveUpMs: Millis = Number.POSITIVE_INFINITY): number {
    const slot = this.#live.openClient(machine, flags, hop, bytes)
    const other = machine === NON_INVITE_CLIENT
    this.#transmit(slot, bytes, hop)
    this.#startUnlessReliable(now, slot, other ? TIMER_E : TIMER_A)
    const end = other ? TIMER_F : TIMER_B
    if (giveUpMs < this.#duration(slot, end)) this.start(now, slot, GIVE_UP, giveUpMs)
    else this.start(now, slot, end)
    return slot
  }

  #transmit(slot: number, bytes: Uint8Array, hop: Hop | undefined): void {
    if (hop !== undefined) this.#outputs.push({ kind: 'transmit', hop, bytes, transaction: this.#handle(slot) })
  }

  #enter(slot: number, { to, facts }: Cell): void {
    const { slots, wakes } = this.#live
    slots.setState(slot, to)
    const { timers } = facts
    for (let timer = 2 * slot; timer <= 2 * slot + 1; timer++) {
      if (wakes.runs(timer) && ((timers >> slots.timer(timer)) & 1) === 0) wakes.stop(timer)
    }
  }

  /** Lets go of what the new state has no use for. */
  #tidy(slot: number, handle: Handle, { needsStored, needsHop, needsRequest }: StateFacts): void {
    if (!needsStored) this.#live.forget(slot)
    if (!needsHop) handle.hop = undefined
    if (!needsRequest) this.#finish(handle)
  }

  #end(slot: number): void {
    const handle = this.#live.slots.handle(slot)
    if (!this.#live.slots.has(slot, SILENT)) this.#outputs.push({ kind: 'terminated', transaction: this.#handle(slot) })
    this.#finish(handle)
    this.#live.close(slot)
  }

  #finish(handle: Handle): void {
    this.#finished[this.#finishedCount++] = handle
  }

  /** What every call has first: the others are found by number, in functions that the compiler cannot see through. */
  #perform(now: Millis, slot: number, effect: number, { facts }: Cell, input: Input): void {
    const starts = STARTS[effect]!
    if (starts >= 0) this.#startUnlessReliable(now, slot, starts)
    else if (effect === SEND) this.#send(slot, input.bytes!, facts)
    else if (effect === STOP_100) this.#live.wakes.stop(2 * slot)
    else if (effect === PASS_ACK) this.#outputs.push({ kind: 'unmatched', message: input.message!, from: input.from! })
    else if (!this.#tell(slot, effect, input)) this.#effects[effect]!(now, slot, input, facts)
  }

  #startUnlessReliable(now: Millis, slot: number, timer: number): void {
    if (((RESENDING_BITS >> timer) & 1) === 1 && this.#live.slots.has(slot, RELIABLE)) return
    this.start(now, slot, timer)
  }

  /** False when the effect is something else than a word to the user. */
  #tell(slot: number, effect: number, { message }: Input): boolean {
    if (effect !== TELL && effect !== TELL_TIMEOUT && effect !== TELL_TRANSPORT && effect !== TELL_CANCELLED) return false
    if (this.#live.slots.has(slot, SILENT)) return true
    const transaction = this.#handle(slot)
    if (effect === TELL_TIMEOUT) this.#outputs.push({ kind: 'failed', transaction, cause: 'timeout' })
    else if (effect === TELL_TRANSPORT) this.#outputs.push({ kind: 'failed', transaction, cause: 'transport' })
    else if (effect === TELL_CANCELLED)
      this.#outputs.push({ kind: 'cancelled', transaction: transaction as ServerTransaction, cancel: message as SipRequest })
    else if (message?.kind === 'response')
      this.#outputs.push({ kind: 'response', transaction: transaction as ClientTransaction, response: message })
    return true
  }

  readonly #effects: readonly ((now: Millis, slot: number, input: Input, facts: StateFacts) => void)[] = effectList({
    'send 100': (_, slot, _input, facts) => this.#send(slot, tryingFor(this.#live.slots.handle(slot).request).toBytes(), facts),
    resend: (_, slot, { from }) => this.#resend(slot, from),
    forget: (_, slot) => this.#live.forget(slot),
    ack: (_, slot, { message }) => this.#ack(slot, message),
    cancel: (now, slot, { reason }) => this.#cancel(now, slot, reason),
    'hold cancel': (_, slot, { reason }) => this.#holdCancel(slot, reason),
    'release cancel': (now, slot) => this.#releaseCancel(now, slot),
    'double A': (now, slot) => this.start(now, slot, TIMER_A, this.#doubled(slot)),
    'double E': (now, slot) => this.start(now, slot, TIMER_E, Math.min(this.#doubled(slot), this.#base.t2)),
    'double G': (now, slot) => this.start(now, slot, TIMER_G, Math.min(this.#doubled(slot), this.#base.t2)),
    'E at T2': (now, slot) => this.start(now, slot, TIMER_E, this.#base.t2),
  })

  #send(slot: number, bytes: Uint8Array, { needsStored }: StateFacts): void {
    if (needsStored) this.#live.keep(slot, bytes)
    this.#transmit(slot, bytes, this.#live.slots.handle(slot).hop)
  }

  #resend(slot: number, from: Hop | undefined): void {
    const bytes = this.#live.lastSent(slot)
    if (bytes !== undefined) this.#transmit(slot, bytes, from ?? this.#live.slots.handle(slot).hop)
  }

  /** The first response of its kind makes the ACK, every further one sends it again. */
  #ack(slot: number, message: SipRequest | SipResponse | undefined): void {
    const { slots } = this.#live
    if (slots.stored(slot) !== 0) {
      this.#resend(slot, undefined)
      return
    }
    if (message?.kind !== 'response') return
    const bytes = ackFor(slots.handle(slot).request, message).toBytes()
    this.#live.keep(slot, bytes)
    this.#transmit(slot, bytes, slots.handle(slot).hop)
  }

  #holdCancel(slot: number, reason: string | undefined): void {
    this.#live.slots.set(slot, CANCEL_HELD)
    if (reason !== undefined) this.#live.heldReasons.set(slot, reason)
  }

  #releaseCancel(now: Millis, slot: number): void {
    if (!this.#live.slots.has(slot, CANCEL_HELD)) return
    this.#cancel(now, slot, this.#live.heldReasons.get(slot))
    this.#live.heldReasons.delete(slot)
  }

  /** The CANCEL is a transaction of its own on the same hop and branch, whose user is the layer. RFC 3261 §9.1. */
  #cancel(now: Millis, invite: number, reason: string | undefined): void {
    const { slots } = this.#live
    if (slots.has(invite, CANCEL_SENT)) return
    slots.set(invite, CANCEL_SENT)
    this.start(now, invite, CANCEL_UNANSWERED)
    const { request } = slots.handle(invite)
    this.#live.findClient(request.headers.get(Via)?.branch ?? '', 'CANCEL')
    this.begin(now, NON_INVITE_CLIENT, SILENT, slots.handle(invite).hop!, cancelFor(request, reason).toBytes())
  }

  #doubled(slot: number): Millis {
    return this.#live.slots.interval(slot) * 2
  }

  #duration(slot: number, timer: number): Millis {
    return this.#durations[this.#live.slots.has(slot, RELIABLE) ? 1 : 0][timer]!
  }

  #handle(slot: number): ClientTransaction | ServerTransaction {
    return this.#live.slots.handle(slot) as Handle & (ClientTransaction | ServerTransaction)
  }
}

function effectList<F>(byName: Readonly<Record<string, F>>): F[] {
  const list: F[] = []
  for (const [name, number] of Object.entries(EFFECT)) list[number] = byName[name]!
  return list
}

/** Waits that only have to be long enough end together, so that a sleeping process wakes for many at once: never early, at most this late. */
const SHARED_MS = 10
const SHARING_BITS = (['timer D', 'timer I', 'timer J', 'timer K', 'timer L', 'timer M'] as const).reduce(
  (bits, name) => bits | (1 << TIMER_NAMES.indexOf(name)),
  0,
)

const timer = (name: TimerName): number => TIMER_NAMES.indexOf(name)
/** Numbers of the timers that are named here. */
export const TIMER_100: number = timer('timer 100')
const TIMER_A = timer('timer A')
const TIMER_B = timer('timer B')
const TIMER_E = timer('timer E')
const TIMER_F = timer('timer F')
const TIMER_G = timer('timer G')
const CANCEL_UNANSWERED = timer('cancel unanswered')
const GIVE_UP = timer('give up')
const SEND = EFFECT.send
const STOP_100 = EFFECT['stop 100']
const PASS_ACK = EFFECT['pass ACK']
const TELL = EFFECT['tell user']
const TELL_TIMEOUT = EFFECT['tell user: timeout']
const TELL_TRANSPORT = EFFECT['tell user: transport']
const TELL_CANCELLED = EFFECT['tell user: cancelled']
