/** The same socket over `node:dgram`, where the addon is not built: one datagram per batch, and no more than Node tells. */
import { createSocket, type Socket } from 'node:dgram'
import { parseAddress } from './addresses.ts'
import type { Peer } from './peers.ts'
import type { Batch, Receive, UdpOptions, UdpSocket, UdpStats } from './socket.ts'
import { UdpError } from './udp-error.ts'

export class DgramSocket implements UdpSocket {
  readonly implementation = 'dgram'
  readonly local: Peer
  readonly #socket: Socket
  readonly #queue: { bytes: Uint8Array; peer: Peer }[] = []
  readonly #queueLength: number
  readonly #errorListeners: ((peer: Peer, code: string) => void)[] = []
  readonly #drainListeners: (() => void)[] = []
  readonly #total = { received: 0, truncated: 0, sent: 0, refused: 0, failed: 0 }
  #inFlight = 0
  #waiting = false
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
      const batch = single(bytes, { address: from.address, port: from.port }, this.local, options.maxBytes ?? 65_535)
      this.#total.received++
      if (batch.truncated(0)) this.#total.truncated++
      receive(batch, this)
    })
  }

  send(bytes: Uint8Array, peer: Peer, _from?: Peer): boolean {
    if (parseAddress(peer.address) === undefined) throw new TypeError(`"${peer.address}" is not a numeric IPv4 or IPv6 address`)
    if (this.#closed || bytes.length > MAX_DATAGRAM) return this.#refuse()
    if (this.#queue.length + this.#inFlight >= this.#queueLength) this.flush()
    if (this.#queue.length + this.#inFlight >= this.#queueLength) {
      this.#waiting = true
      return this.#refuse()
    }
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
        if (error === null) this.#total.sent++
        else this.#report(peer, (error as NodeJS.ErrnoException).code ?? 'EIO')
        this.#tellDrained()
      })
    }
  }

  onError(listener: (peer: Peer, code: string) => void): void {
    this.#errorListeners.push(listener)
  }

  onDrain(listener: () => void): void {
    this.#drainListeners.push(listener)
  }

  stats(): UdpStats {
    return { ...this.#total, dropped: undefined, wakeUps: undefined, pauses: undefined }
  }

  close(): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    this.#socket.close()
  }

  #refuse(): false {
    this.#total.refused++
    return false
  }

  #tellDrained(): void {
    if (!this.#waiting || this.#queue.length + this.#inFlight > 0 || this.#closed) return
    this.#waiting = false
    for (const listener of this.#drainListeners) listener()
  }

  #report(peer: Peer, code: string): void {
    this.#total.failed++
    if (!this.#closed) for (const listener of this.#errorListeners) listener(peer, code)
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

function single(bytes: Uint8Array, peer: Peer, local: Peer, maxBytes: number): Batch {
  const whole = bytes.length <= maxBytes
  return {
    length: 1,
    bytes: () => (whole ? bytes : bytes.subarray(0, maxBytes)),
    truncated: () => !whole,
    peer: () => peer,
    local: () => local,
    time: () => undefined,
  }
}

const MAX_DATAGRAM = 65_507
