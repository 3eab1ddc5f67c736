/** One TCP connection: messages out of the stream, keep-alive pongs, writes that say when they fail. RFC 3261 §18, RFC 5626 §4.4.1. */
import type { Socket } from 'node:net'
import { type KeepAlive, type Limits, type Parsed, StreamParser } from '@strowger/sip-parser'
import type { Address } from '@strowger/sip-transaction'
import type { Flow } from './flow.ts'

export interface ConnectionEvents {
  message(connection: Connection, parsed: Parsed): void
  keepAlive(): void
  /** All messages of one read have been given. */
  batchEnd(): void
  /** Once. `error` when it did not end in order. */
  closed(connection: Connection, error: Error | undefined): void
}

export class Connection implements Flow {
  readonly id: number
  readonly transport = 'TCP'
  readonly incoming: boolean
  readonly remote: Address
  readonly #socket: Socket
  readonly #parser: StreamParser
  readonly #events: ConnectionEvents
  readonly #clock: () => number
  #local: Address
  #corked = false
  #error: Error | undefined
  /** When it was made, or bytes of a message came of which the end has not come; undefined while nothing is owed. */
  #waitingSince: number | undefined

  constructor(id: number, socket: Socket, ends: ConnectionEnds, events: ConnectionEvents) {
    this.id = id
    this.incoming = ends.incoming
    this.remote = ends.remote
    this.#local = ends.local
    this.#socket = socket
    this.#parser = new StreamParser(ends.limits)
    this.#events = events
    this.#clock = ends.clock
    this.#waitingSince = ends.incoming ? ends.clock() : undefined
    socket.setNoDelay(true).setKeepAlive(true, TCP_KEEP_ALIVE_MS)
    socket.on('data', chunk => this.#read(chunk))
    socket.on('error', error => {
      this.#error = error
    })
    socket.on('close', () => events.closed(this, this.#error))
  }

  get local(): Address {
    return this.#local
  }

  get open(): boolean {
    return !this.#socket.destroyed && this.#socket.writable
  }

  /** False when the connection is closed or its peer reads too slowly. `failed` is called when the bytes cannot be handed to the kernel. */
  send(bytes: Uint8Array, failed: (() => void) | undefined): boolean {
    if (!this.open || this.#socket.writableLength > MAX_QUEUED_BYTES) return false
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
    }
    this.#socket.write(bytes, failed && (error => error && failed()))
    return true
  }

  /** Writes what was sent since the last flush, in one go. */
  flush(): void {
    if (!this.#corked) return
    this.#corked = false
    this.#socket.uncork()
  }

  /** How long a message, or the first one, is overdue at `now`. */
  overdueMs(now: number): number {
    return this.#waitingSince === undefined ? 0 : now - this.#waitingSince
  }

  /** After what has been written; `at once` drops that too. */
  close(how: 'in order' | 'at once'): void {
    this.flush()
    if (how === 'at once') this.#socket.destroy()
    else this.#socket.end(() => this.#socket.destroy())
  }

  #read(chunk: Uint8Array): void {
    this.#parser.push(chunk)
    let messages = 0
    for (let item = this.#parser.next(); item !== undefined && this.open; item = this.#parser.next()) {
      messages++
      if (!isKeepAlive(item)) this.#events.message(this, item)
      else this.#onKeepAlive(item)
    }
    if (messages > 0) this.#waitingSince = undefined
    else this.#waitingSince ??= this.#clock()
    this.#events.batchEnd()
    this.flush()
    if (this.#parser.broken) this.close('in order') // where the next message begins is not known (RFC 3261 §18.3)
  }

  /** A ping is answered with a single CRLF. RFC 5626 §4.4.1. */
  #onKeepAlive({ kind }: KeepAlive): void {
    this.#events.keepAlive()
    if (kind === 'ping') this.send(PONG, undefined)
  }
}

function isKeepAlive(item: Parsed | KeepAlive): item is KeepAlive {
  return item.kind === 'ping' || item.kind === 'pong'
}

export interface ConnectionEnds {
  readonly incoming: boolean
  readonly local: Address
  readonly remote: Address
  readonly limits: Limits
  readonly clock: () => number
}

/** A peer that vanished without a word is noticed some minutes later. */
const TCP_KEEP_ALIVE_MS = 60_000
const PONG = Uint8Array.of(13, 10)
const MAX_QUEUED_BYTES = 4 << 20
