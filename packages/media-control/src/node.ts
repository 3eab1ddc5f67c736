/**
 * NG over TCP, HTTP and WebSocket, as an rtpengine takes it: servers for relays, clients for controllers.
 *
 * @packageDocumentation
 */
import type { NgCommand } from './ng/command.ts'
import type { NgServerOptions } from './ng/ng-server.ts'
import type { NgReply } from './ng/reply.ts'
import { serveHttp } from './node/http-server.ts'
import { NgDoor, type StreamCounts } from './node/ng-door.ts'
import { serveTcp } from './node/tcp-server.ts'
import type { RelayAddress } from './udp/command-socket.ts'

export { NgTcpClient, NgWebSocketClient } from './node/stream-clients.ts'
export type { RelayAddress, StreamCounts }

/** What a connection may cost. */
export interface StreamLimits {
  /** Connections at once. Default 1000. */
  readonly maxConnections?: number
  /** From the first byte of a command to its last, ms. Default 10,000. */
  readonly messageMs?: number
  /** Without a command, ms. Default 600,000. */
  readonly idleMs?: number
  /** Bytes of replies that a controller has not read. Default 1 MiB. */
  readonly maxUnread?: number
}

/** A relay's listener for connections of its controllers. */
export interface NgStreamServer extends RelayAddress {
  /** What came, and what was cut off. */
  counts(): StreamCounts
  /** Stops listening and ends the connections. */
  close(): Promise<void>
}

/** What the servers here need to know. */
export type NgStreamOptions = RelayAddress & NgServerOptions & StreamLimits

/** Of HTTP only. */
export interface NgHttpOptions {
  /** What `GET /metrics` is answered, in Prometheus' format. Without it there is no such page. */
  readonly exposition?: () => Promise<string>
}

/** How a command is answered: see `serveNgUdp`. */
export type NgHandler = (command: NgCommand) => Promise<NgReply> | NgReply

/** Takes NG over TCP: messages follow each other, each a cookie, a space and a body. Rejects with `MediaError` `listen`. */
export function serveNgTcp(options: NgStreamOptions, handle: NgHandler): Promise<NgStreamServer> {
  return serveTcp(options, new NgDoor(options, handle))
}

/**
 * Takes NG over HTTP (`POST /ng`, `text/plain` or `application/x-rtpengine-ng`) and WebSocket (any path, subprotocol
 * `ng.rtpengine.com`); `GET /ping` is answered `pong`, `GET /metrics` where there are some. Rejects with `MediaError` `listen`.
 */
export function serveNgHttp(options: NgStreamOptions & NgHttpOptions, handle: NgHandler): Promise<NgStreamServer> {
  return serveHttp(options, new NgDoor(options, handle))
}
