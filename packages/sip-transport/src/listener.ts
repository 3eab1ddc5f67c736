/** A listening socket of a transport, and what stands between an accepted socket and a connection: admission, TLS, HTTP. RFC 3261 §18.2.1, RFC 7118 §4.1. */
import { createServer, isIPv6, type ListenOptions, type Server, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { duplicateDescriptor } from '@strowger/dgram-ext'
import type { Address, Hop } from '@strowger/sip-transaction'
import type { WebSocket } from 'ws'
import type { Admission } from './admission.ts'
import type { Connection, ConnectionEnds } from './connection.ts'
import type { TransportEvent } from './counters.ts'
import { Handshakes } from './handshakes.ts'
import type { TlsIdentity } from './tls-identity.ts'
import { systemError } from './transport-error.ts'
import { WebSocketDoor, type WebSocketOptions } from './ws-door.ts'

export interface ListenerOptions {
  readonly transport: Connection['transport']
  readonly admission: Admission
  readonly clock: () => number
  /** Asked only by TLS and WSS. @throws {TransportError} `bad-certificate`. */
  readonly identity: () => TlsIdentity
  readonly webSocket: WebSocketOptions
  readonly messageBytes: number
  readonly count: (event: TransportEvent) => void
  stream(transport: 'TCP' | 'TLS', socket: Socket, ends: ConnectionEnds): void
  frames(transport: 'WS' | 'WSS', webSocket: WebSocket, socket: Socket, ends: ConnectionEnds): void
}

/** Where to listen, or what listens there already: a duplicate of it is taken. */
export interface ListenAt extends Address {
  readonly descriptor?: number | undefined
}

type Way = (socket: Socket) => void

export class Listener {
  readonly #options: ListenerOptions
  readonly #handshakes: Handshakes
  readonly #server: Server
  readonly #enter: Way
  #at: Address = { address: '', port: 0 }
  /** Accepted before `start`. */
  #early: Socket[] | undefined = []

  /** @throws {TransportError} `bad-certificate`. */
  constructor(options: ListenerOptions) {
    this.#options = options
    this.#handshakes = new Handshakes(() => options.count('handshake-failed'))
    this.#enter = this.#wayIn()
    this.#server = createServer({ noDelay: true, pauseOnConnect: true })
  }

  /** Resolves to where it listens. @throws {TransportError} with the errno name as `code`. */
  open(at: ListenAt): Promise<Address> {
    const server = this.#server
    return new Promise((resolve, reject) => {
      const wanted = `listen on ${this.#options.transport.toLowerCase()}:${at.address}:${at.port}`
      server.once('error', error => reject(systemError(error, wanted)))
      server.listen(whatToListenOn(at), () => {
        const { address, port } = server.address() as { address: string; port: number }
        this.#at = { address, port }
        server.removeAllListeners('error').on('error', () => this.#options.count('connection-error'))
        server.on('connection', socket => this.#accept(socket))
        resolve(this.#at)
      })
    })
  }

  /** From here on connections are read. */
  start(): void {
    const early = this.#early ?? []
    this.#early = undefined
    for (const socket of early) this.#accept(socket)
  }

  /** Cuts those who do not come in within `handshakeMs`. */
  sweep(now: number, handshakeMs: number): void {
    for (let slow = this.#handshakes.sweep(now, handshakeMs); slow > 0; slow--) this.#options.count('handshake-slow')
  }

  isAt({ transport, address, port }: Address & Pick<Hop, 'transport'>): boolean {
    return this.#options.transport === transport && this.#at.address === address && this.#at.port === port
  }

  /** Accepts nothing more; who is on the way in comes in. */
  stop(): void {
    this.#server.close(() => {})
  }

  close(): Promise<void> {
    for (const socket of this.#early ?? []) socket.destroy()
    this.#handshakes.closeAll()
    return new Promise(resolve => this.#server.close(() => resolve()))
  }

  #accept(socket: Socket): void {
    if (this.#early !== undefined) {
      this.#early.push(socket.on('error', () => {}))
      return
    }
    const { remoteAddress, remotePort, localAddress = this.#at.address } = socket
    if (remoteAddress === undefined || remotePort === undefined || !this.#options.admission.admit(socket, remoteAddress)) {
      this.#options.count('connection-refused')
      socket.destroy()
      return
    }
    const local = { address: localAddress, port: this.#at.port }
    this.#handshakes.begin(socket, { address: remoteAddress, port: remotePort }, local, this.#options.clock())
    this.#enter(socket)
  }

  #wayIn(): Way {
    const { transport } = this.#options
    if (transport === 'TCP') return this.#plain('TCP')
    if (transport === 'TLS') return this.#secured(this.#plain('TLS'))
    return transport === 'WS' ? this.#upgraded('WS') : this.#secured(this.#upgraded('WSS'), ['http/1.1'])
  }

  #plain(transport: 'TCP' | 'TLS'): Way {
    return socket => {
      const ends = this.#endsOf(socket)
      if (ends === undefined) return
      if (transport === 'TCP') socket.resume()
      this.#options.stream(transport, socket, ends)
    }
  }

  #secured(then: Way, protocols?: readonly string[]): Way {
    const server = this.#options.identity().server(protocols)
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    server.on('secureConnection', socket => {
      // Node tells of a client that negotiates again, and goes on with it: handshakes without end on one connection (RFC 5246 §7.4.1.1).
      socket.disableRenegotiation()
      socket.on('error', () => socket.destroy())
      then(socket)
    })
    return socket => server.emit('connection', socket)
  }

  #upgraded(transport: 'WS' | 'WSS'): Way {
    const { webSocket, messageBytes, count, frames } = this.#options
    const door = new WebSocketDoor(webSocket, messageBytes, {
      opened: (opened, socket) => {
        const ends = this.#endsOf(socket)
        if (ends === undefined) opened.terminate()
        else frames(transport, opened, socket, ends)
      },
      refused: socket => {
        count('upgrade-refused')
        this.#handshakes.end(socket)
      },
    })
    return socket => {
      if (transport === 'WS') socket.resume()
      door.enter(socket)
    }
  }

  #endsOf(socket: Socket): ConnectionEnds | undefined {
    const ends = this.#handshakes.end(socket)
    if (ends === undefined) {
      socket.destroy()
      return undefined
    }
    const peerNames = 'encrypted' in socket ? this.#options.identity().peerNames(socket as TLSSocket) : undefined
    return { incoming: true, ...ends, peerNames }
  }
}

/** Node closes what it was given: each listener has a descriptor of its own. */
function whatToListenOn({ address, port, descriptor }: ListenAt): ListenOptions | { readonly fd: number } {
  return descriptor === undefined ? { host: address, port, ipv6Only: isIPv6(address) } : { fd: duplicateDescriptor(descriptor) }
}
