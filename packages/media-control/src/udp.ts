/**
 * NG and rtpproxy's protocol over UDP: clients for controllers and servers for relays, on sockets of `node:dgram` unless another is given.
 *
 * @packageDocumentation
 */
import type { CommandClientOptions } from './cookie/command-client.ts'
import type { NgCommand } from './ng/command.ts'
import { type NgServerCounts, type NgServerOptions, ngServerCore } from './ng/ng-server.ts'
import { errorReply, type NgReply } from './ng/reply.ts'
import type { RtppCommand } from './rtpproxy/command.ts'
import type { RtppReply, RtppReplyTo } from './rtpproxy/reply.ts'
import { type RtppAnswer, type RtppClientCounts, rtppClient } from './rtpproxy/rtpp-client.ts'
import { rtppError } from './rtpproxy/rtpp-error.ts'
import { answerRtpp, type RtppHandlers, rtppServer } from './rtpproxy/rtpp-server.ts'
import { type CommandListener, listen } from './udp/command-listener.ts'
import { CommandSocket, type RelayAddress } from './udp/command-socket.ts'
import { cookiePrefix } from './udp/cookie-prefix.ts'
import type { Datagrams, OpenDatagrams } from './udp/datagrams.ts'
import type { NgAddress } from './udp/ng-udp-client.ts'

/** A relay's socket for its controllers. */
export interface NgUdpServer extends NgAddress {
  /** What has been asked since the start, and what the cookie cache holds. */
  counts(): NgServerCounts
  /** Stops listening; commands under way are not answered any more. */
  close(): Promise<void>
}

/**
 * Listens for commands and answers what `handle` returns. A repeated command gets the stored reply and is not handled again.
 * Where `handle` throws a `MediaError` of code `refused` the controller reads its message, otherwise `Internal error`.
 * Rejects with `MediaError` `listen` where the address cannot be bound. `open` makes the socket; default: one of `node:dgram`.
 */
export function serveNgUdp(
  options: NgAddress & NgServerOptions & { readonly open?: OpenDatagrams | undefined },
  handle: (command: NgCommand) => Promise<NgReply> | NgReply,
): Promise<NgUdpServer> {
  const { address, port, open, ...rest } = options
  const failed = (error: unknown): NgReply => errorReply(reasonOf(error))
  return listen({ address, port }, ngServerCore(rest), { name: 'NG', handle, failed, open })
}

/** The relay, and how often commands are sent again. */
export type RtppUdpClientOptions = RelayAddress & Omit<CommandClientOptions, 'cookiePrefix'>

/** A connection to one rtpproxy. */
export class RtppUdpClient {
  readonly #socket: CommandSocket<RtppCommand, RtppAnswer>

  /** Opens a socket towards a relay, which need not be there yet. Rejects with `MediaError` `listen` where the system has none. */
  static async open(options: RtppUdpClientOptions): Promise<RtppUdpClient> {
    const { address, port, ...rest } = options
    return new RtppUdpClient(await CommandSocket.open({ address, port }, rtppClient({ cookiePrefix: cookiePrefix(), ...rest })))
  }

  private constructor(socket: CommandSocket<RtppCommand, RtppAnswer>) {
    this.#socket = socket
  }

  /**
   * Sends a command; resolves with its reply, rejects with `MediaError` as `NgUdpClient.request`: `refused` has the error's code,
   * `E50 (unknown session)`. Rejects with a TypeError for a command that cannot be written.
   */
  request<Command extends RtppCommand>(command: Command): Promise<RtppReplyTo<Command['command']>> {
    return this.#socket.request(command) as Promise<RtppReplyTo<Command['command']>>
  }

  /** For gauges. */
  counts(): RtppClientCounts {
    return this.#socket.counts()
  }

  /** Closes the socket; what waits is rejected with `closed`. */
  close(): Promise<void> {
    return this.#socket.close()
  }
}

/**
 * Listens for rtpproxy's commands and answers what `handlers` return: `E0` for a command without one, `E81` where one throws. Otherwise
 * as `serveNgUdp`.
 */
export function serveRtppUdp(options: RelayAddress & NgServerOptions, handlers: RtppHandlers): Promise<CommandListener> {
  const { address, port, ...rest } = options
  return listen<RtppCommand, RtppReply, RtppCommand>({ address, port }, rtppServer(rest), {
    name: 'rtpproxy commands',
    handle: command => answerRtpp(handlers, command),
    failed: () => rtppError('internal'),
  })
}

export { NgRelaySet, type NgRelaySetMember, type NgRelaySetOptions } from './udp/ng-relay-set.ts'
export { type NgAddress, NgUdpClient, type NgUdpClientOptions } from './udp/ng-udp-client.ts'
export type { CommandListener, Datagrams, OpenDatagrams, RelayAddress }

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error && error.code === 'refused' ? error.message : 'Internal error'
}
