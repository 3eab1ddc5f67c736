/** The controller's half of rtpproxy's protocol, without a socket or a clock. An error reply comes out as `refused`. */
import {
  type ClientCodec,
  CommandClient,
  type CommandClientCounts,
  type CommandClientOptions,
  type CommandClientOutput,
} from '../cookie/command-client.ts'
import type { RtppCommand } from './command.ts'
import { type RtppReply, readRtppReply } from './reply.ts'
import { describeRtppError, type RtppError } from './rtpp-error.ts'
import { writeRtppCommand } from './write-command.ts'

/** What a command was answered when it was not refused. */
export type RtppAnswer = Exclude<RtppReply, RtppError>

/** As `NgClient`. */
export type RtppClient = CommandClient<RtppCommand, RtppAnswer>

/** What the shell has to do. */
export type RtppClientOutput = CommandClientOutput<RtppAnswer>

/** See `CommandClient`; `request` throws a TypeError for a command that cannot be written. */
export function rtppClient(options: CommandClientOptions): RtppClient {
  return new CommandClient(CODEC, options)
}

/** For gauges. */
export type RtppClientCounts = CommandClientCounts

const CODEC: ClientCodec<RtppCommand, RtppAnswer> = {
  write: writeRtppCommand,
  read: (body, command) => {
    const reply = readRtppReply(body, command)
    if (reply?.kind === 'error') return { kind: 'refused', reason: describeRtppError(reply) }
    return reply && { kind: 'reply', reply }
  },
  maxBytes: 8191,
}
