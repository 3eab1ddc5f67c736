/**
 * NG over UDP: a client for controllers and a server for relays, on sockets of `node:dgram`.
 *
 * @packageDocumentation
 */
import { randomBytes } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import { MediaError } from './media-error.ts'
import type { NgCommand } from './ng/command.ts'
import { NgClient, type NgClientCounts, type NgClientOptions, type NgClientOutput } from './ng/ng-client.ts'
import { NgServer, type NgServerCounts, type NgServerOptions } from './ng/ng-server.ts'
import { errorReply, type NgReply } from './ng/reply.ts'

/** Where a relay listens. */
export interface NgAddress {
  /** Numeric, IPv4 or IPv6. */
  readonly address: string
  /** 0 lets the system choose, for servers. */
  readonly port: number
}

/** The relay, and what `NgClient` may be told otherwise. */
export type NgUdpClientOptions = NgAddress & Omit<NgClientOptions, 'cookiePrefix'>

/** A connection to one relay. */
export class NgUdpClient {
  readonly #core: NgClient
  readonly #socket: Socket
  readonly #relay: NgAddress
  readonly #waiting: Map<number, Waiting> = new Map()
  #timer: NodeJS.Timeout | undefined
  #wakeAt = 0
  #socketError: Error | undefined
  #closed = false

  /** Opens a socket towards a relay, which need not be there yet. Rejects with `MediaError` `listen` where the system has none. */
  static async open(options: NgUdpClientOptions): Promise<NgUdpClient> {
    const { address, port, ...rest } = options
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    try {
      socket.connect(port, address)
      await once(socket, 'connect')
    } catch (cause) {
      socket.close()
      throw new MediaError('listen', `No socket towards the relay at ${address} port ${port}`, { cause })
    }
    return new NgUdpClient(socket, { address, port }, new NgClient({ cookiePrefix: randomBytes(8).toString('hex'), ...rest }))
  }

  private constructor(socket: Socket, relay: NgAddress, core: NgClient) {
    this.#socket = socket
    this.#relay = relay
    this.#core = core
    socket.on('message', bytes => {
      core.receive(bytes)
      this.#drain()
    })
    // A relay that is not there makes the system report ECONNREFUSED: it may come back before we give up.
    socket.on('error', error => {
      this.#socketError = error
    })
  }

  /**
   * Sends a command; resolves with its reply, rejects with `MediaError`: `refused` with the relay's reason, `timeout`, `too-large`,
   * `busy` or `closed`. An SDP in the reply is text with one character per byte.
   */
  request(command: NgCommand): Promise<NgReply> {
    if (this.#closed) return Promise.reject(new MediaError('closed', 'This client is closed'))
    return new Promise((resolve, reject) => {
      this.#waiting.set(this.#core.request(command, performance.now()), { resolve, reject, what: command.command })
      this.#drain()
    })
  }

  /** For gauges. */
  counts(): NgClientCounts {
    return this.#core.counts()
  }

  /** Closes the socket; what waits is rejected with `closed`. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#core.close()
    this.#drain()
    const closed = once(this.#socket, 'close')
    this.#socket.close()
    await closed
  }

  #drain(): void {
    for (const output of this.#core.outputs()) this.#perform(output)
    this.#sleep()
  }

  /** A timer that is set for an earlier time stays: it finds out then. */
  #sleep(): void {
    const wake = this.#core.nextWake
    if (wake !== undefined && this.#timer && this.#wakeAt <= wake) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (wake === undefined) return
    this.#wakeAt = wake
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, Math.ceil(wake - performance.now())))
  }

  #wake(): void {
    this.#timer = undefined
    this.#core.wake(performance.now())
    this.#drain()
  }

  #perform(output: NgClientOutput): void {
    if (output.kind === 'send') {
      this.#socket.send(output.bytes, error => {
        if (error) this.#socketError = error
      })
      return
    }
    const waiting = this.#waiting.get(output.id)
    this.#waiting.delete(output.id)
    if (output.kind === 'reply') waiting?.resolve(output.reply)
    else waiting?.reject(this.#errorOf(output, waiting.what))
  }

  #errorOf(output: Exclude<NgClientOutput, { kind: 'send' | 'reply' }>, what: string): MediaError {
    if (output.kind === 'refused') return new MediaError('refused', output.reason)
    const { address, port } = this.#relay
    const cause = output.code === 'timeout' ? this.#socketError : undefined
    return new MediaError(output.code, `The relay at ${address} port ${port}: ${MEANS[output.code]} (${what})`, cause && { cause })
  }
}

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
 * Rejects with `MediaError` `listen` where the address cannot be bound.
 */
export async function serveNgUdp(
  options: NgAddress & NgServerOptions,
  handle: (command: NgCommand) => Promise<NgReply> | NgReply,
): Promise<NgUdpServer> {
  const { address, port, ...rest } = options
  const core = new NgServer(rest)
  const socket = await bind(address, port)
  let open = true
  const send = (bytes: Uint8Array | undefined, to: RemoteInfo): void => {
    // A controller that is gone is not our trouble, and it repeats what it misses.
    if (bytes && open) socket.send(bytes, to.port, to.address, () => {})
  }
  socket.on('error', () => {})
  socket.on('message', (bytes, from) => {
    const input = core.receive(bytes, `${from.address} ${from.port}`, performance.now())
    if (input.kind === 'reply') send(input.bytes, from)
    if (input.kind !== 'command') return
    const answer = async (): Promise<NgReply> => handle(input.command)
    answer()
      .then(reply => send(core.reply(input.key, reply), from))
      .catch(error => send(core.reply(input.key, errorReply(reasonOf(error))), from))
  })
  return {
    address,
    port: socket.address().port,
    counts: () => core.counts(),
    close: async () => {
      if (!open) return
      open = false
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

interface Waiting {
  readonly resolve: (reply: NgReply) => void
  readonly reject: (error: MediaError) => void
  readonly what: string
}

async function bind(address: string, port: number): Promise<Socket> {
  const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: RECEIVE_BUFFER })
  try {
    socket.bind({ address, port, exclusive: true })
    await once(socket, 'listening')
    return socket
  } catch (cause) {
    socket.close()
    throw new MediaError('listen', `Cannot listen for NG on ${address} port ${port}: ${String(cause)}`, { cause })
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error && error.code === 'refused' ? error.message : 'Internal error'
}

const RECEIVE_BUFFER = 2 ** 20
const MEANS: Readonly<Record<'timeout' | 'too-large' | 'busy' | 'closed', string>> = {
  timeout: 'no answer',
  'too-large': 'the command does not fit a datagram',
  busy: 'too many commands wait already',
  closed: 'closed before it answered',
}
