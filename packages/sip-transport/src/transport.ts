/** The sockets of an endpoint: bytes in become messages with the hop they came by, bytes out find their socket. RFC 3261 §18. */
import { Buffer } from 'node:buffer'
import type { Batch } from '@strowger/dgram-ext'
import { type Limits, type Parsed, parse } from '@strowger/sip-parser'
import type { Address, Hop, Millis, Transaction } from '@strowger/sip-transaction'
import type { Connection } from './connection.ts'
import { type ConnectionLimits, Connections } from './connections.ts'
import { type Counters, isResponse } from './counters.ts'
import type { Flow, ReceivedHop } from './flow.ts'
import { localAddressFor } from './local-address.ts'
import { RecentSends } from './recent-sends.ts'
import { stampVia } from './top-via.ts'
import { systemError, TransportError } from './transport-error.ts'
import { UdpFlow, type UdpFlowOptions } from './udp-flow.ts'

export interface ListenAddress {
  readonly transport: 'UDP' | 'TCP'
  /** Numeric. `0.0.0.0` and `::` are all of one family. */
  readonly address: string
  /** Default 0: any free one, see `localFor`. */
  readonly port?: number
}

/** A message as it is on the wire. `bytes` is valid only during the call. */
export interface TapEvent {
  readonly direction: 'in' | 'out'
  readonly bytes: Uint8Array
  readonly hop: Hop
  readonly time: Millis
}

export interface TransportOptions {
  readonly limits: Limits & ConnectionLimits
  readonly udp: Omit<UdpFlowOptions, 'address' | 'port'>
  readonly tap: ((event: TapEvent) => void) | undefined
  readonly clock: () => Millis
  readonly counters: Counters
  /** `received` and `rport` are written already. The bytes are the message's own. */
  message(now: Millis, parsed: Parsed, hop: ReceivedHop): void
  /** All messages of one read have been given. */
  batchEnd(): void
  /** What these sent did not arrive. */
  failed(transactions: readonly Transaction[]): void
  closed(flow: Flow): void
  /** Something of ours threw. */
  fault(error: unknown): void
}

export class Transport {
  readonly #options: TransportOptions
  readonly #udp: UdpFlow[] = []
  readonly #tcp: Connections
  readonly #tcpLocals: Address[] = []
  readonly #recent = new RecentSends()
  #flows = 0
  #closed = false

  constructor(options: TransportOptions) {
    this.#options = options
    this.#tcp = new Connections({
      limits: options.limits,
      clock: options.clock,
      newId: () => ++this.#flows,
      message: (connection, parsed) => this.#onStreamMessage(connection, parsed),
      keepAlive: () => options.counters.event('keep-alive'),
      batchEnd: () => options.batchEnd(),
      closed: connection => this.#closed || options.closed(connection),
      count: event => options.counters.event(event),
    })
  }

  /**
   * Nothing is received before all of them are open and the caller has had its turn.
   * @throws {TransportError} with the errno name as `code`.
   */
  async listen(addresses: readonly ListenAddress[]): Promise<void> {
    for (const { transport, address, port = 0 } of addresses) {
      if (transport === 'TCP') this.#tcpLocals.push(await this.#tcp.listen({ address, port }))
    }
    for (const { transport, address, port = 0 } of addresses) if (transport === 'UDP') this.#bind(address, port)
    this.#tcp.start()
  }

  localFor(transport: Hop['transport'], remote?: Address): Address {
    const locals = transport === 'UDP' ? this.#udp.map(flow => flow.local) : transport === 'TCP' ? this.#tcpLocals : []
    const local = localAddressFor(locals, remote)
    if (local === undefined) throw new TransportError('no-target', `we do not listen on ${transport}`)
    return local
  }

  listensOn(transport: Hop['transport']): boolean {
    return (transport === 'UDP' ? this.#udp : transport === 'TCP' ? this.#tcpLocals : []).length > 0
  }

  flowOf(id: number): Flow | undefined {
    return this.#tcp.get(id) ?? this.#udp.find(flow => flow.id === id)
  }

  closeFlow(id: number): void {
    this.#tcp.get(id)?.close('in order')
  }

  get connections(): number {
    return this.#tcp.size
  }

  /** Datagrams the kernel dropped because our buffer was full. */
  get dropped(): number {
    return this.#udp.reduce((sum, flow) => sum + flow.socket.dropped, 0)
  }

  /** Queues until `flush`. False when there is no way: the transaction has failed (and `failed` is not called). */
  send(now: Millis, hop: ReceivedHop | Hop, bytes: Uint8Array, transaction: Transaction | undefined): boolean {
    const { tap, counters } = this.#options
    tap?.({ direction: 'out', bytes, hop, time: now })
    counters.sent(hop.transport, bytes)
    const peer = isResponse(bytes) ? replyOf(hop) : hop.remote
    if (hop.transport === 'UDP') return this.#sendDatagram(hop, peer, bytes, transaction)
    return hop.transport === 'TCP' && this.#sendStream(hop, peer, bytes, transaction)
  }

  flush(): void {
    for (const flow of this.#udp) flow.socket.flush()
    this.#tcp.flush()
  }

  /** What is queued leaves first. */
  async close(): Promise<void> {
    this.#closed = true
    for (const flow of this.#udp) flow.socket.close()
    await this.#tcp.close()
  }

  #bind(address: string, port: number): void {
    try {
      const flow = new UdpFlow(++this.#flows, { ...this.#options.udp, address, port }, (batch, from) => this.#onBatch(batch, from))
      flow.socket.onError((peer, code) => this.#onUdpError(peer, code))
      this.#udp.push(flow)
    } catch (cause) {
      throw systemError(cause, `listen on udp:${address}:${port}`)
    }
  }

  // In.

  #onBatch(batch: Batch, flow: UdpFlow): void {
    const now = this.#options.clock()
    for (let i = 0; i < batch.length && !this.#closed; i++) {
      try {
        this.#onDatagram(now, batch, i, flow)
      } catch (error) {
        this.#options.fault(error)
      }
    }
    this.#options.batchEnd()
  }

  #onDatagram(now: Millis, batch: Batch, i: number, flow: UdpFlow): void {
    const bytes = batch.bytes(i)
    const noise = noiseIn(bytes)
    if (noise !== undefined) {
      this.#options.counters.event(noise)
      return
    }
    const peer = batch.peer(i)
    const stamped = isResponse(bytes) ? undefined : stampVia(bytes, peer)
    const hop = flow.hopFrom(peer, batch.local(i), stamped?.replyPort ?? peer.port)
    this.#options.tap?.({ direction: 'in', bytes, hop, time: now })
    this.#options.message(now, parse(stamped?.bytes ?? Buffer.from(bytes), this.#options.limits), hop)
  }

  #onStreamMessage(connection: Connection, parsed: Parsed): void {
    if (this.#closed) return
    const { clock, tap, message, fault } = this.#options
    const now = clock()
    const { remote, local, id } = connection
    const hop: ReceivedHop = { transport: 'TCP', remote, local, flow: id }
    try {
      if (parsed.kind !== 'malformed') tap?.({ direction: 'in', bytes: parsed.wire, hop, time: now })
      if (parsed.kind === 'request') this.#onStreamRequest(now, parsed.wire, hop)
      else message(now, parsed, hop)
    } catch (error) {
      fault(error)
    }
  }

  #onStreamRequest(now: Millis, wire: Uint8Array, hop: ReceivedHop): void {
    const { bytes, sentByPort } = stampVia(wire, hop.remote)
    const reply = { address: hop.remote.address, port: sentByPort }
    this.#options.message(now, parse(bytes, this.#options.limits), { ...hop, reply })
  }

  /** ICMP says that a peer is not there. A datagram that was too large for the path is only lost: the next try leaves in fragments. */
  #onUdpError(peer: Address, code: string): void {
    if (this.#closed) return
    this.#options.counters.event('icmp-error')
    if (code !== 'EMSGSIZE') this.#options.failed(this.#recent.take(peer))
  }

  // Out.

  #sendDatagram(hop: Hop, peer: Address, bytes: Uint8Array, transaction: Transaction | undefined): boolean {
    const flow = this.#udpFlowFor(hop)
    if (flow === undefined) return false
    if (!flow.socket.send(bytes, peer, hop.local)) this.#options.counters.event('queue-full')
    if (transaction !== undefined) this.#recent.note(peer, transaction)
    return true
  }

  /** The flow it came by, or our socket at `hop.local`, or any of the same family. */
  #udpFlowFor(hop: Hop): UdpFlow | undefined {
    if (hop.flow !== undefined) return this.#udp.find(flow => flow.id === hop.flow)
    const version6 = hop.remote.address.includes(':')
    let fitting: UdpFlow | undefined
    for (const flow of this.#udp) {
      if (flow.local.address.includes(':') !== version6) continue
      if (flow.local.port === hop.local.port) return flow
      fitting ??= flow
    }
    return fitting
  }

  /**
   * A request that names a flow fails with it (RFC 5626 §5.3); a response whose connection is gone opens a new one to the sent-by
   * (RFC 3261 §18.2.2).
   */
  #sendStream(hop: Hop, peer: Address, bytes: Uint8Array, transaction: Transaction | undefined): boolean {
    let connection = hop.flow === undefined ? undefined : this.#tcp.get(hop.flow)
    if (connection?.open !== true) {
      if (hop.flow !== undefined && !isResponse(bytes)) return false
      connection = this.#tcp.to(peer, hop.local)
    }
    return this.#tcp.send(connection, bytes, transaction && (() => this.#onWriteFailed(transaction)))
  }

  #onWriteFailed(transaction: Transaction): void {
    if (!this.#closed) this.#options.failed([transaction])
  }
}

/**
 * Where an answer goes. Deviation: `maddr` of the Via is not followed (RFC 3261 §18.2.2), it would let a stranger aim our answers at
 * anybody; they go to where the request came from.
 */
function replyOf(hop: ReceivedHop | Hop): Address {
  return ('reply' in hop ? hop.reply : undefined) ?? hop.remote
}

/** Keep-alives are empty or white space (RFC 5626 §3.5.1), or NULs with some phones; a message starts with a visible character. */
function noiseIn(bytes: Uint8Array): 'keep-alive' | 'noise' | undefined {
  const first = bytes[0]
  if (first === undefined) return 'keep-alive'
  if (first > 0x20 && first < 0x7f) return undefined
  return bytes.every(byte => byte === 0 || byte === 13 || byte === 10 || byte === 0x20) ? 'keep-alive' : 'noise'
}
