/** A controller's client for NG over UDP. */
import type { NgCommand } from '../ng/command.ts'
import { type NgClientCounts, type NgClientOptions, ngClientCore } from '../ng/ng-client.ts'
import type { NgReply } from '../ng/reply.ts'
import { CommandSocket, type RelayAddress } from './command-socket.ts'
import { cookiePrefix } from './cookie-prefix.ts'

/** Where a relay listens. */
export type NgAddress = RelayAddress

/** The relay, and what `NgClient` may be told otherwise. */
export type NgUdpClientOptions = NgAddress & Omit<NgClientOptions, 'cookiePrefix'>

/** A connection to one relay. */
export class NgUdpClient {
  readonly #socket: CommandSocket<NgCommand, NgReply>

  /** Opens a socket towards a relay, which need not be there yet. Rejects with `MediaError` `listen` where the system has none. */
  static async open(options: NgUdpClientOptions): Promise<NgUdpClient> {
    const { address, port, ...rest } = options
    return new NgUdpClient(await CommandSocket.open({ address, port }, ngClientCore({ cookiePrefix: cookiePrefix(), ...rest })))
  }

  private constructor(socket: CommandSocket<NgCommand, NgReply>) {
    this.#socket = socket
  }

  /**
   * Sends a command; resolves with its reply, rejects with `MediaError`: `refused` with the relay's reason, `timeout`, `too-large`,
   * `busy` or `closed`. An SDP in the reply is text with one character per byte.
   */
  request(command: NgCommand): Promise<NgReply> {
    return this.#socket.request(command)
  }

  /** For gauges. */
  counts(): NgClientCounts {
    return this.#socket.counts()
  }

  /** Closes the socket; what waits is rejected with `closed`. */
  close(): Promise<void> {
    return this.#socket.close()
  }
}
