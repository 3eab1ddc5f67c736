/** All connections of an endpoint: accepted, opened, reused, limited. RFC 3261 §18.1.1, §18.2.1; RFC 5626 §4.3; RFC 5923 §5. */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Limits, Parsed } from '@strowger/sip-parser'
import type { Address, Hop } from '@strowger/sip-transaction'
import type { WebSocket } from 'ws'
import { Admission } from './admission.ts'
import { provesDomain } from './certificate-names.ts'
import type { Connection, ConnectionEnds, ConnectionEvents, Patience } from './connection.ts'
import type { TransportEvent } from './counters.ts'
import { dialStream, dialWebSocket } from './dial.ts'
import type { NamedAddress } from './flow.ts'
import { type ListenAt, Listener } from './listener.ts'
import { StreamConnection } from './stream-connection.ts'
import { connectionError } from './tls-error.ts'
import { TlsIdentity } from './tls-identity.ts'
import type { Certificates, TlsOptions } from './tls-options.ts'
import type { TransportError } from './transport-error.ts'
import type { SharedConnections } from './workers/shared-connections.ts'
import { WebSocketConnection } from './ws-connection.ts'
import type { WebSocketOptions } from './ws-door.ts'

/** What connections may cost us. RFC 3261 §18.2. */
export interface ConnectionLimits {
  /** Accepted connections at once. Default 10 000; more are closed and counted. */
  readonly connections?: number
  /** Of these, from one IPv4 address or IPv6 /64. Default 1000. */
  readonly connectionsPerAddress?: number
  /** Connections of ours at once, opened or being opened. Default 10 000; what would need one more fails as if nobody were there. */
  readonly connectionsOpened?: number
  /** For a connection of ours to be established, ms. Default 5000. */
  readonly connectMs?: number
  /** For the TLS handshake and the HTTP upgrade of an accepted connection, ms. Default 10 000. */
  readonly handshakeMs?: number
  /**
   * For the first message of an accepted connection, for the rest of one that has begun, and for a peer to read something of what waits
   * for it, ms. Default 25 000.
   */
  readonly messageMs?: number
  /** Without a byte either way a connection is closed, ms. Default 8 000 000: longer than registrations usually live. */
  readonly idleMs?: number
  /** A silent WebSocket is pinged, ms; after as long again without an answer it is closed. Default 30 000; 0 never. RFC 7118 §6. */
  readonly pingMs?: number
  /** What may wait for a peer that does not read; then it is cut. Default 4 MiB. */
  readonly queuedBytes?: number
}

export interface ConnectionsOptions {
  readonly limits: ConnectionLimits & Limits
  readonly tls: TlsOptions | undefined
  readonly webSocket: WebSocketOptions
  readonly clock: () => number
  readonly newId: () => number
  message(connection: Connection, parsed: Parsed): void
  frame(connection: Connection, bytes: Uint8Array): void
  batchEnd(): void
  closed(connection: Connection, error: TransportError | undefined): void
  count(event: TransportEvent): void
  /** With other workers. */
  readonly shared?: SharedConnections | undefined
  /** A peer wants requests to this place to take its own connection; without `names` no more. RFC 5923 §5. */
  aliased?(place: string, names: readonly string[] | undefined): void
}

export class Connections {
  readonly #options: ConnectionsOptions
  readonly #patience: Patience
  readonly #admission: Admission
  readonly #listeners: Listener[] = []
  readonly #byId = new Map<number, Connection>()
  readonly #byRemote = new Map<string, Connection>()
  readonly #aliases = new Map<string, Connection>()
  readonly #failures = new Map<string, TransportError>()
  readonly #dirty = new Set<Connection>()
  readonly #events: ConnectionEvents
  readonly #sweep: NodeJS.Timeout
  readonly #waiting = new Map<Connection, (() => void)[]>()
  /** When each was last used, from {@link endQuiet} on. */
  #used: Map<Connection, number> | undefined
  #tls: TlsIdentity | undefined
  #opened = 0

  /** @throws {TransportError} `bad-certificate`. */
  constructor(options: ConnectionsOptions) {
    const { limits, tls } = options
    this.#options = options
    this.#tls = tls && new TlsIdentity(tls)
    const { messageMs = 25_000, idleMs = 8_000_000, pingMs = 30_000, queuedBytes = 4 << 20, handshakeMs = 10_000 } = limits
    this.#patience = { messageMs, idleMs, pingMs, queuedBytes }
    this.#admission = new Admission(limits.connections ?? 10_000, limits.connectionsPerAddress ?? 1000, undefined, options.shared)
    this.#events = {
      message: (connection, parsed) => {
        this.#use(connection)
        options.message(connection, parsed)
      },
      frame: (connection, bytes) => {
        this.#use(connection)
        options.frame(connection, bytes)
      },
      keepAlive: () => options.count('keep-alive'),
      batchEnd: () => options.batchEnd(),
      complaint: complaint => options.count(complaint),
      closed: (connection, error) => this.#forget(connection, error),
    }
    const shortest = Math.min(messageMs, idleMs, handshakeMs, pingMs || messageMs)
    this.#sweep = setInterval(() => this.#cut(handshakeMs), Math.max(10, shortest / 6)).unref()
  }

  get size(): number {
    return this.#byId.size
  }

  /** Resolves to where it listens. @throws {TransportError} with the errno name as `code`, `bad-certificate`. */
  async listen(transport: Connection['transport'], at: ListenAt): Promise<Address> {
    const { clock, webSocket, count, limits } = this.#options
    const listener = new Listener({
      transport,
      admission: this.#admission,
      clock,
      identity: () => this.#identity,
      webSocket,
      messageBytes: limits.messageBytes ?? MESSAGE_BYTES,
      count,
      stream: (way, socket, ends) => this.#adoptStream(way, socket, ends, true),
      frames: (way, opened, socket, ends) => this.#adoptWebSocket(way, opened, socket, ends),
    })
    const listening = await listener.open(at)
    this.#listeners.push(listener)
    return listening
  }

  /** From here on connections are read. */
  start(): void {
    for (const listener of this.#listeners) listener.start()
  }

  /** For handshakes from now on. @throws {TransportError} `bad-certificate`. */
  setCertificates(certificates: Certificates): void {
    this.#identity.replace(certificates)
  }

  get(id: number): Connection | undefined {
    return this.#byId.get(id)
  }

  /** An open connection to exactly this place, or a new one; over TLS to a peer that proves `remote.name`. Undefined when we have too many. */
  to(transport: Connection['transport'], remote: NamedAddress, local: Address): Connection | undefined {
    const known = this.known(transport, remote)
    if (known !== undefined) return known
    const { limits, count, shared } = this.#options
    if (this.#opened + (shared?.othersOpened ?? 0) < (limits.connectionsOpened ?? 10_000)) return this.#connect(transport, remote, local)
    count('connection-not-opened')
    return undefined
  }

  /** One that is open, ours or a peer's that has asked for it. RFC 5923 §5. */
  known(transport: Connection['transport'], remote: NamedAddress): Connection | undefined {
    const key = placeOf(transport, remote)
    const known = this.#byRemote.get(key)
    if (known?.open === true && this.#isFor(known, remote)) return known
    const theirs = this.#aliases.get(key)
    const isFor = theirs?.open === true && remote.name !== undefined && provesDomain(theirs.peerNames ?? [], remote.name)
    return isFor ? theirs : undefined
  }

  /** Places whose peers want their own connection used, and the names they have proved. */
  *aliases(): Iterable<readonly [place: string, names: readonly string[]]> {
    for (const [place, { peerNames = [] }] of this.#aliases) yield [place, peerNames]
  }

  /** Requests to `port` of the peer take this connection of its own, for the domains it has proved: it has asked for that. RFC 5923 §5. */
  alias(connection: Connection, port: number): void {
    const key = placeOf(connection.transport, { address: connection.remote.address, port })
    if (this.#aliases.get(key) === connection) return
    this.#unalias(connection)
    this.#aliases.set(key, connection)
    this.#options.aliased?.(key, connection.peerNames ?? [])
  }

  send(connection: Connection, bytes: Uint8Array, failed: (() => void) | undefined): boolean {
    this.#dirty.add(connection)
    this.#use(connection)
    return connection.send(bytes, error => {
      this.#note(connection, error)
      failed?.()
    })
  }

  /** False when no such connection is open. RFC 5626 §4.4.1. */
  ping(transport: Connection['transport'], { flow, remote }: Hop): boolean {
    const connection = flow === undefined ? this.#byRemote.get(placeOf(transport, remote)) : this.#byId.get(flow)
    const isThere = connection?.ping(this.#options.clock()) === true
    if (isThere) connection?.flush()
    return isThere
  }

  /** Why the last connection there did not come about, or did not last. */
  failure(transport: Connection['transport'], remote: Address): TransportError | undefined {
    return this.#failures.get(placeOf(transport, remote))
  }

  flush(): void {
    if (this.#dirty.size === 0) return
    for (const connection of this.#dirty) connection.flush()
    this.#dirty.clear()
  }

  /** Accepts nothing more. */
  stopListening(only?: Address & Pick<Hop, 'transport'>): void {
    for (const listener of this.#listeners) {
      if (only !== undefined && !listener.isAt(only)) continue
      listener.stop()
      // Who is on the way in has so long; then nobody needs it.
      const { handshakeMs = 10_000 } = this.#options.limits
      setTimeout(() => this.#dismiss(listener), 2 * handshakeMs).unref()
    }
  }

  /** From now on each connection ends after `quietMs` without a message: a call may be ringing on it. Resolves when none is left. */
  async endQuiet(quietMs: number): Promise<void> {
    const { clock } = this.#options
    this.#used = new Map([...this.#byId.values()].map(connection => [connection, clock()]))
    const look = setInterval(() => this.#closeUnusedSince(clock() - quietMs), Math.max(10, quietMs / 32))
    while (this.#byId.size > 0) await Promise.all([...this.#byId.values()].map(connection => this.#untilGone(connection)))
    clearInterval(look)
  }

  /** Stops listening, lets what is written leave, and resolves when every connection is closed. */
  async close(): Promise<void> {
    clearInterval(this.#sweep)
    const closed = this.#listeners.map(listener => listener.close())
    const open = [...this.#byId.values()]
    for (const connection of open) connection.close('in order')
    const force = setTimeout(() => {
      for (const connection of open) connection.close('at once')
    }, CLOSE_MS)
    await Promise.all([...closed, ...open.map(connection => this.#untilGone(connection))])
    clearTimeout(force)
  }

  get #identity(): TlsIdentity {
    this.#tls ??= new TlsIdentity({})
    return this.#tls
  }

  #isFor({ transport, remote, peerNames }: Connection, { name }: NamedAddress): boolean {
    if (name === undefined || transport === 'TCP' || transport === 'WS') return true
    return (remote as NamedAddress).name === name || this.#identity.proves(peerNames, name)
  }

  #connect(transport: Connection['transport'], remote: NamedAddress, local: Address): Connection {
    const { connectMs = 5000, messageBytes = MESSAGE_BYTES } = this.#options.limits
    const secure = transport === 'TLS' || transport === 'WSS' ? this.#identity : undefined
    const ends = { incoming: false, local, remote }
    if (transport === 'WS' || transport === 'WSS') {
      const opening = dialWebSocket(remote, local, secure, { connectMs, messageBytes })
      const connection = this.#adoptWebSocket(transport, opening, undefined, ends)
      opening.once('upgrade', ({ socket }) => {
        opening.once('open', () => connection.established(socket, secure?.peerNames(socket as TLSSocket)))
      })
      return connection
    }
    const socket = dialStream(remote, local, secure, connectMs)
    const connection = this.#adoptStream(transport, socket, ends, secure === undefined)
    if (secure !== undefined) socket.once('secureConnect', () => connection.established(secure.peerNames(socket as TLSSocket)))
    return connection
  }

  #adoptStream(transport: 'TCP' | 'TLS', socket: Socket, ends: ConnectionEnds, established: boolean): StreamConnection {
    const { limits, clock, newId } = this.#options
    const full = { ...ends, transport, established, limits, clock, patience: this.#patience }
    return this.#keep(new StreamConnection(newId(), socket, full, this.#events))
  }

  #adoptWebSocket(transport: 'WS' | 'WSS', opened: WebSocket, socket: Socket | undefined, ends: ConnectionEnds): WebSocketConnection {
    const { clock, newId } = this.#options
    const full = { ...ends, transport, clock, patience: this.#patience }
    return this.#keep(new WebSocketConnection(newId(), opened, socket, full, this.#events))
  }

  #keep<T extends Connection>(connection: T): T {
    this.#byId.set(connection.id, connection)
    if (!connection.incoming) {
      this.#opened++
      this.#options.shared?.opened(1)
    }
    this.#byRemote.set(placeOf(connection.transport, connection.remote), connection)
    return connection
  }

  #forget(connection: Connection, error: Error | undefined): void {
    this.#byId.delete(connection.id)
    if (!connection.incoming) {
      this.#opened--
      this.#options.shared?.opened(-1)
    }
    this.#dirty.delete(connection)
    this.#used?.delete(connection)
    if (error !== undefined) this.#options.count('connection-error')
    const key = placeOf(connection.transport, connection.remote)
    if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key)
    if (connection.peerNames !== undefined) this.#unalias(connection)
    this.#options.closed(connection, error && this.#note(connection, error))
    for (const resolve of this.#waiting.get(connection) ?? []) resolve()
    this.#waiting.delete(connection)
  }

  #note({ transport, remote, incoming }: Connection, error: Error): TransportError {
    const reason = connectionError(error, transport, remote)
    const oldest = this.#failures.size >= MOST_FAILURES ? this.#failures.keys().next().value : undefined
    if (oldest !== undefined) this.#failures.delete(oldest)
    if (!incoming) this.#failures.set(placeOf(transport, remote), reason)
    return reason
  }

  #unalias(connection: Connection): void {
    for (const [key, known] of this.#aliases) {
      if (known !== connection) continue
      this.#aliases.delete(key)
      this.#options.aliased?.(key, undefined)
    }
  }

  #cut(handshakeMs: number): void {
    const now = this.#options.clock()
    for (const listener of this.#listeners) listener.sweep(now, handshakeMs)
    for (const connection of this.#byId.values()) {
      const complaint = connection.complaint(now)
      if (complaint === undefined) continue
      this.#options.count(complaint)
      connection.close('at once')
    }
  }

  #dismiss(listener: Listener): void {
    const place = this.#listeners.indexOf(listener)
    if (place < 0) return
    this.#listeners.splice(place, 1)
    void listener.close()
  }

  #use(connection: Connection): void {
    this.#used?.set(connection, this.#options.clock())
  }

  #closeUnusedSince(then: number): void {
    for (const [connection, used] of this.#used ?? []) if (used <= then) connection.close('in order')
  }

  #untilGone(connection: Connection): Promise<void> {
    if (!this.#byId.has(connection.id)) return Promise.resolve()
    return new Promise(resolve => this.#waiting.set(connection, [...(this.#waiting.get(connection) ?? []), resolve]))
  }
}

/** `TLS 192.0.2.1 5061`. */
export function placeOf(transport: string, { address, port }: Address): string {
  return `${transport} ${address} ${port}`
}

const CLOSE_MS = 500
const MOST_FAILURES = 100
const MESSAGE_BYTES = 65_535
