/** Every client and server transaction of one element. RFC 3261 §17, RFC 6026, RFC 4320. */
import type { MessageEdit, SipRequest, SipResponse } from '@strowger/sip-parser'
import { EVENT } from './compiled.ts'
import type { Hop, Millis } from './hop.ts'
import { Interpreter } from './interpreter.ts'
import { INVITE_CLIENT, NON_INVITE_CLIENT } from './machines.ts'
import { COOKIE, hashClientKey } from './matching.ts'
import type { SendOptions, TransactionOptions } from './options.ts'
import { type Incoming, type Output, OutputQueue, type StatelessReply } from './output.ts'
import type { SavedTransaction } from './saved-transaction.ts'
import { ServerSide } from './server-side.ts'
import { resume, save } from './take-over.ts'
import type { TimerBase } from './timers.ts'
import { TopVia } from './top-via.ts'
import type { ClientTransaction, Handle, ServerTransaction, Transaction } from './transaction.ts'
import { Transactions } from './transactions.ts'

/**
 * One rule: after any call, call `poll` until it returns `undefined`, then sleep until `nextWake`.
 * Nothing here opens a socket, reads a clock or throws on what came from the network.
 */
export class TransactionLayer {
  readonly #options: TransactionOptions
  readonly #outputs: OutputQueue = new OutputQueue()
  private readonly live: Transactions
  readonly #machines: Interpreter
  readonly #server: ServerSide
  readonly #via: TopVia = new TopVia()

  constructor(options: TransactionOptions) {
    const base: TimerBase = { t1: 500, t2: 4000, t4: 5000, ...options.timers }
    for (const [name, ms] of Object.entries(base)) {
      if (!(ms > 0)) throw new TypeError(`timers.${name} is a time longer than 0 ms, not ${ms}`)
    }
    this.#options = options
    this.live = new Transactions(options.token())
    this.#machines = new Interpreter(this.live, this.#outputs, base)
    this.#server = new ServerSide(options, base, this.live, this.#machines, this.#outputs)
  }

  /** A message from the network. `from`: the way back to its sender. */
  receive(now: Millis, message: SipRequest | SipResponse, from: Hop): void {
    if (message.kind === 'request') this.#server.receive(now, message, from)
    else this.#receiveResponse(now, message, from)
  }

  /** The bytes of a `transmit` could not be sent. RFC 3261 §17.1.4, §17.2.4. */
  sendFailed(now: Millis, transaction: Transaction): void {
    const slot = this.#slotOf(transaction)
    if (slot >= 0) this.#machines.step(now, slot, EVENT['send failed']!)
  }

  /** Fires every timer that is due; call it at `nextWake`, never mind how much later. */
  wake(now: Millis): void {
    this.#machines.wake(now)
  }

  /** When to call `wake`; `Infinity` when no timer is running. */
  get nextWake(): Millis {
    return this.live.wakes.next
  }

  /** Remembers a request from here on. The same request accepted again is the same transaction. */
  accept(now: Millis, incoming: Incoming): ServerTransaction {
    return this.#server.accept(now, incoming)
  }

  /** Answers without remembering anything; same request, same To tag. What is only said, not built, is written in one go. RFC 3261 §8.2.7. */
  replyStateless(incoming: Incoming, response: MessageEdit | StatelessReply): void {
    this.#server.replyStateless(incoming, response)
  }

  /** The server transaction that a CANCEL or an ACK is about. RFC 3261 §9.2, §17.2.3. */
  find(request: SipRequest): ServerTransaction | undefined {
    return this.#server.find(request)
  }

  /** Whether a message belongs to a transaction that is alive here: a request that comes again, its CANCEL, its ACK, a response. RFC 3261 §17.1.3, §17.2.3. */
  matches(message: SipRequest | SipResponse): boolean {
    return message.kind === 'request' ? this.find(message) !== undefined : this.live.findResponse(message) >= 0
  }

  /**
   * Sends a request as a new client transaction. Writes the top Via for `hop` with a new branch.
   * For fail-over send the edit again: it does not get the Via itself.
   */
  send(now: Millis, request: MessageEdit, hop: Hop, options: SendOptions = {}): ClientTransaction {
    const { method } = request
    if (method === undefined) throw new TypeError('`send` takes a request; a response goes to `respond`')
    if (method === 'ACK') throw new TypeError('an ACK has no transaction: use `sendStateless` (RFC 3261 §13.2.2.4)')
    if (method === 'CANCEL') throw new TypeError('use `cancel`: a CANCEL shares the branch of its INVITE (RFC 3261 §9.1)')
    const branch = options.branch ?? this.#options.token()
    const bytes = request.toBytes(this.#via.line(hop, branch, options.via?.params))
    if (options.branch === undefined) hashClientKey(this.live.hash, branch, method, 0)
    else if (this.live.findClient(COOKIE + branch, method) >= 0) throw new TypeError(`the branch ${COOKIE + branch} is in use`)
    const machine = method === 'INVITE' ? INVITE_CLIENT : NON_INVITE_CLIENT
    const slot = this.#machines.begin(now, machine, 0, hop, bytes, options.giveUpMs)
    return this.live.slots.handle(slot) as Handle & ClientTransaction
  }

  /** Sends a request that has no transaction: the ACK to a 2xx (RFC 3261 §13.2.2.4), or what a stateless proxy forwards. */
  sendStateless(request: MessageEdit, hop: Hop, options: Omit<SendOptions, 'giveUpMs'> = {}): void {
    const branch = options.branch ?? this.#options.token()
    const bytes = request.toBytes(this.#via.line(hop, branch, options.via?.params))
    this.#outputs.push({ kind: 'transmit', hop, bytes })
  }

  /** Passes on a response that matched nothing, its own Via taken off before, as a stateless proxy does. RFC 3261 §16.7, §16.11. */
  forwardStateless(response: MessageEdit, hop: Hop): void {
    if (response.kind !== 'response') throw new TypeError('`forwardStateless` takes a response; a request goes to `sendStateless`')
    this.#outputs.push({ kind: 'transmit', hop, bytes: response.toBytes() })
  }

  /**
   * Sends a response. A To tag is added where it is missing. False when the state has no use for it any more
   * (a second final response, a 1xx after it, anything after the end, 1xx other than 100 to a non-INVITE): nothing is sent then.
   */
  respond(now: Millis, transaction: ServerTransaction, response: MessageEdit): boolean {
    return this.#server.respond(now, this.#slotOf(transaction), response)
  }

  /** Held until the first 1xx (RFC 3261 §9.1). `reason` goes into the Reason header (RFC 3326). No use after a final response. */
  cancel(now: Millis, transaction: ClientTransaction, options: { readonly reason?: string } = {}): void {
    const slot = this.#slotOf(transaction)
    if (slot >= 0)
      this.#machines.step(now, slot, EVENT.cancel!, { message: undefined, from: undefined, bytes: undefined, reason: options.reason })
  }

  /**
   * A transaction as JSON, to go on in another layer; `undefined` when it is over. It goes on here as well: forget this layer afterwards.
   * Drain before. Of an INVITE, its own CANCEL is saved with it.
   */
  save(now: Millis, transaction: Transaction): SavedTransaction | undefined {
    const slot = this.#slotOf(transaction)
    return slot < 0 ? undefined : save(this.live, now, slot)
  }

  /**
   * Goes on with a transaction of another layer: its timers run for what remained of them, its messages are matched, its user hears of it.
   * `hop`: the way to its peer from here, needed where the peer is reached by a flow (RFC 5626); default as it was, without a flow.
   * When it lives here already, as after a retransmission that came first, that one is returned. Throws a TypeError for what another version saved.
   */
  resume(now: Millis, saved: SavedTransaction, hop: Hop | undefined = saved.hop): Transaction {
    return this.live.slots.handle(resume(this.live, now, saved, hop)) as Handle & Transaction
  }

  /** The next thing to do, until `undefined`. */
  poll(): Output | undefined {
    const output = this.#outputs.take()
    if (output === undefined) this.#machines.releaseFinished()
    return output
  }

  /** What is alive now. Our own CANCELs count as client transactions. */
  counts(): { readonly client: number; readonly server: number; readonly timers: number } {
    return { client: this.live.client, server: this.live.server, timers: this.live.wakes.size }
  }

  #receiveResponse(now: Millis, message: SipResponse, from: Hop): void {
    const slot = this.live.findResponse(message)
    if (slot < 0) {
      this.#outputs.push({ kind: 'unmatched', message, from })
      return
    }
    const invite = this.live.slots.machine(slot) === INVITE_CLIENT
    this.#machines.step(now, slot, responseClass(message.status, invite), { message, from, bytes: undefined, reason: undefined })
  }

  #slotOf(transaction: Transaction): number {
    return this.live.slots.slotOf(transaction as Transaction & Handle)
  }
}

function responseClass(status: number, invite: boolean): number {
  if (status < 200) return PROVISIONAL
  if (!invite) return FINAL
  return status < 300 ? SUCCESS : FAILURE
}

const PROVISIONAL = EVENT['1xx']!
const SUCCESS = EVENT['2xx']!
const FAILURE = EVENT['3xx-6xx']!
const FINAL = EVENT['2xx-6xx']!
