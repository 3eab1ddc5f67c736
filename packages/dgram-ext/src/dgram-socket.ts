/** The same socket over `node:dgram`, where the addon is not built: one datagram per batch, no ICMP errors, no drop counter. */
import { createSocket, type Socket } from 'node:dgram'
import { parseAddress } from './addresses.ts'
import type { Peer } from './peers.ts'
import type { Batch, Receive, UdpOptions, UdpSocket } from './socket.ts'
import { UdpError } from './udp-error.ts'

export class DgramSocket implements UdpSocket {
  readonly implementation = 'dgram'
  readonly dropped = 0
  readonly local: Peer
  readonly #socket: Socket
  readonly #queue: { bytes: Uint8Array; peer: Peer }[] = []
  readonly #queueLength: number
  readonly #listeners: ((peer: Peer, code: string) => void)[] = []
  #inFlight = 0
  #flushScheduled = false
  #closed = false

  constructor(options: UdpOptions, receive: Receive) {
    this.#queueLength = options.queueLength ?? 1024
    this.#socket = open(options)
    const { address, port } = this.#socket.address()
    this.local = { address, port }
    this.#socket.on('error', () => {}) // nothing but failed sends, which have their own callback
    this.#socket.on('message', (bytes, from) => {
      if (this.#closed) return
      receive(single(bytes, { address: from.address, port: from.port }, this.local), this)
    })
  }

  send(bytes: Uint8Array, peer: Peer, _from?: Peer): boolean {
    if (parseAddress(peer.address) === undefined) throw new TypeError(`"${peer.address}" is not a numeric IPv4 or IPv6 address`)
    if (this.#closed || bytes.length > MAX_DATAGRAM) return false
    if (this.#queue.length + this.#inFlight >= this.#queueLength) this.flush()
    if (this.#queue.length + this.#inFlight >= this.#queueLength) return false
    this.#queue.push({ bytes: Buffer.from(bytes), peer })
    this.#scheduleFlush()
    return true
  }

  flush(): void {
    if (this.#closed) return
    for (const { bytes, peer } of this.#queue.splice(0)) {
      this.#inFlight++
      this.#socket.send(bytes, peer.port, peer.address, error => {
        this.#inFlight--
        if (error !== null && !this.#closed) this.#report(peer, (error as NodeJS.ErrnoException).code ?? 'EIO')
      })
    }
  }

  onError(listener: (peer: Peer, code: string) => void): void {
    this.#listeners.push(listener)
  }

  close(): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    this.#socket.close()
  }

  #report(peer: Peer, code: string): void {
    for (const listener of this.#listeners) listener(peer, code)
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    setImmediate(() => {
      this.#flushScheduled = false
      this.flush()
    })
  }
}

/** Bound when it returns: a lookup that answers at once makes `bind` of `node:dgram` do its work at once. */
function open(options: UdpOptions): Socket {
  const { address, port = 0 } = options
  const parsed = parseAddress(address)
  if (parsed === undefined) throw new UdpError('EINVAL', 'bind', address, port)
  if (options.reusePort === true && !knowsReusePort()) throw new UdpError('ENOTSUP', 'SO_REUSEPORT', address, port)
  const socket = createSocket({
    type: parsed.family === 4 ? 'udp4' : 'udp6',
    ipv6Only: parsed.family === 6,
    ...(options.reusePort === true ? { reusePort: true } : {}),
    lookup: (host, _family, answer) => answer(null, host, parsed.family),
  })
  let failure: NodeJS.ErrnoException | undefined
  const fail = (error: Error): void => {
    failure = error
  }
  socket.on('error', fail)
  socket.bind({ address, port, exclusive: true })
  socket.off('error', fail)
  if (failure === undefined) {
    enlarge(socket, options.receiveBufferBytes ?? 4 << 20)
    return socket
  }
  socket.close()
  throw new UdpError(failure.code ?? 'EIO', 'bind', address, port, { cause: failure })
}

function enlarge(socket: Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes)
  } catch {
    // The system's default will do.
  }
}

/** `reusePort` of `node:dgram` came with Node 23.1; before, it is ignored in silence. */
function knowsReusePort(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 23 || (major === 23 && minor >= 1)
}

function single(bytes: Uint8Array, peer: Peer, local: Peer): Batch {
  return { length: 1, bytes: () => bytes, peer: () => peer, local: () => local }
}

const MAX_DATAGRAM = 65_507
