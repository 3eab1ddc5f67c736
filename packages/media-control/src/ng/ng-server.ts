/** The relay's half of NG, without a socket or a clock. */
import {
  CommandServer,
  type CommandServerCounts,
  type CommandServerInput,
  type CommandServerOptions,
  type ServerCodec,
} from '../cookie/command-server.ts'
import { MAX_DATAGRAM } from '../cookie/datagram.ts'
import { bodyText, type NgFormat, readBody, writeBody } from './body.ts'
import { type NgCommand, readCommand } from './command.ts'
import { errorReply, type NgReply } from './reply.ts'

/** How much a server remembers. */
export type NgServerOptions = CommandServerOptions

/** What came of a datagram. `key` goes back into `reply`. */
export type NgServerInput = CommandServerInput<NgCommand>

/** For gauges. */
export type NgServerCounts = CommandServerCounts

/** Commands are told apart by sender and cookie; a command whose cookie comes again within `keepMs` is not handled twice. */
export class NgServer {
  readonly #core: CommandServer<NgCommand, NgReply, NgFormat>

  constructor(options: NgServerOptions = {}) {
    this.#core = ngServerCore(options)
  }

  /** Takes a datagram from `sender`, any text that names its address and port. Never throws. `now` in ms. */
  receive(bytes: Uint8Array, sender: string, now: number): NgServerInput {
    return this.#core.receive(bytes, sender, now)
  }

  /** The datagram that answers the command of `key`; it is kept for repetitions. `undefined` where the command was forgotten meanwhile. */
  reply(key: string, reply: NgReply): Uint8Array | undefined {
    return this.#core.reply(key, reply)
  }

  /** For gauges. */
  counts(): NgServerCounts {
    return this.#core.counts()
  }
}

/** @internal What `NgServer` is made of. */
export function ngServerCore(options: NgServerOptions = {}): CommandServer<NgCommand, NgReply, NgFormat> {
  return new CommandServer(CODEC, options)
}

const CODEC: ServerCodec<NgCommand, NgReply, NgFormat> = {
  read: bytes => {
    const body = readBody(bytes)
    const read = body.kind === 'body' ? readCommand(body.value) : { kind: 'refused' as const, reason: body.reason }
    if (read.kind === 'refused') return { kind: 'refused', body: writeBody(errorReply(read.reason), body.format) }
    return { kind: 'command', command: read.command, context: body.format }
  },
  write: (reply, format, room) => {
    const text = bodyText(reply, format)
    return text.length <= room ? text : bodyText(errorReply('Reply too large for a datagram'), format)
  },
  maxBytes: MAX_DATAGRAM,
}
