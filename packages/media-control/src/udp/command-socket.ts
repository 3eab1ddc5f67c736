/** A controller's socket towards one relay: turns a core's outputs into datagrams, timers and promises. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { CommandClient, CommandClientCounts, CommandClientOutput } from '../cookie/command-client.ts'
import { MediaError } from '../media-error.ts'
import { useBuffer } from './buffer-text.ts'

/** Where a relay listens. */
export interface RelayAddress {
  /** Numeric, IPv4 or IPv6. */
  readonly address: string
  /** 0 lets the system choose, for servers. */
  readonly port: number
}

/** What carries messages to a relay and back. What it loses is sent again. */
export interface Wire {
  readonly send: (bytes: Uint8Array) => void
  readonly close: () => Promise<void>
}

/** Makes a wire: `receive` is called with each message, `failed` with what the system reports. */
export type OpenWire = (receive: (bytes: Uint8Array) => void, failed: (error: Error) => void) => Wire

/** One way to a relay and its core. */
export class CommandSocket<Command extends { readonly command: string }, Reply> {
  readonly #core: CommandClient<Command, Reply>
  readonly #wire: Wire
  readonly #where: string
  readonly #waiting: Map<number, Waiting<Reply>> = new Map()
  #timer: NodeJS.Timeout | undefined
  #wakeAt = 0
  #wireError: Error | undefined
  #closed = false

  /** Over UDP. Rejects with `MediaError` `listen` where the system has no socket. */
  static async open<Command extends { readonly command: string }, Reply>(
    { address, port }: RelayAddress,
    core: CommandClient<Command, Reply>,
  ): Promise<CommandSocket<Command, Reply>> {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    try {
      socket.connect(port, address)
      await once(socket, 'connect')
    } catch (cause) {
      socket.close()
      throw new MediaError('listen', `No socket towards the relay at ${address} port ${port}`, { cause })
    }
    return new CommandSocket(`${address} port ${port}`, core, (receive, failed) => datagrams(socket, receive, failed))
  }

  /** `where` names the relay in messages. */
  constructor(where: string, core: CommandClient<Command, Reply>, open: OpenWire) {
    useBuffer()
    this.#where = where
    this.#core = core
    this.#wire = open(
      bytes => {
        core.receive(bytes)
        this.#drain()
      },
      // A relay that is not there may come back before we give up.
      error => {
        this.#wireError = error
      },
    )
  }

  /** Sends a command; resolves with its reply. */
  request(command: Command): Promise<Reply> {
    if (this.#closed) return Promise.reject(new MediaError('closed', 'This client is closed'))
    return new Promise((resolve, reject) => {
      this.#waiting.set(this.#core.request(command, performance.now()), { resolve, reject, what: command.command })
      this.#drain()
    })
  }

  /** For gauges. */
  counts(): CommandClientCounts {
    return this.#core.counts()
  }

  /** Closes the socket; what waits is rejected with `closed`. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#core.close()
    this.#drain()
    await this.#wire.close()
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

  #perform(output: CommandClientOutput<Reply>): void {
    if (output.kind === 'send') {
      this.#wire.send(output.bytes)
      return
    }
    const waiting = this.#waiting.get(output.id)
    this.#waiting.delete(output.id)
    if (output.kind === 'reply') waiting?.resolve(output.reply)
    else waiting?.reject(this.#errorOf(output, waiting.what))
  }

  #errorOf(output: Exclude<CommandClientOutput<Reply>, { kind: 'send' | 'reply' }>, what: string): MediaError {
    if (output.kind === 'refused') return new MediaError('refused', output.reason)
    const cause = output.code === 'timeout' ? this.#wireError : undefined
    return new MediaError(output.code, `The relay at ${this.#where}: ${MEANS[output.code]} (${what})`, cause && { cause })
  }
}

function datagrams(socket: Socket, receive: (bytes: Uint8Array) => void, failed: (error: Error) => void): Wire {
  socket.on('message', receive)
  socket.on('error', failed)
  return {
    send: bytes => {
      socket.send(bytes, error => {
        if (error) failed(error)
      })
    },
    close: async () => {
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}

interface Waiting<Reply> {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: MediaError) => void
  readonly what: string
}

const MEANS: Readonly<Record<'timeout' | 'too-large' | 'busy' | 'closed', string>> = {
  timeout: 'no answer',
  'too-large': 'the command does not fit a datagram',
  busy: 'too many commands wait already',
  closed: 'closed before it answered',
}
