/** A TCP or TLS connection: messages out of the stream, keep-alives, writes that say when they fail. RFC 3261 §18, RFC 5626 §4.4.1. */
import type { Socket } from 'node:net'
import { type KeepAlive, type Limits, type Parsed, StreamParser } from '@strowger/sip-parser'
import type { Address } from '@strowger/sip-transaction'
import {
  type Complaint,
  type Connection,
  type ConnectionEnds,
  type ConnectionEvents,
  type Patience,
  PING,
  PONG,
  PONG_MS,
  TCP_KEEP_ALIVE_MS,
} from './connection.ts'
import { SocketWatch } from './socket-watch.ts'
import { StreamPings } from './stream-pings.ts'

export interface StreamEnds extends ConnectionEnds {
  readonly transport: 'TCP' | 'TLS'
  /** False while a TLS peer of ours has still to prove who it is: what is sent waits for {@link StreamConnection.established}. */
  readonly established: boolean
  readonly limits: Limits
  readonly patience: Patience
  readonly clock: () => number
}

export class StreamConnection implements Connection {
  readonly id: number
  readonly transport: 'TCP' | 'TLS'
  readonly incoming: boolean
  readonly remote: Address
  readonly local: Address
  readonly #socket: Socket
  readonly #watch: SocketWatch
  readonly #parser: StreamParser
  readonly #pings: StreamPings = new StreamPings()
  readonly #events: ConnectionEvents
  readonly #patience: Patience
  readonly #clock: () => number
  #peerNames: readonly string[] | undefined
  #corked = false
  #established: boolean
  #error: Error | undefined
  /** When it was made, or bytes of a message came of which the end has not come; undefined while nothing is owed. */
  #waitingSince: number | undefined
  /** A message has come: before that keep-alives do not count, or a stranger could stay for ever by sending nothing else. */
  #spoken: boolean

  constructor(id: number, socket: Socket, ends: StreamEnds, events: ConnectionEvents) {
    this.id = id
    this.transport = ends.transport
    this.incoming = ends.incoming
    this.remote = ends.remote
    this.local = ends.local
    this.#socket = socket
    this.#parser = new StreamParser(ends.limits)
    this.#events = events
    this.#patience = ends.patience
    this.#clock = ends.clock
    this.#established = ends.established
    this.#peerNames = ends.peerNames
    this.#spoken = !ends.incoming
    this.#waitingSince = ends.incoming ? ends.clock() : undefined
    this.#watch = new SocketWatch(socket, ends.clock())
    socket.setNoDelay(true).setKeepAlive(true, TCP_KEEP_ALIVE_MS)
    socket.on('data', chunk => this.#read(chunk))
    socket.on('error', error => {
      this.#error = error
    })
    socket.on('close', () => events.closed(this, this.#error))
  }

  get peerNames(): readonly string[] | undefined {
    return this.#peerNames
  }

  get open(): boolean {
    return !this.#socket.destroyed && this.#socket.writable
  }

  /** The peer has proved who it is; what waited leaves. */
  established(peerNames: readonly string[] | undefined): void {
    this.#peerNames = peerNames
    this.#established = true
    this.flush()
  }

  send(bytes: Uint8Array, failed: ((error: Error) => void) | undefined): boolean {
    if (!this.open) return false
    if (this.#socket.writableLength > this.#patience.queuedBytes) {
      this.#events.complaint('connection-stuck')
      this.close('at once')
      return false
    }
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
    }
    this.#socket.write(bytes, failed && (error => error && failed(this.#socket.errored ?? error)))
    return true
  }

  ping(now: number): boolean {
    return this.open && (!this.#pings.send(now) || this.send(PING, undefined))
  }

  flush(): void {
    if (!this.#corked || !this.#established) return
    this.#corked = false
    this.#socket.uncork()
  }

  complaint(now: number): Complaint | undefined {
    const { messageMs, idleMs } = this.#patience
    if (this.#waitingSince !== undefined && now - this.#waitingSince >= messageMs) return 'connection-slow'
    if (this.#watch.stuckMs(now) >= messageMs) return 'connection-stuck'
    const isDead = this.#pings.unansweredMs(now) >= PONG_MS || this.#watch.idleMs(now) >= idleMs
    return isDead ? 'connection-idle' : undefined
  }

  close(how: 'in order' | 'at once'): void {
    this.flush()
    if (how === 'at once' || !this.#established) this.#socket.destroy()
    else this.#socket.end(() => this.#socket.destroy())
  }

  #read(chunk: Uint8Array): void {
    this.#parser.push(chunk)
    let items = 0
    for (let item = this.#parser.next(); item !== undefined && this.open; item = this.#parser.next()) {
      items++
      if (isKeepAlive(item)) this.#onKeepAlive(item)
      else {
        this.#spoken = true
        this.#pings.message()
        this.#events.message(this, item)
      }
    }
    if (items > 0 && this.#spoken) this.#waitingSince = undefined
    else this.#waitingSince ??= this.#clock()
    this.#events.batchEnd()
    this.flush()
    if (this.#parser.broken) this.close('in order') // where the next message begins is not known (RFC 3261 §18.3)
  }

  /** A ping is answered with a single CRLF, a pong with nothing. RFC 5626 §4.4.1. */
  #onKeepAlive(item: KeepAlive): void {
    this.#events.keepAlive()
    if (this.#pings.isPing(item)) this.send(PONG, undefined)
  }
}

function isKeepAlive(item: Parsed | KeepAlive): item is KeepAlive {
  return item.kind === 'ping' || item.kind === 'pong'
}
