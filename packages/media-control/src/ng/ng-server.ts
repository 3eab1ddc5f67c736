/** The relay's half of NG, without a socket or a clock: reads commands once, and answers their repetitions from memory. */
import { type NgFormat, readBody, writeBody } from './body.ts'
import { type NgCommand, readCommand } from './command.ts'
import { readDatagram, writeDatagram } from './datagram.ts'
import { errorReply, type NgReply } from './reply.ts'

/** How much a server remembers. */
export interface NgServerOptions {
  /** How long a reply is kept for repetitions of its command, in ms. Default 10000. */
  readonly keepMs?: number
  /** Replies kept, and commands under way. Default 100000; the oldest go first. */
  readonly maxKept?: number
  /** Bytes of replies kept. Default 64 MiB; the oldest go first. */
  readonly maxKeptBytes?: number
}

/** What came of a datagram. `key` goes back into `reply`. */
export type NgServerInput =
  | { readonly kind: 'command'; readonly key: string; readonly command: NgCommand }
  /** To be sent at once: a stored reply, or an error. */
  | { readonly kind: 'reply'; readonly bytes: Uint8Array }
  /** Under way already, or nothing we can answer. */
  | { readonly kind: 'ignored' }

/** For gauges. */
export interface NgServerCounts {
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

interface Kept {
  readonly at: number
  readonly cookie: string
  readonly format: NgFormat
  reply?: Uint8Array
}

/** Commands are told apart by sender and cookie; a command whose cookie comes again within `keepMs` is not handled twice. */
export class NgServer {
  readonly #options: Required<NgServerOptions>
  readonly #kept: Map<string, Kept> = new Map()
  #bytes = 0
  #counts = { commands: 0, repeated: 0, refused: 0, ignored: 0 }

  constructor(options: NgServerOptions = {}) {
    this.#options = { keepMs: 10_000, maxKept: 100_000, maxKeptBytes: 64 * 2 ** 20, ...options }
  }

  /** Takes a datagram from `sender`, any text that names its address and port. Never throws. `now` in ms. */
  receive(bytes: Uint8Array, sender: string, now: number): NgServerInput {
    this.#forget(now)
    const datagram = readDatagram(bytes)
    if (!datagram) return this.#ignore()
    const { cookie } = datagram
    const key = `${sender} ${cookie}`
    const kept = this.#kept.get(key)
    if (kept) {
      this.#counts.repeated++
      return kept.reply ? { kind: 'reply', bytes: kept.reply } : { kind: 'ignored' }
    }
    const body = readBody(datagram.body)
    const read = body.kind === 'body' ? readCommand(body.value) : { kind: 'refused' as const, reason: body.reason }
    if (read.kind === 'refused') return this.#refuse(cookie, body.format, read.reason)
    this.#counts.commands++
    this.#kept.set(key, { at: now, cookie, format: body.format })
    return { kind: 'command', key, command: read.command }
  }

  /** The datagram that answers the command of `key`; it is kept for repetitions. `undefined` where the command was forgotten meanwhile. */
  reply(key: string, reply: NgReply): Uint8Array | undefined {
    const kept = this.#kept.get(key)
    if (!kept || kept.reply) return undefined
    kept.reply = this.#write(kept, reply)
    this.#bytes += kept.reply.length
    return kept.reply
  }

  /** For gauges. */
  counts(): NgServerCounts {
    return { ...this.#counts, kept: this.#kept.size, keptBytes: this.#bytes }
  }

  #write({ cookie, format }: Kept, reply: NgReply): Uint8Array {
    const bytes = writeDatagram(cookie, writeBody(reply, format))
    return bytes.length <= MAX_DATAGRAM ? bytes : writeDatagram(cookie, writeBody(errorReply('Reply too large for a datagram'), format))
  }

  #refuse(cookie: string, format: NgFormat, reason: string): NgServerInput {
    this.#counts.refused++
    return { kind: 'reply', bytes: writeDatagram(cookie, writeBody(errorReply(reason), format)) }
  }

  #ignore(): NgServerInput {
    this.#counts.ignored++
    return { kind: 'ignored' }
  }

  #forget(now: number): void {
    const { keepMs, maxKept, maxKeptBytes } = this.#options
    for (const [key, { at, reply }] of this.#kept) {
      if (now - at < keepMs && this.#kept.size < maxKept && this.#bytes <= maxKeptBytes) return
      this.#kept.delete(key)
      this.#bytes -= reply?.length ?? 0
    }
  }
}

/** The largest payload of UDP over IPv4. */
const MAX_DATAGRAM = 65_507
