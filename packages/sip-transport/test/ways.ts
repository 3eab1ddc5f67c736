/** Every transport an endpoint has, behind one interface of raw peers, for tests that hold for all of them. */
import { connect, createServer, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { connect as connectTls, createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { UdpSocket } from '@strowger/dgram-ext'
import { StreamParser } from '@strowger/sip-parser'
import { WebSocket, WebSocketServer } from 'ws'
import type { ListenAddress } from '../src/index.ts'
import { authority, certificate } from './certificates.ts'
import { closeLater, Inbox } from './peers.ts'

/** Somebody on the wire. */
export interface WayPeer {
  /** Where the endpoint sees it. */
  readonly port: number
  /** Whole messages, as text. */
  readonly messages: Inbox<string>
  send(text: string | Uint8Array): void
  /** Part of a message, where the transport can carry one. */
  sendPart?(text: string): void
  /** Reads no more, where somebody has to. */
  pause(): void
  close(): void
  readonly closed: Promise<void>
}

/** An endpoint, or one of its places. */
export interface Listening {
  localFor(transport: ListenAddress['transport']): { readonly port: number }
}

export interface Way {
  readonly name: string
  readonly transport: ListenAddress['transport']
  readonly address: string
  /** A peer that has found `endpoint`, where it listens first. */
  dial(endpoint: Listening): Promise<WayPeer>
  /** A place that the endpoint can send to; who comes is in `peers`. */
  serve(): Promise<{ readonly port: number; readonly peers: Inbox<WayPeer> }>
}

const hasIpv6 = Object.values(networkInterfaces()).some(addresses => addresses?.some(({ address }) => address === '::1'))

export const WAYS: readonly Way[] = ['127.0.0.1', ...(hasIpv6 ? ['::1'] : [])].flatMap(address => [
  udp(address),
  stream('TCP', address),
  stream('TLS', address),
  webSocket('WS', address),
  webSocket('WSS', address),
])

function nameOf(transport: string, address: string): string {
  return address === '::1' ? `${transport} on IPv6` : transport
}

function udp(address: string): Way {
  const bind = (): { peer: WayPeer; to(port: number): void } => {
    const messages = new Inbox<string>()
    let toward = 0
    const socket = UdpSocket.bind({ address }, batch => {
      for (let i = 0; i < batch.length; i++) {
        toward = batch.peer(i).port
        messages.push(Buffer.from(batch.bytes(i)).toString('latin1'))
      }
    })
    closeLater(() => socket.close())
    const send = (text: string | Uint8Array): void => {
      socket.send(bytesOf(text), { address, port: toward })
      socket.flush()
    }
    const peer = {
      port: socket.local.port,
      messages,
      send,
      pause: () => {},
      close: () => socket.close(),
      closed: new Promise<void>(() => {}),
    }
    return {
      peer,
      to(port) {
        toward = port
      },
    }
  }
  return {
    name: nameOf('UDP', address),
    transport: 'UDP',
    address,
    async dial(endpoint) {
      const { peer, to } = bind()
      to(endpoint.localFor('UDP').port)
      return peer
    },
    async serve() {
      const { peer } = bind()
      const peers = new Inbox<WayPeer>()
      peers.push(peer)
      return { port: peer.port, peers }
    },
  }
}

function stream(transport: 'TCP' | 'TLS', address: string): Way {
  return {
    name: nameOf(transport, address),
    transport,
    address,
    async dial(endpoint) {
      const to = { host: address, port: endpoint.localFor(transport).port }
      const socket = transport === 'TCP' ? connect(to) : connectTls({ ...to, ca: authority })
      await new Promise((resolve, reject) => socket.once(transport === 'TCP' ? 'connect' : 'secureConnect', resolve).once('error', reject))
      return streamPeer(socket)
    },
    async serve() {
      const peers = new Inbox<WayPeer>()
      const take = (socket: Socket): void => peers.push(streamPeer(socket))
      const server = transport === 'TCP' ? createServer(take) : createTlsServer(certificate('server') as TlsOptions, take)
      await new Promise<void>(resolve => server.listen(0, address, resolve))
      closeLater(() => server.close())
      return { port: (server.address() as { port: number }).port, peers }
    },
  }
}

function streamPeer(socket: Socket): WayPeer {
  const messages = new Inbox<string>()
  const parser = new StreamParser({ messageBytes: 1 << 20 })
  socket.setNoDelay(true).on('error', () => {})
  socket.on('data', data => {
    parser.push(data)
    for (let item = parser.next(); item !== undefined; item = parser.next())
      if (item.kind === 'request' || item.kind === 'response') messages.push(Buffer.from(item.wire).toString('latin1'))
  })
  closeLater(() => socket.destroy())
  const send = (text: string | Uint8Array): void => void socket.write(bytesOf(text))
  const closed = new Promise<void>(resolve => socket.on('close', () => resolve()))
  return { port: socket.localPort ?? 0, messages, send, sendPart: send, pause: () => socket.pause(), close: () => socket.destroy(), closed }
}

function webSocket(transport: 'WS' | 'WSS', address: string): Way {
  const host = address.includes(':') ? `[${address}]` : address
  return {
    name: nameOf(transport, address),
    transport,
    address,
    async dial(endpoint) {
      const url = `${transport.toLowerCase()}://${host}:${endpoint.localFor(transport).port}`
      const opened = new WebSocket(url, 'sip', { ca: authority })
      let port = 0
      opened.once('upgrade', ({ socket }) => {
        port = socket.localPort ?? 0
      })
      const peer = webSocketPeer(opened)
      await new Promise((resolve, reject) => opened.once('open', resolve).once('error', reject))
      return { ...peer, port }
    },
    async serve() {
      const peers = new Inbox<WayPeer>()
      const http =
        transport === 'WS'
          ? (await import('node:http')).createServer()
          : (await import('node:https')).createServer(certificate('server') as TlsOptions)
      new WebSocketServer({ server: http }).on('connection', opened => peers.push(webSocketPeer(opened)))
      await new Promise<void>(resolve => http.listen(0, address, resolve))
      closeLater(() => http.close())
      return { port: (http.address() as { port: number }).port, peers }
    },
  }
}

function webSocketPeer(opened: WebSocket): WayPeer {
  const messages = new Inbox<string>()
  opened.on('error', () => {})
  opened.on('message', data => messages.push((data as Buffer).toString('latin1')))
  closeLater(() => opened.terminate())
  const closed = new Promise<void>(resolve => opened.on('close', () => resolve()))
  return {
    port: 0,
    messages,
    send: text => opened.send(bytesOf(text)),
    sendPart: text => opened.send(text, { fin: false }),
    pause: () => opened.pause(),
    close: () => opened.terminate(),
    closed,
  }
}

function bytesOf(text: string | Uint8Array): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text
}
