/** NG over HTTP, and over WebSocket on the same port. RFC 9110 §9.3.3, RFC 6455 §1.9. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import type { NgHttpOptions, NgStreamServer } from '../node.ts'
import type { RelayAddress } from '../udp/command-socket.ts'
import { listening } from './listening.ts'
import type { NgDoor } from './ng-door.ts'

export async function serveHttp({ address, port, exposition }: RelayAddress & NgHttpOptions, door: NgDoor): Promise<NgStreamServer> {
  const { messageMs, idleMs } = door.limits
  const open = new Set<Socket>()
  const http = createServer(
    { requestTimeout: messageMs, headersTimeout: messageMs, connectionsCheckingInterval: Math.ceil(messageMs / 2), maxHeaderSize: 8192 },
    (request, response) => {
      void answer(request, response, door, exposition)
    },
  )
  const sockets = new WebSocketServer({ noServer: true, maxPayload: door.maxBytes, perMessageDeflate: false, handleProtocols: chosen })
  http.keepAliveTimeout = idleMs
  http.on('connection', (socket: Socket) => {
    if (door.full) return void socket.destroy()
    open.add(socket)
    door.connections += 1
    socket.on('close', () => {
      open.delete(socket)
      door.connections -= 1
    })
  })
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') door.slow += 1
    else door.unreadable += 1
    socket.destroy()
  })
  http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    sockets.handleUpgrade(request, socket, head, ws => attend(ws, socket, door))
  })
  return {
    address,
    port: await listening(http, { address, port }, 'NG over HTTP'),
    counts: () => door.counts(),
    close: async () => {
      if (!http.listening) return
      const closed = once(http, 'close')
      http.close()
      for (const socket of open) socket.destroy()
      await closed
      sockets.close()
    },
  }
}

/** The subprotocol where it was asked for; a client that asks for none is served too, one that asks for others is not told one. */
function chosen(offered: ReadonlySet<string>): string | false {
  return offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  door: NgDoor,
  exposition: NgHttpOptions['exposition'],
): Promise<void> {
  const { method, url = '' } = request
  if (method === 'GET' && url === '/ping') return end(response, 200, 'text/plain', 'pong')
  if (method === 'GET' && url === '/metrics' && exposition !== undefined) return end(response, 200, METRICS, await exposition())
  if (url !== '/ng') return end(response, 404, 'text/plain', 'Not found')
  if (method !== 'POST') return end(response, 405, 'text/plain', 'POST it')
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== undefined && !TYPES.has(type)) return end(response, 415, 'text/plain', 'text/plain or application/x-rtpengine-ng')
  const body = await read(request, door.maxBytes).catch(() => undefined)
  if (!body) {
    door.unreadable += 1
    return end(response, 413, 'text/plain', 'Too large')
  }
  const reply = await door.take(body, `http ${request.socket.remoteAddress}`)
  if (reply) end(response, 200, type ?? 'application/x-rtpengine-ng', reply)
  else end(response, 400, 'text/plain', 'A cookie, a space and a body')
}

function end(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  // What is left of the request is not read.
  if (status >= 400) response.shouldKeepAlive = false
  response.writeHead(status, { 'content-type': type, 'content-length': typeof body === 'string' ? Buffer.byteLength(body) : body.length })
  response.end(body)
}

async function read(request: IncomingMessage, most: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request) {
    bytes += part.length
    if (bytes > most) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** A message is a command; its reply is of the same kind, text or binary. */
function attend(ws: WebSocket, socket: Socket, door: NgDoor): void {
  const { idleMs, maxUnread } = door.limits
  const host = `ws ${socket.remoteAddress}`
  socket.setTimeout(idleMs, () => {
    door.slow += 1
    ws.terminate()
  })
  ws.on('error', () => {
    door.unreadable += 1
  })
  ws.on('message', (data: RawData, binary: boolean) => {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data
    void door.take(bytes, host).then(reply => {
      if (!reply || ws.readyState !== ws.OPEN) return
      ws.send(reply, { binary: binary || !isText(reply) })
      if (ws.bufferedAmount <= maxUnread) return
      door.unread += 1
      ws.terminate()
    })
  })
}

/** Text frames hold UTF-8 only (RFC 6455 §5.6). */
function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

const METRICS = 'text/plain; version=0.0.4; charset=utf-8'
export const SUBPROTOCOL = 'ng.rtpengine.com'
const TYPES: ReadonlySet<string> = new Set([
  'text/plain',
  'application/x-rtpengine-ng',
  'application/x-rtpengine-ng+json',
  'application/json',
])
