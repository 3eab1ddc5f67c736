/** The sockets of an endpoint: bytes in become messages with the hop they came by, bytes out find their socket. RFC 3261 §18. */
import { Buffer } from 'node:buffer'
import type { Batch } from '@strowger/dgram-ext'
import { type Parsed, parse, type SipRequest, type SipResponse, Via } from '@strowger/sip-parser'
import type { Address, Hop, Millis, Transaction } from '@strowger/sip-transaction'
import { type Connection, PING } from './connection.ts'
import { Connections, placeOf } from './connections.ts'
import { isResponse } from './counters.ts'
import type { Flow, NamedAddress, ReceivedHop } from './flow.ts'
import { isOfOld } from './is-of-old.ts'
import type { ListenAddress } from './listen-address.ts'
import { localAddressFor } from './local-address.ts'
import { noiseIn } from './noise.ts'
import { RecentSends } from './recent-sends.ts'
import { stunAnswer } from './stun.ts'
import type { Certificates } from './tls-options.ts'
import { stampVia } from './top-via.ts'
import { TransportError } from './transport-error.ts'
import type { TransportOptions } from './transport-options.ts'
import type { UdpFlow } from './udp-flow.ts'
import { UdpProbes } from './udp-probes.ts'
import { UdpSockets } from './udp-sockets.ts'
import { firstFlowOf, workerOfFlow } from './workers/flow-id.ts'

export class Transport {
  readonly #options: TransportOptions
  readonly #udp: UdpSockets
  readonly #connections: Connections
  readonly #locals = new Map<Hop['transport'], readonly Address[]>()
  readonly #recent = new RecentSends()
  readonly #probes: UdpProbes
  #flows = 0
  /** Whose datagrams are being dealt with: its own sends leave as soon as they are. */
  #receiving: UdpFlow | undefined
  #closed = false

  constructor(options: TransportOptions) {
    const { limits, tls, webSocket, clock } = options
    this.#options = options
    this.#probes = new UdpProbes(clock, options.t1)
    this.#udp = new UdpSockets({
      ...options.udp,
      idleMs: limits.idleMs ?? IDLE_MS,
      clock,
      newId: () => ++this.#flows,
      receive: (batch, flow) => this.#onBatch(batch, flow),
      failed: (peer, code) => this.#onUdpError(peer, code),
    })
    this.#connections = new Connections({
      limits,
      tls,
      webSocket,
      clock,
      newId: () => firstFlowOf(options.colleagues?.worker ?? 0) + ++this.#flows,
      message: (connection, parsed) => this.#onStreamMessage(connection, parsed),
      frame: (connection, bytes) => this.#onFrame(connection, bytes),
      batchEnd: () => options.batchEnd(),
      closed: (connection, error) => this.#closed || options.closed(connection, error),
      count: event => options.counters.event(event),
      shared: options.colleagues?.connections,
      aliased: (place, names) => options.colleagues?.tellAlias(place, names),
    })
  }

  /**
   * Nothing is received before all of them are open and the caller has had its turn.
   * @throws {TransportError} with the errno name as `code`.
   */
  async listen(addresses: readonly ListenAddress[]): Promise<void> {
    for (const address of addresses) if (address.transport !== 'UDP') await this.#listen(address)
    for (const address of addresses) if (address.transport === 'UDP') await this.#listen(address)
    this.#connections.start()
  }

  /** One more, while the others go on: it hears at once. @throws like {@link listen}; then nothing has changed. */
  async addListener(address: ListenAddress): Promise<Address> {
    const at = await this.#listen(address)
    this.#connections.start()
    return at
  }

  /**
   * Takes nothing new there. Connections go on, and so does a UDP socket for what belongs to something that is known, until nothing was
   * heard by it for `idleMs`. False when we do not listen there.
   */
  removeListener(transport: Hop['transport'], at: Address): boolean {
    const locals = this.localsOf(transport)
    const left = locals.filter(local => local.address !== at.address || local.port !== at.port)
    if (left.length === locals.length) return false
    this.#locals.set(transport, left)
    if (transport === 'UDP') this.#udp.leave(at)
    else this.#connections.stopListening({ transport, ...at })
    return true
  }

  async #listen({ transport, address, port = 0, connectOnly = false, descriptor, flow, isLeft }: ListenAddress): Promise<Address> {
    if (isLeft) return this.#udp.bindLeft(address, port, flow)
    const at =
      transport === 'UDP'
        ? this.#udp.bind(address, port, flow)
        : connectOnly
          ? { address, port: port || DEFAULT_PORT[transport] }
          : await this.#connections.listen(transport, { address, port, descriptor })
    this.#add(transport, at)
    return at
  }

  /** For handshakes from now on. @throws {TransportError} `bad-certificate`. */
  setCertificates(certificates: Certificates): void {
    this.#connections.setCertificates(certificates)
  }

  localFor(transport: Hop['transport'], remote?: Address): Address {
    const local = localAddressFor(this.localsOf(transport), remote)
    if (local === undefined) throw new TransportError('no-target', `we do not listen on ${transport}`)
    return local
  }

  /** In the order in which they were opened. */
  localsOf(transport: Hop['transport']): readonly Address[] {
    return this.#locals.get(transport) ?? []
  }

  listensOn(transport: Hop['transport']): boolean {
    return this.localsOf(transport).length > 0
  }

  flowOf(id: number): Flow | undefined {
    return this.#connections.get(id) ?? this.#udp.get(id)
  }

  closeFlow(id: number): void {
    const other = this.#otherOf(id)
    if (other === undefined) this.#connections.get(id)?.close('in order')
    else this.#options.colleagues?.closeFlow(other, id)
  }

  ping(hop: Hop): boolean {
    return hop.transport === 'UDP' ? this.#udp.sendNow(PING, hop) : this.#connections.ping(hop.transport, hop)
  }

  probe(hop: Hop): Promise<Address | undefined> {
    return this.#probes.ask(hop.transport === 'UDP' && !this.#closed ? this.#udp.for(hop) : undefined, hop)
  }

  /** Why the last connection there did not come about, or did not last. */
  failure({ transport, remote }: Hop): TransportError | undefined {
    return transport === 'UDP' ? undefined : this.#connections.failure(transport, remote)
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Datagrams the kernel dropped because our buffer was full. */
  get dropped(): number {
    return this.#udp.dropped
  }

  /** For how long the kernel's queue of datagrams has not been empty, ms; of several sockets, the longest. */
  get queueMs(): number {
    return this.#udp.queueMs
  }

  /** Queues until `flush`. False when there is no way: the transaction has failed (and `failed` is not called). */
  send(now: Millis, hop: ReceivedHop | Hop, bytes: Uint8Array, transaction: Transaction | undefined): boolean {
    const { taps, counters } = this.#options
    taps.each?.('out', bytes, hop, now)
    counters.sent(hop.transport, bytes)
    const peer = isResponse(bytes) ? replyOf(hop) : hop.remote
    if (hop.transport === 'UDP') return this.#sendDatagram(hop, peer, bytes, transaction)
    if (hop.transport !== 'TCP' && hop.flow === undefined && !this.listensOn(hop.transport)) return false
    const other = hop.flow === undefined ? this.#otherFor(hop.transport, peer) : this.#otherOf(hop.flow)
    if (other !== undefined && this.#options.colleagues?.send(other, hop, bytes, transaction)) return true
    return this.#sendByConnection(hop.transport, hop, peer, bytes, transaction && (() => this.#onWriteFailed(transaction)))
  }

  /** For another worker: what leaves by a connection of ours. */
  sendFor(hop: ReceivedHop | Hop, bytes: Uint8Array, failed: () => void): boolean {
    if (hop.transport === 'UDP') return false
    return this.#sendByConnection(hop.transport, hop, isResponse(bytes) ? replyOf(hop) : hop.remote, bytes, failed)
  }

  /** Whose sends to this peer an ICMP error has reached; it may have reached the socket of another worker. */
  takeUnreachable(peer: Address): readonly Transaction[] {
    return this.#recent.take(peer)
  }

  /** Places whose peers want a connection of ours used. RFC 5923 §5. */
  aliases(): Iterable<readonly [place: string, names: readonly string[]]> {
    return this.#connections.aliases()
  }

  /** New connections are for others; those that are there go on. */
  stopListening(): void {
    this.#connections.stopListening()
  }

  /** Closes each connection that has been without a message for so long; resolves when none is left. */
  endConnections(quietMs: number): Promise<void> {
    return this.#connections.endQuiet(quietMs)
  }

  flush(): void {
    this.#udp.flush(this.#receiving)
    this.#connections.flush()
    this.#options.colleagues?.flush()
  }

  /** What is queued leaves first. */
  async close(): Promise<void> {
    this.#closed = true
    this.#probes.close()
    this.#udp.close()
    await this.#connections.close()
  }

  #add(transport: Hop['transport'], local: Address): void {
    this.#locals.set(transport, [...this.localsOf(transport), local])
  }

  // In.

  #onBatch(batch: Batch, flow: UdpFlow): void {
    const now = this.#options.clock()
    flow.queue.read(now, flow.isFull(batch))
    this.#receiving = flow
    for (let i = 0; i < batch.length && !this.#closed; i++) {
      try {
        this.#onDatagram(now, batch, i, flow)
      } catch (error) {
        this.#options.fault(error)
      }
    }
    this.#options.batchEnd()
    this.#receiving = undefined
  }

  #onDatagram(now: Millis, batch: Batch, i: number, flow: UdpFlow): void {
    const bytes = batch.bytes(i)
    const noise = noiseIn(bytes)
    if (noise !== undefined) {
      this.#onNoise(noise, batch, i, flow)
      return
    }
    const peer = batch.peer(i)
    const stamped = isResponse(bytes) ? undefined : stampVia(bytes, peer)
    const hop = flow.hopFrom(peer, batch.local(i), stamped?.replyPort ?? peer.port)
    this.#options.taps.each?.('in', bytes, hop, now)
    const parsed = parse(stamped?.bytes ?? Buffer.from(bytes), this.#options.limits)
    if (flow.leftAt !== undefined && isOfOld(parsed)) flow.leftAt = now
    if (flow.leftAt !== undefined && parsed.kind === 'malformed') this.#options.counters.event('listener-removed')
    else this.#options.message(now, parsed, hop)
  }

  /** It came where we listen no more, and begins something new, for all that its bytes say. */
  isLate(message: SipRequest | SipResponse, hop: Hop): boolean {
    return hop.transport === 'UDP' && this.#udp.leftBy(hop) !== undefined && !isOfOld(message)
  }

  /** What came late was wanted: the socket is needed for longer. */
  keep(hop: Hop): void {
    const flow = this.#udp.leftBy(hop)
    if (flow !== undefined) flow.leftAt = this.#options.clock()
  }

  #onNoise(noise: 'keep-alive' | 'noise', batch: Batch, i: number, flow: UdpFlow): void {
    const peer = batch.peer(i)
    const answer = noise === 'noise' ? stunAnswer(batch.bytes(i), peer) : undefined
    const isStun = answer !== undefined || (noise === 'noise' && this.#probes.take(batch.bytes(i)))
    this.#options.counters.event(isStun ? 'stun' : noise)
    if (answer !== undefined) flow.socket.send(answer, peer, batch.local(i))
  }

  #onStreamMessage(connection: Connection, parsed: Parsed): void {
    if (this.#closed) return
    const { clock, taps, message, fault } = this.#options
    const now = clock()
    const hop = hopOf(connection)
    try {
      if (parsed.wire !== undefined) taps.each?.('in', parsed.wire, hop, now)
      if (parsed.kind === 'request') this.#onStreamRequest(now, parsed.wire, hop, connection)
      else message(now, parsed, hop)
    } catch (error) {
      fault(error)
    }
  }

  #onStreamRequest(now: Millis, wire: Uint8Array, hop: ReceivedHop, connection: Connection): void {
    const { bytes, sentByPort } = stampVia(wire, hop.remote, DEFAULT_PORT[connection.transport])
    const parsed = parse(bytes, this.#options.limits)
    const reply: NamedAddress = { address: hop.remote.address, port: sentByPort }
    const secure = connection.transport === 'TLS' && parsed.kind === 'request'
    this.#options.message(now, parsed, { ...hop, reply: secure ? this.#secureReply(parsed, reply, connection) : reply })
  }

  /** A new connection would have to prove the sent-by. A peer that has proved who it is may want its own one used: `alias` (RFC 5923 §5). */
  #secureReply({ headers }: SipRequest, reply: NamedAddress, connection: Connection): NamedAddress {
    const via = headers.get(Via)
    if (via === undefined) return reply
    if (connection.incoming && connection.peerNames !== undefined && via.params?.has('alias') === true)
      this.#connections.alias(connection, reply.port)
    return { ...reply, name: via.host }
  }

  /** One WebSocket message is one SIP message, like a datagram; there is no sent-by that could be reached. RFC 7118 §4, §5.1. */
  #onFrame(connection: Connection, bytes: Uint8Array): void {
    if (this.#closed) return
    const { clock, taps, message, fault, limits, counters } = this.#options
    if (noiseIn(bytes) !== undefined) {
      counters.event('noise')
      return
    }
    const now = clock()
    const hop = hopOf(connection)
    try {
      taps.each?.('in', bytes, hop, now)
      message(now, parse(isResponse(bytes) ? Buffer.from(bytes) : stampVia(bytes, hop.remote).bytes, limits), hop)
    } catch (error) {
      fault(error)
    }
  }

  /** ICMP says that a peer is not there. A datagram that was too large for the path is only lost: the next try leaves in fragments. */
  #onUdpError(peer: Address, code: string): void {
    if (this.#closed) return
    this.#options.counters.event('icmp-error')
    if (code === 'EMSGSIZE') return
    this.#options.colleagues?.unreachable(peer)
    this.#options.failed(this.#recent.take(peer))
  }

  // Out.

  #sendDatagram(hop: Hop, peer: Address, bytes: Uint8Array, transaction: Transaction | undefined): boolean {
    const flow = this.#udp.for(hop)
    if (flow === undefined) return false
    if (!flow.socket.send(bytes, peer, hop.local)) this.#options.counters.event('queue-full')
    if (transaction !== undefined) this.#recent.note(peer, transaction)
    return true
  }

  /**
   * A request that names a flow fails with it (RFC 5626 §5.3); a response whose connection is gone opens a new one to the sent-by
   * (RFC 3261 §18.2.2), but not to a browser, which cannot be reached (RFC 7118 §5).
   */
  #sendByConnection(
    transport: Connection['transport'],
    hop: Hop,
    peer: NamedAddress,
    bytes: Uint8Array,
    failed: (() => void) | undefined,
  ): boolean {
    let connection = hop.flow === undefined ? undefined : this.#connections.get(hop.flow)
    if (connection?.open !== true) {
      if (hop.flow !== undefined && (!isResponse(bytes) || transport === 'WS' || transport === 'WSS')) return false
      connection = this.#connections.to(transport, peer, hop.local)
      if (connection === undefined) return false
    }
    return this.#connections.send(connection, bytes, failed)
  }

  /** The worker whose connection this is, when it is not ours. */
  #otherOf(flow: number | undefined): number | undefined {
    const me = this.#options.colleagues?.worker
    if (me === undefined || flow === undefined) return undefined
    const worker = workerOfFlow(flow)
    return worker === 0 || worker === me ? undefined : worker
  }

  /** Who opens a connection there, when that is not us and we have none: one for all of us. */
  #otherFor(transport: Connection['transport'], peer: NamedAddress): number | undefined {
    const { colleagues } = this.#options
    if (colleagues === undefined || this.#connections.known(transport, peer) !== undefined) return undefined
    const worker = colleagues.workerFor(placeOf(transport, peer), peer.name)
    return worker === colleagues.worker ? undefined : worker
  }

  #onWriteFailed(transaction: Transaction): void {
    if (!this.#closed) this.#options.failed([transaction])
  }
}

/**
 * Where an answer goes. Deviation: `maddr` of the Via is not followed (RFC 3261 §18.2.2), it would let a stranger aim our answers at
 * anybody; they go to where the request came from.
 */
function replyOf(hop: ReceivedHop | Hop): NamedAddress {
  return ('reply' in hop ? hop.reply : undefined) ?? hop.remote
}

function hopOf({ transport, remote, local, id }: Connection): ReceivedHop {
  return { transport, remote, local, flow: id }
}

/** As long as a connection may be silent, see `ConnectionLimits`. */
const IDLE_MS = 8_000_000
/** RFC 3261 §19.1.2, RFC 6455 §3. */
const DEFAULT_PORT: Readonly<Record<Connection['transport'], number>> = { TCP: 5060, TLS: 5061, WS: 80, WSS: 443 }
