/** What the stream transports share: commands in, replies out, the cookie cache, limits and what they cut off. */
import type { CommandServer, CommandServerCounts } from '../cookie/command-server.ts'
import { MAX_DATAGRAM } from '../cookie/datagram.ts'
import type { NgFormat } from '../ng/body.ts'
import type { NgCommand } from '../ng/command.ts'
import { type NgServerOptions, ngServerCore } from '../ng/ng-server.ts'
import { errorReply, type NgReply } from '../ng/reply.ts'
import type { NgHandler, StreamLimits } from '../node.ts'
import { useBuffer } from '../udp/buffer-text.ts'

/** For gauges. */
export interface StreamCounts extends CommandServerCounts {
  /** Connections that are open. */
  readonly connections: number
  /** Connections refused: as many as may be are there. */
  readonly crowded: number
  /** Connections or requests cut off: a command did not end in time, or nothing came at all. */
  readonly slow: number
  /** Cut off: a command was larger than may be, or could not be told from the next. */
  readonly unreadable: number
  /** Cut off: replies were not read. */
  readonly unread: number
}

export class NgDoor {
  readonly limits: Required<StreamLimits>
  readonly maxBytes: number = MAX_DATAGRAM
  connections = 0
  crowded = 0
  slow = 0
  unreadable = 0
  unread = 0
  readonly #core: CommandServer<NgCommand, NgReply, NgFormat>
  readonly #handle: NgHandler

  constructor(options: NgServerOptions & StreamLimits, handle: NgHandler) {
    const { maxConnections = 1000, messageMs = 10_000, idleMs = 600_000, maxUnread = 2 ** 20, ...rest } = options
    useBuffer()
    this.limits = { maxConnections, messageMs, idleMs, maxUnread }
    const { keepMs, maxKept, maxKeptBytes } = rest
    this.#core = ngServerCore({
      ...(keepMs === undefined ? {} : { keepMs }),
      ...(maxKept === undefined ? {} : { maxKept }),
      ...(maxKeptBytes === undefined ? {} : { maxKeptBytes }),
    })
    this.#handle = handle
  }

  /** Whether one connection more may be; counts it if not. */
  get full(): boolean {
    if (this.connections < this.limits.maxConnections) return false
    this.crowded += 1
    return true
  }

  counts(): StreamCounts {
    const { connections, crowded, slow, unreadable, unread } = this
    return { ...this.#core.counts(), connections, crowded, slow, unreadable, unread }
  }

  /**
   * Takes a message of `host`, whatever connection it came by: a controller that connects anew repeats what it misses. Resolves with the
   * reply, or `undefined` where there is none to send.
   */
  async take(bytes: Uint8Array, host: string): Promise<Uint8Array | undefined> {
    const input = this.#core.receive(bytes, host, performance.now())
    if (input.kind === 'reply') return input.bytes
    if (input.kind === 'ignored') return undefined
    try {
      return this.#core.reply(input.key, await this.#handle(input.command))
    } catch (error) {
      return this.#core.reply(input.key, errorReply(reasonOf(error)))
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error && error.code === 'refused' ? error.message : 'Internal error'
}
