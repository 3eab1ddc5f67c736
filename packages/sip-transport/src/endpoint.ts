/** The loop that drives a transaction layer over real sockets: receive, drain, flush, sleep. RFC 3261 §17, §18. */
import '@strowger/sip-parser/node'
import {
  CallId,
  type Limits,
  type Malformed,
  PARSE_ERRORS,
  type Parsed,
  parse,
  responseTo,
  type SipRequest,
  type SipResponse,
} from '@strowger/sip-parser'
import type { Address, Hop, Millis, Output, Transaction, TransactionLayer } from '@strowger/sip-transaction'
import { Counters, type TrafficCount, type TransportEvent } from './counters.ts'
import { type Core, type EndpointOptions, layerFor } from './endpoint-options.ts'
import type { Flow, ReceivedHop } from './flow.ts'
import type { ListenAddress } from './listen-address.ts'
import { Taps } from './tap/taps.ts'
import type { Latencies, TimedLayer } from './tap/timed-layer.ts'
import type { Certificates } from './tls-options.ts'
import { Transport } from './transport.ts'
import type { TransportError } from './transport-error.ts'
import { WakeTimer } from './wake-timer.ts'
import { Colleagues, type CrossingCounts } from './workers/colleagues.ts'
import type { Passed } from './workers/ownership.ts'
import type { WorkerSeat } from './workers/protocol.ts'

export type { Core, CoreOutput, EndpointOptions } from './endpoint-options.ts'

/** What is alive now. */
export interface EndpointCounts {
  /** By the side we are on. RFC 3261 §17. */
  readonly transactions: { readonly client: number; readonly server: number }
  /** Of transactions. */
  readonly timers: number
  /** Connections, either way. */
  readonly flows: number
}

/**
 * A core that acts outside of `onOutput` (a timer, an answer of the media relay) calls `drain` when it is done.
 */
export class SipEndpoint {
  /** For the core: `accept`, `send`, `respond`, `cancel`, … */
  readonly layer: TransactionLayer
  /** Who looks on at the messages: nobody, until somebody is added. */
  readonly taps: Taps
  readonly #timed: TimedLayer
  readonly #core: Core
  readonly #onFault: ((error: unknown) => void) | undefined
  readonly #clock: () => Millis
  readonly #transport: Transport
  readonly #counters = new Counters()
  readonly #timer: WakeTimer
  readonly #limits: Limits
  readonly #colleagues: Colleagues | undefined
  #draining = false
  #closed = false

  /** @throws {TransportError} with the errno name as `code`, `EADDRINUSE`; `bad-certificate`. */
  static async open(options: EndpointOptions): Promise<SipEndpoint> {
    const endpoint = new SipEndpoint(options)
    try {
      await endpoint.#transport.listen(options.listen)
    } catch (error) {
      await endpoint.close()
      throw error
    }
    return endpoint
  }

  private constructor(options: EndpointOptions) {
    this.#onFault = options.onFault
    this.#clock = options.clock ?? (() => performance.now())
    this.#timer = new WakeTimer(this.#clock, () => this.#wake())
    this.#timed = layerFor(options, this.#clock)
    this.layer = this.#timed
    this.taps = options.taps ?? new Taps()
    if (options.tap !== undefined) this.taps.add(options.tap)
    this.#limits = options.limits ?? {}
    this.#colleagues = options.worker && this.#join(options.worker)
    this.#transport = new Transport({
      limits: options.limits ?? {},
      udp: this.#colleagues === undefined ? (options.udp ?? {}) : { ...options.udp, reusePort: true },
      colleagues: this.#colleagues,
      tls: options.tls,
      webSocket: options.webSocket ?? {},
      taps: this.taps,
      clock: this.#clock,
      counters: this.#counters,
      t1: options.timers?.t1 ?? T1,
      message: (now, parsed, hop) => this.#receive(now, parsed, hop),
      batchEnd: () => this.#flush(),
      failed: transactions => this.#onFailed(transactions),
      closed: (flow, error) => this.#onFlowClosed(flow, error),
      fault: error => this.#fault(error),
    })
    this.#core = typeof options.core === 'function' ? options.core(this) : options.core
  }

  /** Its clock, for verbs of the layer. */
  now(): Millis {
    return this.#clock()
  }

  /** Does what the layer wants done, then sleeps until its next wake. Inside of `onOutput` it does nothing: that loop goes on anyway. */
  drain(): void {
    this.#drain(this.#clock())
    this.#flush()
  }

  /**
   * Our address towards `remote`, for `Hop.local`: where we listen on this transport. On a wildcard socket, the address of an interface.
   * @throws {TransportError} `no-target` when we do not listen on the transport.
   */
  localFor(transport: Hop['transport'], remote?: Address): Address {
    return this.#transport.localFor(transport, remote)
  }

  /** Our end of each socket of a transport, in the order of `listen`, with the ports that were given; a wildcard stays one. */
  localsOf(transport: Hop['transport']): readonly Address[] {
    return this.#transport.localsOf(transport)
  }

  /** Whether we can send by this transport. */
  listensOn(transport: Hop['transport']): boolean {
    return this.#transport.listensOn(transport)
  }

  /** Why the last connection that way did not come about, or did not last, and what to do: a certificate for another domain, nobody there. */
  failureOn(hop: Hop): TransportError | undefined {
    return this.#transport.failure(hop)
  }

  /** `undefined` when the connection is gone. */
  flowOf(id: number): Flow | undefined {
    return this.#transport.flowOf(id)
  }

  /**
   * Asks the far end of the connection to a hop whether it is there, as who keeps a registered flow alive does every `keepAliveMs`:
   * CRLFCRLF on a stream, a ping on a WebSocket. Without a pong within 10 s a stream is closed (a WebSocket: `pingMs`), and
   * `onFlowClosed` says so. Nothing leaves while a ping is unanswered. Over UDP a CRLFCRLF that nobody answers keeps a NAT's binding. False when
   * no connection is open. RFC 5626 §4.4.1.
   */
  ping(hop: Hop): boolean {
    return this.#transport.ping(hop)
  }

  /**
   * Asks by STUN, over UDP, whether the far end of a hop is there: resolves to our address as it sees it. `undefined` when it refuses or has not
   * answered within 39.5 s: the flow has failed, if it ever answered. RFC 5626 §4.4.2, RFC 8489 §6.2.1.
   */
  probe(hop: Hop): Promise<Address | undefined> {
    return this.#transport.probe(hop)
  }

  /** Closes a connection once what is written has left. UDP flows stay. */
  closeFlow(id: number): void {
    this.#transport.closeFlow(id)
  }

  /**
   * Shows other certificates from now on; connections go on.
   * @throws {TransportError} `bad-certificate`; then nothing has changed.
   */
  setCertificates(certificates: Certificates): void {
    this.#transport.setCertificates(certificates)
  }

  /**
   * Listens in one more place, while everything goes on. Resolves to where, with the port that was given.
   * @throws {TransportError} with the errno name as `code`, `bad-certificate`; then nothing has changed.
   */
  addListener(address: ListenAddress): Promise<Address> {
    return this.#transport.addListener(address)
  }

  /**
   * Takes nothing new at `at`, one of {@link localsOf}; what goes on there is not disturbed. Connections end as they would have. A UDP socket still
   * takes what belongs to a dialog or to a transaction that is alive, and what the core's `takesLate` says, until it has been without that for
   * `idleMs`, for a day at most; another that comes is dropped and counted (`listener-removed`). False when we do not listen there.
   */
  removeListener(transport: Hop['transport'], at: Address): boolean {
    return this.#transport.removeListener(transport, at)
  }

  /** For metrics, and to watch what still runs before `close`. */
  counts(): EndpointCounts {
    const { client, server, timers } = this.layer.counts()
    return { transactions: { client, server }, timers, flows: this.#transport.connections }
  }

  /**
   * For how long the kernel's queue of datagrams has not been empty, ms: so long what comes now may have waited. 0 where the socket gives
   * one datagram at a time (`node:dgram`), and for streams, whose senders wait.
   */
  get queueMs(): number {
    return this.#transport.queueMs
  }

  /** Messages since the start. */
  traffic(): readonly TrafficCount[] {
    return this.#counters.traffic()
  }

  /** `kernel-dropped`: datagrams lost because our receive buffer was full. */
  events(): Readonly<Partial<Record<TransportEvent | 'kernel-dropped', number>>> {
    const { dropped } = this.taps
    return { ...this.#counters.events(), ...(dropped > 0 && { 'tap-dropped': dropped }), 'kernel-dropped': this.#transport.dropped }
  }

  /** Messages that went to another worker and by another worker's connections, since the start. */
  crossings(): CrossingCounts {
    return this.#colleagues?.counts ?? NO_CROSSINGS
  }

  /** Tells the cores of the other workers something that can be posted; they hear it by `onNews`. */
  tellOthers(news: unknown): void {
    this.#colleagues?.tell(news)
  }

  /** Whether a call that begins now with this Call-ID is ours; always, without other workers. */
  takesNew(callId: string): boolean {
    return this.#colleagues?.takesNew(callId) ?? true
  }

  /** How long answers took, ours and those of next hops, since the start. */
  latencies(): Latencies {
    return this.#timed.latencies
  }

  /** Sends what is waiting, then closes everything. Transactions are dropped: whoever wants them to end watches `counts` first. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.drain()
    this.#closed = true
    this.#timer.stop()
    this.#colleagues?.close()
    await this.#transport.close()
  }

  #receive(now: Millis, message: Parsed, hop: ReceivedHop, passed?: Passed): void {
    this.#timed.turn = now
    if (message.kind === 'malformed') this.#answerMalformed(message, hop)
    else if (!this.#isHandedOver(message, hop, passed) && !this.#isTooLate(message, hop)) {
      if (message.kind === 'request') this.#counters.request('in', hop.transport, message.method)
      else this.#counters.response('in', hop.transport, message.status)
      this.layer.receive(now, message, hop)
    }
    this.#drain(now)
  }

  #isHandedOver(message: SipRequest | SipResponse, hop: ReceivedHop, passed: Passed | undefined): boolean {
    if (this.#colleagues === undefined) return false
    const callId = message.headers.get(CallId)
    return callId !== undefined && this.#colleagues.handOver(callId, message.wire, hop, passed, () => this.layer.matches(message))
  }

  /** Only now do we know that its transaction is ours, or nobody's. RFC 3261 §17.2.3. */
  #isTooLate(message: SipRequest | SipResponse, hop: ReceivedHop): boolean {
    if (!this.#transport.isLate(message, hop) || message.kind === 'response') return false
    const isWanted = this.layer.matches(message) || this.#core.takesLate?.(message, hop) === true
    if (isWanted) this.#transport.keep(hop)
    else this.#counters.event('listener-removed')
    return !isWanted
  }

  #join(seat: WorkerSeat): Colleagues {
    return new Colleagues(seat, {
      message: (bytes, hop, passed) => this.#receive(this.#clock(), parse(bytes, this.#limits), hop, passed),
      send: (hop, bytes, failed) => this.#transport.sendFor(hop, bytes, failed),
      batchEnd: () => this.#flush(),
      failed: transactions => this.#onFailed(transactions),
      unreachable: peer => this.#onFailed(this.#transport.takeUnreachable(peer)),
      closeFlow: flow => this.closeFlow(flow),
      aliases: () => this.#transport.aliases(),
      news: news => this.#core.onNews?.(news, this.#clock()),
      liveCalls: () => this.#core.liveCalls?.() ?? [],
      stopListening: () => this.#transport.stopListening(),
      endConnections: quietMs => this.#transport.endConnections(quietMs),
      fault: error => this.#fault(error),
    })
  }

  /** RFC 3261 §8.2, §18.3: with its status where enough of it can be read, else not at all. */
  #answerMalformed({ code, answerable }: Malformed, hop: ReceivedHop): void {
    if (code === 'too-large') this.#counters.event('message-too-large')
    if (answerable === undefined || answerable.method === 'ACK') {
      this.#counters.event('malformed-dropped')
      return
    }
    this.#counters.event('malformed-answered')
    const { status, reason } = PARSE_ERRORS[code]
    this.layer.replyStateless({ request: answerable, from: hop }, responseTo(answerable, status, { reason }))
  }

  #onFailed(transactions: readonly Transaction[]): void {
    const now = this.#clock()
    for (const transaction of transactions) this.#sendFailed(now, transaction)
    this.drain()
  }

  #onFlowClosed(flow: Flow, error: TransportError | undefined): void {
    if (this.#core.onFlowClosed === undefined) return
    try {
      this.#core.onFlowClosed(flow, this.#clock(), error)
    } catch (fault) {
      this.#fault(fault)
    }
    this.drain()
  }

  #wake(): void {
    const now = this.#clock()
    this.layer.wake(now)
    this.#drain(now)
    this.#flush()
  }

  #drain(now: Millis): void {
    if (this.#draining || this.#closed) return
    this.#draining = true
    try {
      for (let output = this.layer.poll(); output !== undefined; output = this.layer.poll()) this.#perform(output, now)
    } finally {
      this.#draining = false
    }
  }

  /** A bug in the core for one message must not take the others with it. */
  #perform(output: Output, now: Millis): void {
    try {
      if (output.kind === 'response') this.#timed.heard(output.transaction)
      else if (output.kind === 'transmit' && output.transaction?.side === 'server') this.#timed.answered(output.transaction, output.bytes)
      if (output.kind !== 'transmit') this.#core.onOutput(output, now)
      else if (!this.#transport.send(now, output.hop, output.bytes, output.transaction)) this.#sendFailed(now, output.transaction)
    } catch (error) {
      if (output.kind === 'transmit') this.#sendFailed(now, output.transaction)
      this.#fault(error)
    }
  }

  #sendFailed(now: Millis, transaction: Transaction | undefined): void {
    this.#counters.event('send-failed')
    if (transaction !== undefined) this.layer.sendFailed(now, transaction)
  }

  #flush(): void {
    if (this.#draining || this.#closed) return
    this.#transport.flush()
    this.#timer.set(this.layer.nextWake)
  }

  #fault(error: unknown): void {
    this.#counters.event('core-error')
    if (this.#onFault !== undefined) this.#onFault(error)
    else {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

/** RFC 3261 §17.1.1.1, and the RTO of RFC 8489 §6.2.1. */
const T1 = 500
const NO_CROSSINGS: CrossingCounts = { handedOver: 0, sentByOthers: 0, dropped: 0 }
