/** The relay's half of a protocol of cookies, without a socket or a clock: reads commands once, and answers their repetitions from memory. */
import { type ByteString, textOf } from '../bytes.ts'
import { readDatagram, writeDatagram } from './datagram.ts'
import { bytesIn, KeptBytes, type Span } from './kept-bytes.ts'

/** How much a server remembers. */
export interface CommandServerOptions {
  /** How long a reply is kept for repetitions of its command, in ms. Default 10000. */
  readonly keepMs?: number
  /** Replies kept, and commands under way. Default 100000; the oldest go first. */
  readonly maxKept?: number
  /** Bytes of replies kept. Default 64 MiB; the oldest go first. */
  readonly maxKeptBytes?: number
}

/** What came of a datagram. `key` goes back into `reply`. */
export type CommandServerInput<Command> =
  | { readonly kind: 'command'; readonly key: string; readonly command: Command }
  /** To be sent at once: a stored reply, or an error. */
  | { readonly kind: 'reply'; readonly bytes: Uint8Array }
  /** Under way already, or nothing we can answer. */
  | { readonly kind: 'ignored' }

/** For gauges. */
export interface CommandServerCounts {
  /** Commands carried out, repeated ones not counted. */
  readonly commands: number
  /** Requests that came again and were answered from the cache. */
  readonly repeated: number
  /** Commands answered with an error. */
  readonly refused: number
  /** Datagrams without a cookie or a body: not answered. */
  readonly ignored: number
  /** Replies in the cookie cache now. */
  readonly kept: number
  /** Their size, bytes. */
  readonly keptBytes: number
}

/** How a protocol reads its commands and writes their replies. `context` is what a reply needs of its command. */
export interface ServerCodec<Command, Reply, Context> {
  /** Never throws. */
  readonly read: (
    body: Uint8Array,
  ) =>
    | { readonly kind: 'command'; readonly command: Command; readonly context: Context }
    | { readonly kind: 'refused'; readonly body: Uint8Array }
  /** The body of a reply that takes `room` bytes at most. */
  readonly write: (reply: Reply, context: Context, room: number) => ByteString
  /** Bytes of a datagram, the cookie's included. */
  readonly maxBytes: number
}

interface Kept<Context> {
  readonly context: Context
  /** The datagram. */
  reply: Span | undefined
}

/** Commands are told apart by sender and cookie; a command whose cookie comes again within `keepMs` is not handled twice. */
export class CommandServer<Command, Reply, Context> {
  readonly #codec: ServerCodec<Command, Reply, Context>
  readonly #options: Required<CommandServerOptions>
  readonly #kept: Map<string, Kept<Context>> = new Map()
  readonly #replies: KeptBytes = new KeptBytes()
  /** Keys, the oldest first: in a Map it is behind a hole for each that was deleted before it. */
  readonly #order: string[] = []
  /** When each of those came, ms. */
  readonly #came: number[] = []
  #oldest = 0
  /** The command that came last: most are answered before the next one comes. */
  #lastKey = ''
  #last: Kept<Context> | undefined
  #bytes = 0
  #counts = { commands: 0, repeated: 0, refused: 0, ignored: 0 }

  constructor(codec: ServerCodec<Command, Reply, Context>, options: CommandServerOptions = {}) {
    this.#codec = codec
    this.#options = { keepMs: 10_000, maxKept: 100_000, maxKeptBytes: 64 * 2 ** 20, ...options }
  }

  /** Takes a datagram from `sender`, any text that names its address and port. Never throws. `now` in ms. */
  receive(bytes: Uint8Array, sender: string, now: number): CommandServerInput<Command> {
    this.#forget(now)
    const datagram = readDatagram(bytes)
    if (!datagram) {
      this.#counts.ignored++
      return { kind: 'ignored' }
    }
    const { cookie } = datagram
    const key = `${sender} ${cookie}`
    const kept = this.#kept.get(key)
    if (kept) {
      this.#counts.repeated++
      return kept.reply === undefined ? { kind: 'ignored' } : { kind: 'reply', bytes: bytesIn(kept.reply) }
    }
    const read = this.#codec.read(datagram.body)
    if (read.kind === 'refused') {
      this.#counts.refused++
      return { kind: 'reply', bytes: writeDatagram(cookie, read.body) }
    }
    this.#counts.commands++
    this.#lastKey = key
    this.#last = { context: read.context, reply: undefined }
    this.#kept.set(key, this.#last)
    this.#order.push(key)
    this.#came.push(now)
    return { kind: 'command', key, command: read.command }
  }

  /** The datagram that answers the command of `key`; it is kept for repetitions. `undefined` where the command was forgotten meanwhile. */
  reply(key: string, reply: Reply): Uint8Array | undefined {
    const kept = key === this.#lastKey ? this.#last : this.#kept.get(key)
    if (!kept || kept.reply !== undefined) return undefined
    const cookie = key.slice(key.lastIndexOf(' ') + 1)
    const body = this.#codec.write(reply, kept.context, this.#codec.maxBytes - cookie.length - 1)
    kept.reply = this.#replies.keep(`${cookie} ${textOf(body)}`)
    this.#bytes += sizeOf(kept.reply)
    return bytesIn(kept.reply)
  }

  /** For gauges. */
  counts(): CommandServerCounts {
    return { ...this.#counts, kept: this.#kept.size, keptBytes: this.#bytes }
  }

  #forget(now: number): void {
    const { keepMs, maxKept, maxKeptBytes } = this.#options
    while (this.#kept.size > 0) {
      if (now - this.#came[this.#oldest]! < keepMs && this.#kept.size < maxKept && this.#bytes <= maxKeptBytes) break
      const key = this.#order[this.#oldest]!
      this.#bytes -= sizeOf(this.#kept.get(key)!.reply)
      this.#kept.delete(key)
      if (key === this.#lastKey) this.#lastKey = ''
      this.#order[this.#oldest++] = ''
    }
    if (this.#oldest < TOGETHER) return
    this.#order.splice(0, this.#oldest)
    this.#came.splice(0, this.#oldest)
    this.#oldest = 0
  }
}

function sizeOf(reply: Span | undefined): number {
  return reply === undefined ? 0 : reply.to - reply.from
}

/** Keys that were forgotten are taken out of the list together. */
const TOGETHER = 4096
