/** The HTTP side of a WebSocket: who may come in, and by which subprotocol. RFC 7118 §4.1, RFC 6455 §4.2. */
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

/** Which WebSockets may be opened here. RFC 7118 §4.1. */
export interface WebSocketOptions {
  /** Pages that browsers may come from: `https://phone.example.com`. Default: any; who sends no Origin is no browser, and may come. RFC 6455 §10.2. */
  readonly origins?: readonly string[] | undefined
  /** The only path that is served: `/sip`. Default: any. */
  readonly path?: string | undefined
}

export interface WebSocketDoorEvents {
  opened(webSocket: WebSocket, socket: Socket): void
  /** It has been answered with an HTTP status, and leaves. */
  refused(socket: Socket): void
}

/** Takes sockets, never listens itself. */
export class WebSocketDoor {
  readonly #options: WebSocketOptions
  readonly #events: WebSocketDoorEvents
  readonly #http: Server
  readonly #webSockets: WebSocketServer

  constructor(options: WebSocketOptions, messageBytes: number, events: WebSocketDoorEvents) {
    this.#options = options
    this.#events = events
    this.#http = createServer({ maxHeaderSize: MOST_HEADER_BYTES })
    this.#http.on('request', ({ socket }) => this.#refuse(socket, 426, 'this is SIP over WebSocket'))
    this.#http.on('clientError', (_error, socket) => this.#refuse(socket as Socket, 400, 'no HTTP request'))
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head))
    this.#webSockets = new WebSocketServer({
      ...webSocketLimits(messageBytes),
      noServer: true,
      clientTracking: false,
      handleProtocols: () => SUBPROTOCOL,
    })
    this.#webSockets.on('wsClientError', ({ message }, socket) => this.#refuse(socket as Socket, 400, message))
  }

  enter(socket: Socket): void {
    this.#http.emit('connection', socket)
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { origins, path } = this.#options
    const { origin } = request.headers
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map(name => name.trim())
    if (path !== undefined && request.url?.split('?')[0] !== path) this.#refuse(socket, 404, `SIP is at ${path}`)
    else if (origin !== undefined && origins !== undefined && !origins.includes(origin)) this.#refuse(socket, 403, 'not from this page')
    else if (!offered.includes(SUBPROTOCOL)) this.#refuse(socket, 400, 'the subprotocol must be "sip" (RFC 7118 §4.1)')
    else this.#webSockets.handleUpgrade(request, socket, head, webSocket => this.#events.opened(webSocket, socket))
  }

  #refuse(socket: Socket, status: number, why: string): void {
    if (socket.destroyed) return
    this.#events.refused(socket)
    const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, 'Connection: close', ...(status === 426 ? ['Upgrade: websocket'] : [])]
    const rest = ['Content-Type: text/plain', `Content-Length: ${Buffer.byteLength(why) + 1}`, '', `${why}\n`]
    socket.end([...head, ...rest].join('\r\n'), () => socket.destroy())
  }
}

/** For both ends. Compression off: it costs 64 KB a connection, and a small frame could become a huge message. RFC 7692 §8. */
export function webSocketLimits(messageBytes: number): {
  readonly maxPayload: number
  readonly maxFragments: number
  readonly perMessageDeflate: false
  readonly autoPong: false
  readonly closeTimeout: number
} {
  return { maxPayload: messageBytes, maxFragments: MOST_FRAGMENTS, perMessageDeflate: false, autoPong: false, closeTimeout: CLOSE_MS }
}

export const SUBPROTOCOL = 'sip'
const MOST_HEADER_BYTES = 8192
const MOST_FRAGMENTS = 256
const CLOSE_MS = 2000
