/** Controllers' clients over connections: they connect when there is something to send, and again when it is sent again. */
import { connect as connectTcp, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import type { NgCommand } from '../ng/command.ts'
import { type NgClientCounts, type NgClientOptions, ngClientCore } from '../ng/ng-client.ts'
import type { NgReply } from '../ng/reply.ts'
import { NgFrames } from '../stream/ng-frames.ts'
import { CommandSocket, type OpenWire, type RelayAddress } from '../udp/command-socket.ts'
import { cookiePrefix } from '../udp/cookie-prefix.ts'
import { SUBPROTOCOL } from './http-server.ts'

type Timing = Omit<NgClientOptions, 'cookiePrefix'>

class StreamClient {
  readonly #socket: CommandSocket<NgCommand, NgReply>

  protected constructor(where: string, timing: Timing, open: OpenWire) {
    this.#socket = new CommandSocket(where, ngClientCore({ cookiePrefix: cookiePrefix(), ...timing }), open)
  }

  /** As `NgUdpClient.request`. */
  request(command: NgCommand): Promise<NgReply> {
    return this.#socket.request(command)
  }

  /** For gauges. */
  counts(): NgClientCounts {
    return this.#socket.counts()
  }

  /** Ends the connection; what waits is rejected with `closed`. */
  close(): Promise<void> {
    return this.#socket.close()
  }
}

/** NG over one TCP connection. */
export class NgTcpClient extends StreamClient {
  /** The relay need not be there yet. */
  static async open({ address, port, ...timing }: RelayAddress & Timing): Promise<NgTcpClient> {
    return new NgTcpClient(`${address} port ${port} (TCP)`, timing, tcpWire({ address, port }))
  }
}

/** NG over one WebSocket. RFC 6455. */
export class NgWebSocketClient extends StreamClient {
  /** `url` as `ws://192.0.2.1:2225/`; the relay need not be there yet. */
  static async open({ url, ...timing }: { readonly url: string } & Timing): Promise<NgWebSocketClient> {
    return new NgWebSocketClient(url, timing, webSocketWire(url))
  }
}

function tcpWire({ address, port }: RelayAddress): OpenWire {
  return (receive, failed) => {
    let socket: Socket | undefined
    const open = (): Socket => {
      const made = connectTcp({ host: address, port, noDelay: true, keepAlive: true })
      const frames = new NgFrames()
      made.on('data', (chunk: Buffer) => {
        for (const message of frames.push(chunk)) receive(message)
        if (frames.fault) made.destroy(new Error(`what the relay sends cannot be read: ${frames.fault}`))
      })
      made.on('error', failed)
      made.on('close', () => {
        if (socket === made) socket = undefined
      })
      return made
    }
    return {
      send: bytes => {
        socket ??= open()
        // A relay that does not read gets no more: what waits is sent again, or given up.
        if (socket.writableLength < MOST_UNSENT) socket.write(bytes)
      },
      close: async () => {
        const last = socket
        socket = undefined
        last?.destroy()
      },
    }
  }
}

function webSocketWire(url: string): OpenWire {
  return (receive, failed) => {
    let socket: WebSocket | undefined
    const open = (): WebSocket => {
      const made = new WebSocket(url, [SUBPROTOCOL], { perMessageDeflate: false, maxPayload: MOST_UNSENT, handshakeTimeout: HANDSHAKE_MS })
      made.on('message', data => receive(new Uint8Array(data as Buffer)))
      made.on('error', failed)
      made.on('close', () => {
        if (socket === made) socket = undefined
      })
      return made
    }
    return {
      send: bytes => {
        socket ??= open()
        const now = socket
        if (now.readyState === WebSocket.OPEN) {
          if (now.bufferedAmount < MOST_UNSENT) now.send(bytes)
        } else if (now.readyState === WebSocket.CONNECTING) now.once('open', () => now.send(bytes))
      },
      close: async () => {
        const last = socket
        socket = undefined
        last?.terminate()
      },
    }
  }
}

const MOST_UNSENT = 2 ** 20
const HANDSHAKE_MS = 3000
