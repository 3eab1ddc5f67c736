/** Sockets and the loop that drives a transaction layer: receive, drain, flush, sleep. RFC 3261 §18. */
import { randomBytes } from 'node:crypto'
import '@strowger/sip-parser/node'
import type { Batch } from '@strowger/dgram-ext'
import { type Limits, type Malformed, PARSE_ERRORS, type Parsed, parse, responseTo } from '@strowger/sip-parser'
import {
  type Address,
  type ClientTransaction,
  type Hop,
  type Millis,
  type Output,
  type ServerTransaction,
  TransactionLayer,
  type TransactionOptions,
} from '@strowger/sip-transaction'
import { nodeTagOf, nodeToken } from '@strowger/sip-transaction/node'
import type { Connection } from './connection.ts'
import { type ConnectionLimits, Connections } from './connections.ts'
import { Counters, isResponse, type TrafficCount, type TransportEvent } from './counters.ts'
import type { Flow, ReceivedHop } from './flow.ts'
import { localAddressFor } from './local-address.ts'
import { RecentSends } from './recent-sends.ts'
import { stampVia } from './top-via.ts'
import { systemError, TransportError } from './transport-error.ts'
import { UdpFlow, type UdpFlowOptions } from './udp-flow.ts'
import { WakeTimer } from './wake-timer.ts'

/** Where the messages go: a proxy, a B2BUA. */
export interface Core {
  /** Everything the layer puts out, but for `transmit`, which the endpoint does itself. */
  onOutput(output: CoreOutput, now: Millis): void
  /** A connection is gone; a UDP socket never is. */
  onFlowClosed?(flow: Flow, now: Millis): void
}

export type CoreOutput = Exclude<Output, { kind: 'transmit' }>

export interface ListenAddress {
  readonly transport: 'UDP' | 'TCP'
  /** Numeric. `0.0.0.0` and `::` are all of one family. */
  readonly address: string
  /** Default 0: any free one, see `localFor`. */
  readonly port?: number
}

export interface EndpointOptions {
  readonly listen: readonly [ListenAddress, ...ListenAddress[]]
  /** Or a function that makes it, called before the first message can come. */
  readonly core: Core | ((endpoint: SipEndpoint) => Core)
  /** RFC 3261 Table 4, ms. */
  readonly timers?: TransactionOptions['timers']
  /** Passed on to the transaction layer. */
  readonly layer?: Omit<TransactionOptions, 'token' | 'tagOf' | 'timers'>
  readonly limits?: Limits & ConnectionLimits
  /** UDP socket options: SO_REUSEPORT, sharing wake-ups, which implementation. */
  readonly udp?: Omit<UdpFlowOptions, 'address' | 'port'>
  readonly tap?: (event: TapEvent) => void
  /** What the core throws. Default: an uncaught exception of the process; the endpoint goes on either way. */
  readonly onFault?: (error: unknown) => void
  /** Monotonic ms. Default `performance.now`. */
  readonly clock?: () => Millis
}

/** A message as it is on the wire. `bytes` is valid only during the call. */
export interface TapEvent {
  readonly direction: 'in' | 'out'
  readonly bytes: Uint8Array
  readonly hop: Hop
  readonly time: Millis
}

type Transaction = ClientTransaction | ServerTransaction

/**
 * A core that acts outside of `onOutput` (a timer, an answer of the media relay) calls `drain` when it is done.
 */
export class SipEndpoint {
  /** For the core: `accept`, `send`, `respond`, `cancel`, … */
  readonly layer: TransactionLayer
  readonly #core: Core
  readonly #options: EndpointOptions
  readonly #clock: () => Millis
  readonly #udp: UdpFlow[] = []
  readonly #tcp: Connections
  readonly #tcpLocals: Address[] = []
  readonly #counters = new Counters()
  readonly #recent = new RecentSends()
  readonly #timer: WakeTimer
  #flows = 0
  #draining = false
  #closed = false

  /** @throws {TransportError} with the errno name as `code`, `EADDRINUSE`. */
  static async open(options: EndpointOptions): Promise<SipEndpoint> {
    const endpoint = new SipEndpoint(options)
    try {
      for (const listen of options.listen) await endpoint.#listen(listen)
    } catch (error) {
      await endpoint.close()
      throw error
    }
    return endpoint
  }

  private constructor(options: EndpointOptions) {
    this.#options = options
    this.#clock = options.clock ?? (() => performance.now())
    this.#timer = new WakeTimer(this.#clock, () => this.#wake())
    this.layer = new TransactionLayer({
      ...options.layer,
      ...(options.timers === undefined ? {} : { timers: options.timers }),
      token: nodeToken,
      tagOf: nodeTagOf(randomBytes(32)),
    })
    this.#tcp = new Connections({
      limits: options.limits ?? {},
      clock: this.#clock,
      newId: () => ++this.#flows,
      message: (connection, parsed) => this.#onStreamMessage(connection, parsed),
      keepAlive: () => this.#counters.event('keep-alive'),
      batchEnd: () => this.#flush(),
      closed: connection => this.#onClosed(connection),
      count: event => this.#counters.event(event),
    })
    this.#core = typeof options.core === 'function' ? options.core(this) : options.core
  }

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
    const locals = transport === 'UDP' ? this.#udp.map(flow => flow.local) : transport === 'TCP' ? this.#tcpLocals : []
    const local = localAddressFor(locals, remote)
    if (local === undefined) throw new TransportError('no-target', `we do not listen on ${transport}`)
    return local
  }

  flowOf(id: number): Flow | undefined {
    return this.#tcp.get(id) ?? this.#udp.find(flow => flow.id === id)
  }

  /** Closes a connection once what is written has left. UDP flows stay. */
  closeFlow(id: number): void {
    this.#tcp.get(id)?.close('in order')
  }

  counts(): {
    readonly transactions: { readonly client: number; readonly server: number }
    readonly timers: number
    readonly flows: number
  } {
    const { client, server, timers } = this.layer.counts()
    return { transactions: { client, server }, timers, flows: this.#udp.length + this.#tcp.size }
  }

  traffic(): readonly TrafficCount[] {
    return this.#counters.traffic()
  }

  /** `kernel-dropped`: datagrams lost because our receive buffer was full. */
  events(): Readonly<Partial<Record<TransportEvent | 'kernel-dropped', number>>> {
    return { ...this.#counters.events(), 'kernel-dropped': this.#udp.reduce((sum, flow) => sum + flow.socket.dropped, 0) }
  }

  /** Sends what is waiting, then closes everything. Transactions are dropped: whoever wants them to end waits for `counts` first. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.drain()
    this.#closed = true
    this.#timer.stop()
    for (const flow of this.#udp) flow.socket.close()
    await this.#tcp.close()
  }

  async #listen({ transport, address, port = 0 }: ListenAddress): Promise<void> {
    if (transport === 'TCP') {
      this.#tcpLocals.push(await this.#tcp.listen({ address, port }))
      return
    }
    try {
      const flow = new UdpFlow(++this.#flows, { ...this.#options.udp, address, port }, (batch, from) => this.#onBatch(batch, from))
      flow.socket.onError((peer, code) => this.#onIcmp(peer, code))
      this.#udp.push(flow)
    } catch (cause) {
      throw systemError(cause, `listen on udp:${address}:${port}`)
    }
  }

  // In.

  #onBatch(batch: Batch, flow: UdpFlow): void {
    const now = this.#clock()
    for (let i = 0; i < batch.length && !this.#closed; i++) this.#guard(() => this.#onDatagram(now, batch, i, flow))
    this.#flush()
  }

  #onDatagram(now: Millis, batch: Batch, i: number, flow: UdpFlow): void {
    const bytes = batch.bytes(i)
    const noise = noiseIn(bytes)
    if (noise !== undefined) {
      this.#counters.event(noise)
      return
    }
    const peer = batch.peer(i)
    const response = isResponse(bytes)
    const stamped = response ? undefined : stampVia(bytes, peer)
    const hop = flow.hopFrom(peer, batch.local(i), stamped?.replyPort ?? peer.port)
    this.#tap('in', bytes, hop, now)
    this.#receive(now, parse(stamped?.bytes ?? Buffer.from(bytes), this.#options.limits), hop)
  }

  #onStreamMessage(connection: Connection, parsed: Parsed): void {
    if (this.#closed) return
    const now = this.#clock()
    const { remote, local, id } = connection
    const hop: ReceivedHop = { transport: 'TCP', remote, local, flow: id }
    this.#guard(() => {
      if (parsed.kind === 'malformed') this.#receive(now, parsed, hop)
      else {
        this.#tap('in', parsed.wire, hop, now)
        if (parsed.kind === 'response') this.#receive(now, parsed, hop)
        else this.#onStreamRequest(now, parsed.wire, hop)
      }
    })
  }

  #onStreamRequest(now: Millis, wire: Uint8Array, hop: ReceivedHop): void {
    const { bytes, sentByPort } = stampVia(wire, hop.remote)
    const reply = { address: hop.remote.address, port: sentByPort }
    this.#receive(now, parse(bytes, this.#options.limits), { ...hop, reply })
  }

  #receive(now: Millis, message: Parsed, hop: ReceivedHop): void {
    if (message.kind === 'malformed') this.#answerMalformed(message, hop)
    else {
      if (message.kind === 'request') this.#counters.request('in', hop.transport, message.method)
      else this.#counters.response('in', hop.transport, message.status)
      this.layer.receive(now, message, hop)
    }
    this.#drain(now)
  }

  /** RFC 3261 §8.2, §18.3: with its status where enough of it can be read, else not at all. */
  #answerMalformed({ code, answerable }: Malformed, hop: ReceivedHop): void {
    if (answerable === undefined || answerable.method === 'ACK') {
      this.#counters.event('malformed-dropped')
      return
    }
    this.#counters.event('malformed-answered')
    const { status, reason } = PARSE_ERRORS[code]
    this.layer.replyStateless({ request: answerable, from: hop }, responseTo(answerable, status, { reason }))
  }

  #onIcmp(peer: Address, code: string): void {
    if (this.#closed) return
    this.#counters.event('icmp-error')
    if (code === 'EMSGSIZE') return
    const now = this.#clock()
    for (const transaction of this.#recent.take(peer)) this.#sendFailed(now, transaction)
    this.drain()
  }

  #onClosed(connection: Connection): void {
    if (this.#closed || this.#core.onFlowClosed === undefined) return
    this.#guard(() => this.#core.onFlowClosed?.(connection, this.#clock()))
    this.drain()
  }

  #wake(): void {
    const now = this.#clock()
    this.layer.wake(now)
    this.#drain(now)
    this.#flush()
  }

  // Out.

  #drain(now: Millis): void {
    if (this.#draining || this.#closed) return
    this.#draining = true
    try {
      for (let output = this.layer.poll(); output !== undefined; output = this.layer.poll()) this.#perform(output, now)
    } finally {
      this.#draining = false
    }
  }

  #perform(output: Output, now: Millis): void {
    if (output.kind === 'transmit') this.#transmit(output, now)
    else this.#guard(() => this.#core.onOutput(output, now))
  }

  #transmit({ hop, bytes, transaction }: Extract<Output, { kind: 'transmit' }>, now: Millis): void {
    this.#tap('out', bytes, hop, now)
    this.#counters.sent(hop.transport, bytes)
    const sent = hop.transport === 'UDP' ? this.#sendDatagram(hop, bytes, transaction) : this.#sendStream(hop, bytes, transaction)
    if (!sent) this.#sendFailed(now, transaction)
  }

  #sendDatagram(hop: ReceivedHop | Hop, bytes: Uint8Array, transaction: Transaction | undefined): boolean {
    const flow = this.#udpFlowFor(hop)
    if (flow === undefined) return false
    const peer = isResponse(bytes) ? replyOf(hop) : hop.remote
    if (!flow.socket.send(bytes, peer, hop.local)) this.#counters.event('queue-full')
    if (transaction !== undefined) this.#recent.note(peer, transaction)
    return true
  }

  /** The flow it came by, or our socket at `hop.local`, or any of the same family. */
  #udpFlowFor(hop: Hop): UdpFlow | undefined {
    if (hop.flow !== undefined) return this.#udp.find(flow => flow.id === hop.flow)
    const family = hop.remote.address.includes(':')
    const fitting = this.#udp.filter(flow => flow.local.address.includes(':') === family)
    return fitting.find(flow => flow.local.port === hop.local.port) ?? fitting[0]
  }

  /**
   * A request that names a flow fails with it (RFC 5626 §5.3); a response whose connection is gone opens a new one to the sent-by
   * (RFC 3261 §18.2.2).
   */
  #sendStream(hop: Hop, bytes: Uint8Array, transaction: Transaction | undefined): boolean {
    if (hop.transport !== 'TCP') return false
    let connection = hop.flow === undefined ? undefined : this.#tcp.get(hop.flow)
    if (connection?.open !== true) {
      const response = isResponse(bytes)
      if (hop.flow !== undefined && !response) return false
      connection = this.#tcp.to(response ? replyOf(hop) : hop.remote, hop.local)
    }
    const failed = transaction && (() => this.#onWriteFailed(transaction))
    return this.#tcp.send(connection, bytes, failed)
  }

  #onWriteFailed(transaction: Transaction): void {
    if (this.#closed) return
    this.#sendFailed(this.#clock(), transaction)
    this.drain()
  }

  #sendFailed(now: Millis, transaction: Transaction | undefined): void {
    this.#counters.event('send-failed')
    if (transaction !== undefined) this.layer.sendFailed(now, transaction)
  }

  #flush(): void {
    if (this.#draining || this.#closed) return
    for (const flow of this.#udp) flow.socket.flush()
    this.#tcp.flush()
    this.#timer.set(this.layer.nextWake)
  }

  #tap(direction: 'in' | 'out', bytes: Uint8Array, hop: Hop, time: Millis): void {
    this.#options.tap?.({ direction, bytes, hop, time })
  }

  /** A bug in the core for one message must not take the others with it. */
  #guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.#counters.event('core-error')
      if (this.#options.onFault !== undefined) this.#options.onFault(error)
      else
        queueMicrotask(() => {
          throw error
        })
    }
  }
}

function replyOf(hop: ReceivedHop | Hop): Address {
  return ('reply' in hop ? hop.reply : undefined) ?? hop.remote
}

/** Keep-alives are empty or white space (RFC 5626 §3.5.1, also seen as NULs); a message starts with a letter or another token character. */
function noiseIn(bytes: Uint8Array): 'keep-alive' | 'noise' | undefined {
  const first = bytes[0]
  if (first === undefined) return 'keep-alive'
  if (first > 0x20 && first < 0x7f) return undefined
  return bytes.every(byte => byte === 0 || byte === 13 || byte === 10 || byte === 0x20) ? 'keep-alive' : 'noise'
}
