/** All TCP connections of an endpoint: accepted, opened, reused, limited. RFC 3261 §18.1.1, §18.2.1; RFC 5626 §4.3. */
import { connect, createServer, isIPv6, type Server, type Socket } from 'node:net'
import type { Limits, Parsed } from '@strowger/sip-parser'
import type { Address } from '@strowger/sip-transaction'
import { Connection, type ConnectionEvents } from './connection.ts'
import { systemError } from './transport-error.ts'

export interface ConnectionLimits {
  /** Accepted connections at once. Default 10 000; more are closed and counted. */
  readonly connections?: number
  /** Of these, from one address. Default 1000. */
  readonly connectionsPerAddress?: number
  /** For a connection of ours to be established, ms. Default 5000. */
  readonly connectMs?: number
  /** For the first message of an accepted connection, and for the rest of one that has begun, ms. Default 25 000. */
  readonly messageMs?: number
}

export interface ConnectionsOptions {
  readonly limits: ConnectionLimits & Limits
  readonly clock: () => number
  readonly newId: () => number
  message(connection: Connection, parsed: Parsed): void
  keepAlive(): void
  batchEnd(): void
  closed(connection: Connection): void
  count(event: 'connection-refused' | 'connection-slow' | 'connection-error'): void
}

export class Connections {
  readonly #options: ConnectionsOptions
  readonly #servers: Server[] = []
  readonly #byId = new Map<number, Connection>()
  readonly #byRemote = new Map<string, Connection>()
  readonly #dirty = new Set<Connection>()
  readonly #events: ConnectionEvents
  readonly #sweep: NodeJS.Timeout
  readonly #waiting = new Map<Connection, (() => void)[]>()
  /** Accepted before `start`. */
  #early: { socket: Socket; listener: Address }[] | undefined = []
  #accepted = 0
  readonly #acceptedFrom = new Map<string, number>()

  constructor(options: ConnectionsOptions) {
    this.#options = options
    this.#events = {
      message: (connection, parsed) => options.message(connection, parsed),
      keepAlive: () => options.keepAlive(),
      batchEnd: () => options.batchEnd(),
      closed: (connection, error) => this.#forget(connection, error),
    }
    const messageMs = options.limits.messageMs ?? 25_000
    this.#sweep = setInterval(() => this.#closeSlow(messageMs), Math.max(10, messageMs / 6)).unref()
  }

  get size(): number {
    return this.#byId.size
  }

  /** Resolves to where it listens. @throws {TransportError} with the errno name as `code`. */
  listen(at: Address): Promise<Address> {
    const server = createServer({ noDelay: true, pauseOnConnect: true })
    this.#servers.push(server)
    return new Promise((resolve, reject) => {
      server.once('error', error => reject(systemError(error, `listen on tcp:${at.address}:${at.port}`)))
      server.listen({ host: at.address, port: at.port, ipv6Only: isIPv6(at.address) }, () => {
        const { address, port } = server.address() as { address: string; port: number }
        server.removeAllListeners('error').on('error', () => this.#options.count('connection-error'))
        server.on('connection', socket => this.#accept(socket, { address, port }))
        resolve({ address, port })
      })
    })
  }

  /** From here on connections are read. */
  start(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const { socket, listener } of early) this.#accept(socket, listener)
  }

  get(id: number): Connection | undefined {
    return this.#byId.get(id)
  }

  /** An open connection to exactly this place, or a new one. */
  to(remote: Address, local: Address): Connection {
    const known = this.#byRemote.get(keyOf(remote))
    return known?.open === true ? known : this.#connect(remote, local)
  }

  send(connection: Connection, bytes: Uint8Array, failed: (() => void) | undefined): boolean {
    this.#dirty.add(connection)
    return connection.send(bytes, failed)
  }

  flush(): void {
    if (this.#dirty.size === 0) return
    for (const connection of this.#dirty) connection.flush()
    this.#dirty.clear()
  }

  /** Stops listening, lets what is written leave, and resolves when every connection is closed. */
  async close(): Promise<void> {
    clearInterval(this.#sweep)
    for (const { socket } of this.#early ?? []) socket.destroy()
    const closed = this.#servers.map(server => new Promise<void>(resolve => server.close(() => resolve())))
    const open = [...this.#byId.values()]
    for (const connection of open) connection.close('in order')
    const force = setTimeout(() => {
      for (const connection of open) connection.close('at once')
    }, CLOSE_MS)
    await Promise.all([...closed, ...open.map(connection => this.#untilGone(connection))])
    clearTimeout(force)
  }

  #accept(socket: Socket, listener: Address): void {
    if (this.#early !== undefined) {
      this.#early.push({ socket: socket.on('error', () => {}), listener })
      return
    }
    const { remoteAddress, remotePort, localAddress } = socket
    if (remoteAddress === undefined || remotePort === undefined || !this.#admits(remoteAddress)) {
      this.#options.count('connection-refused')
      socket.destroy()
      return
    }
    this.#accepted++
    this.#acceptedFrom.set(remoteAddress, (this.#acceptedFrom.get(remoteAddress) ?? 0) + 1)
    const local = { address: localAddress ?? listener.address, port: listener.port }
    socket.resume()
    this.#adopt(socket, { address: remoteAddress, port: remotePort }, local, true)
  }

  #admits(address: string): boolean {
    const { connections = 10_000, connectionsPerAddress = 1000 } = this.#options.limits
    return this.#accepted < connections && (this.#acceptedFrom.get(address) ?? 0) < connectionsPerAddress
  }

  #connect(remote: Address, local: Address): Connection {
    const wildcard = local.address === '0.0.0.0' || local.address === '::'
    const socket = connect({ host: remote.address, port: remote.port, ...(wildcard ? {} : { localAddress: local.address }) })
    const timer = setTimeout(() => socket.destroy(new Error('connect timed out')), this.#options.limits.connectMs ?? 5000)
    socket.once('connect', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
    return this.#adopt(socket, remote, local, false)
  }

  #adopt(socket: Socket, remote: Address, local: Address, incoming: boolean): Connection {
    const { limits, clock, newId } = this.#options
    const connection = new Connection(newId(), socket, { incoming, local, remote, limits, clock }, this.#events)
    this.#byId.set(connection.id, connection)
    this.#byRemote.set(keyOf(remote), connection)
    return connection
  }

  #forget(connection: Connection, error: Error | undefined): void {
    this.#byId.delete(connection.id)
    this.#dirty.delete(connection)
    if (connection.incoming) this.#release(connection.remote.address)
    if (error !== undefined) this.#options.count('connection-error')
    const key = keyOf(connection.remote)
    if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key)
    this.#options.closed(connection)
    for (const resolve of this.#waiting.get(connection) ?? []) resolve()
    this.#waiting.delete(connection)
  }

  #release(address: string): void {
    this.#accepted--
    const left = (this.#acceptedFrom.get(address) ?? 1) - 1
    if (left === 0) this.#acceptedFrom.delete(address)
    else this.#acceptedFrom.set(address, left)
  }

  #closeSlow(messageMs: number): void {
    const now = this.#options.clock()
    for (const connection of this.#byId.values()) {
      if (connection.overdueMs(now) < messageMs) continue
      this.#options.count('connection-slow')
      connection.close('at once')
    }
  }

  #untilGone(connection: Connection): Promise<void> {
    if (!this.#byId.has(connection.id)) return Promise.resolve()
    return new Promise(resolve => this.#waiting.set(connection, [...(this.#waiting.get(connection) ?? []), resolve]))
  }
}

function keyOf({ address, port }: Address): string {
  return `${address} ${port}`
}

const CLOSE_MS = 500
