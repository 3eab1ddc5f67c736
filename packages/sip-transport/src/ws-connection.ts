/** A WebSocket: one message in each frame, text or binary, pings that keep proxies on the way awake. RFC 7118 §4, §5.2, RFC 6455 §5. */
import { isUtf8 } from 'node:buffer'
import type { Socket } from 'node:net'
import type { Address } from '@strowger/sip-transaction'
import type { RawData, WebSocket } from 'ws'
import { type Complaint, type Connection, type ConnectionEnds, type ConnectionEvents, type Patience, PONG } from './connection.ts'
import { noiseIn } from './noise.ts'
import { SocketWatch } from './socket-watch.ts'

export interface WebSocketEnds extends ConnectionEnds {
  readonly transport: 'WS' | 'WSS'
  readonly patience: Patience
  readonly clock: () => number
}

export class WebSocketConnection implements Connection {
  readonly id: number
  readonly transport: 'WS' | 'WSS'
  readonly incoming: boolean
  readonly remote: Address
  readonly local: Address
  readonly #webSocket: WebSocket
  readonly #events: ConnectionEvents
  readonly #patience: Patience
  readonly #clock: () => number
  #peerNames: readonly string[] | undefined
  #socket: Socket | undefined
  #watch: SocketWatch | undefined
  /** What was sent before a connection of ours was there. */
  #early: Early[] = []
  #corked = false
  #batched = false
  #error: Error | undefined
  #waitingSince: number | undefined
  #spoken: boolean
  /** `bytesRead` when the last frame was whole. */
  #settled = 0
  #heard = 0
  #heardAt = 0
  #pinged = false

  /** Without `socket` it is still being opened: see {@link established}. */
  constructor(id: number, webSocket: WebSocket, socket: Socket | undefined, ends: WebSocketEnds, events: ConnectionEvents) {
    this.id = id
    this.transport = ends.transport
    this.incoming = ends.incoming
    this.remote = ends.remote
    this.local = ends.local
    this.#webSocket = webSocket
    this.#events = events
    this.#patience = ends.patience
    this.#clock = ends.clock
    this.#spoken = !ends.incoming
    this.#waitingSince = ends.incoming ? ends.clock() : undefined
    if (socket !== undefined) this.established(socket, ends.peerNames)
    webSocket.on('message', data => this.#onMessage(data))
    webSocket.on('ping', data => this.#onPing(data))
    webSocket.on('pong', () => this.#settle())
    webSocket.on('error', error => {
      this.#error = error
    })
    webSocket.on('close', () => this.#onClose())
  }

  get peerNames(): readonly string[] | undefined {
    return this.#peerNames
  }

  get open(): boolean {
    const { readyState } = this.#webSocket
    return readyState === this.#webSocket.OPEN || readyState === this.#webSocket.CONNECTING
  }

  /** What waited leaves. */
  established(socket: Socket, peerNames: readonly string[] | undefined): void {
    this.#socket = socket
    this.#peerNames = peerNames
    this.#watch = new SocketWatch(socket, this.#clock())
    this.#heardAt = this.#clock()
    this.#settled = socket.bytesRead
    for (const { bytes, failed } of this.#early.splice(0)) this.#write(bytes, failed)
    this.flush()
  }

  send(bytes: Uint8Array, failed: ((error: Error) => void) | undefined): boolean {
    if (!this.open) return false
    if (this.#webSocket.bufferedAmount > this.#patience.queuedBytes) {
      this.#events.complaint('connection-stuck')
      this.close('at once')
      return false
    }
    if (this.#socket === undefined) return this.#early.length < MOST_EARLY && this.#early.push({ bytes, failed }) > 0
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
    }
    this.#write(bytes, failed)
    return true
  }

  /** The next sign of life answers it; without any, {@link complaint} comes after `pingMs`. */
  ping(): boolean {
    if (this.open && this.#socket !== undefined) this.#webSocket.ping()
    return this.open
  }

  flush(): void {
    if (!this.#corked) return
    this.#corked = false
    this.#socket?.uncork()
  }

  complaint(now: number): Complaint | undefined {
    if (this.#socket === undefined || this.#watch === undefined) return undefined
    if (this.#socket.bytesRead !== this.#settled) this.#waitingSince ??= now
    const { messageMs, idleMs, pingMs } = this.#patience
    if (this.#waitingSince !== undefined && now - this.#waitingSince >= messageMs) return 'connection-slow'
    if (this.#watch.stuckMs(now) >= messageMs) return 'connection-stuck'
    if (this.#watch.idleMs(now) >= idleMs) return 'connection-idle'
    return pingMs > 0 ? this.#keepAwake(now, pingMs) : undefined
  }

  close(how: 'in order' | 'at once'): void {
    this.flush()
    if (how === 'at once' || this.#socket === undefined) this.#webSocket.terminate()
    else this.#webSocket.close(NORMAL)
  }

  /** A ping after some silence; as much silence again, and nobody is there. RFC 7118 §6. */
  #keepAwake(now: number, pingMs: number): Complaint | undefined {
    const { bytesRead } = this.#socket!
    if (bytesRead !== this.#heard) {
      this.#heard = bytesRead
      this.#heardAt = now
      this.#pinged = false
    }
    const silence = now - this.#heardAt
    if (silence >= 2 * pingMs) return 'connection-idle'
    if (silence >= pingMs && !this.#pinged && this.open) {
      this.#pinged = true
      this.#webSocket.ping()
    }
    return undefined
  }

  /** Text where it is UTF-8, as browsers like it. RFC 7118 §4.2. */
  #write(bytes: Uint8Array, failed: ((error: Error) => void) | undefined): void {
    this.#webSocket.send(bytes, { binary: !isUtf8(bytes) }, failed && (error => error && failed(error)))
  }

  #onMessage(data: RawData): void {
    const bytes = data as Buffer
    if (noiseIn(bytes) === 'keep-alive') {
      this.#settle()
      this.#events.keepAlive()
      if (bytes.length === 4) this.send(PONG, undefined)
    } else {
      this.#spoken = true
      this.#settle()
      this.#events.frame(this, bytes)
    }
    this.#endBatch()
  }

  /** Whoever pings without reading gets no more answers than fit. */
  #onPing(data: Buffer): void {
    this.#settle()
    this.#events.keepAlive()
    if (this.open && this.#webSocket.bufferedAmount < MOST_PONG_BYTES) this.#webSocket.pong(data)
  }

  #settle(): void {
    this.#settled = this.#socket?.bytesRead ?? 0
    if (this.#spoken) this.#waitingSince = undefined
  }

  /** Once for all frames of one read. */
  #endBatch(): void {
    if (this.#batched) return
    this.#batched = true
    queueMicrotask(() => {
      this.#batched = false
      this.#events.batchEnd()
      this.flush()
    })
  }

  #onClose(): void {
    for (const { failed } of this.#early.splice(0)) failed?.(this.#error ?? new Error('closed'))
    this.#events.closed(this, this.#error)
  }
}

interface Early {
  readonly bytes: Uint8Array
  readonly failed: ((error: Error) => void) | undefined
}

/** Close code of an ordinary end. RFC 6455 §7.4.1. */
const NORMAL = 1000
const MOST_PONG_BYTES = 65_536
const MOST_EARLY = 256
