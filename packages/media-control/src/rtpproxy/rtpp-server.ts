/** The relay's half of rtpproxy's protocol, without a socket or a clock: what cannot be read is answered with its code at once. */
import { bytesOf } from '../bytes.ts'
import { CommandServer, type CommandServerOptions, type ServerCodec } from '../cookie/command-server.ts'
import type { RtppCommand } from './command.ts'
import { readRtppCommand } from './read-command.ts'
import { type RtppReply, type RtppReplyTo, writeRtppReply } from './reply.ts'
import { type RtppError, rtppError } from './rtpp-error.ts'

/** As `NgServer`. */
export type RtppServer = CommandServer<RtppCommand, RtppReply, RtppCommand>

/** See `CommandServer`. */
export function rtppServer(options: CommandServerOptions = {}): RtppServer {
  return new CommandServer(CODEC, options)
}

/** What a relay does for each command. Without a function a command is unknown to it, and answered `E0`. */
export type RtppHandlers = {
  readonly [Name in Exclude<RtppCommand['command'], 'version' | 'feature'>]?: (
    command: Extract<RtppCommand, { command: Name }>,
  ) => RtppReplyTo<Name> | RtppError
} & {
  /** Dates of the extensions there are, `20050322` (several streams). */
  readonly features: readonly string[]
}

/** The reply to a command. Versions and extensions are answered here. */
export function answerRtpp(handlers: RtppHandlers, command: RtppCommand): RtppReply {
  if (command.command === 'version') return { kind: 'version', version: RTPP_VERSION }
  if (command.command === 'feature') return { kind: 'feature', known: [RTPP_VERSION, ...handlers.features].includes(command.feature) }
  const handler = handlers[command.command] as ((command: RtppCommand) => RtppReply) | undefined
  return handler ? handler(command) : rtppError('unknown-command')
}

/** Of the basic protocol; every controller insists on it. */
export const RTPP_VERSION = '20040107'

const CODEC: ServerCodec<RtppCommand, RtppReply, RtppCommand> = {
  read: body => {
    const read = readRtppCommand(body)
    if (read.kind === 'error') return { kind: 'refused', body: bytesOf(`E${read.code}\n`) }
    return { kind: 'command', command: read.command, context: read.command }
  },
  write: writeRtppReply,
  maxBytes: 8191,
}
