/** Strangers in plain Node sockets: over UDP, TCP, TLS and WebSockets, with nothing between them and the wire. RFC 3261 §18. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Platform } from '../platform.ts'
import { until } from '../until.ts'

export interface Came {
  readonly text: string
  readonly from: { readonly address: string; readonly port: number }
}

/** `address:port`. */
export function placeOf(at: string): { readonly host: string; readonly port: number } {
  const [host, port] = at.split(':') as [string, string]
  return { host, port: Number(port) }
}

export class UdpStranger {
  readonly address: string
  readonly port: number
  readonly came: Came[] = []
  /** All that was sent to it. */
  bytes = 0
  readonly #socket: UdpSocket
  readonly #hearers = new Set<(came: Came) => void>()

  private constructor(socket: UdpSocket) {
    this.#socket = socket
    this.address = socket.address().address
    this.port = socket.address().port
    socket.on('error', () => {})
    socket.on('message', (bytes, { address, port }) => {
      const came = { text: bytes.toString('latin1'), from: { address, port } }
      this.bytes += bytes.length
      this.came.push(came)
      for (const hear of this.#hearers) hear(came)
    })
  }

  static async open(address = '127.0.0.66', port = 0): Promise<UdpStranger> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
    socket.bind(port, address)
    await once(socket, 'listening')
    return new UdpStranger(socket)
  }

  hear(hear: (came: Came) => void): void {
    this.#hearers.add(hear)
  }

  /** Resolves when the kernel has it. */
  send(message: string | Uint8Array, to: string): Promise<void> {
    const { host, port } = placeOf(to)
    const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : message
    return new Promise(resolve => this.#socket.send(bytes, port, host, () => resolve()))
  }

  /** Waits for the message that `fits`. */
  received(what: string, fits: (text: string) => boolean, timeoutMs = 30_000): Promise<string> {
    return until(what, () => this.came.find(({ text }) => fits(text))?.text, timeoutMs)
  }

  /** The first final answer to `message`, found by its branch; sent again until it comes, as over UDP one does. */
  async ask(message: string, to: string): Promise<string> {
    const branch = /branch=([^;\r]+)/.exec(message)?.[1] ?? ''
    const isAnswer = (text: string): boolean => /^SIP\/2\.0 [2-6]/.test(text) && text.includes(branch)
    for (let tries = 0; tries < 20; tries++) {
      await this.send(message, to)
      const answer = await this.received(`an answer to ${branch}`, isAnswer, 1500).catch(() => undefined)
      if (answer !== undefined) return answer
    }
    throw new Error(`nobody answered ${message}`)
  }

  close(): void {
    this.#socket.close()
  }
}

export class StreamStranger {
  readonly socket: Socket
  readonly closed: Promise<void>
  received = ''
  isClosed = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay(true).on('error', () => {})
    socket.on('data', data => {
      this.received += data.toString('latin1')
    })
    this.closed = new Promise(resolve =>
      socket.once('close', () => {
        this.isClosed = true
        resolve()
      }),
    )
  }

  /** Connected when this resolves; what the other side does with it then is seen later. */
  static async tcp(to: string, from = '127.0.0.66'): Promise<StreamStranger> {
    const socket = connect({ ...placeOf(to), localAddress: from })
    const stranger = new StreamStranger(socket)
    await Promise.race([once(socket, 'connect').catch(() => {}), stranger.closed])
    return stranger
  }

  static async tls(platform: Platform, to: string, from = '127.0.0.66'): Promise<StreamStranger> {
    const tcp = await StreamStranger.tcp(to, from)
    const secured = connectTls({ socket: tcp.socket, ca: readFileSync(platform.certificate), ALPNProtocols: ['http/1.1'] })
    const stranger = new StreamStranger(secured)
    await Promise.race([once(secured, 'secureConnect').catch(() => {}), stranger.closed])
    return stranger
  }

  send(text: string | Uint8Array): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** Waits for something in what came. */
  async receive(pattern: RegExp, timeoutMs = 30_000): Promise<string> {
    await until(
      `${pattern} on a connection that has ${JSON.stringify(this.received.slice(-500))}`,
      () => pattern.test(this.received),
      timeoutMs,
    )
    return this.received
  }

  /** Lets what was written leave, and goes. */
  async finish(): Promise<void> {
    if (!this.isClosed) await Promise.race([new Promise<void>(resolve => this.socket.end(resolve)), this.closed])
    this.close()
  }

  close(): void {
    this.socket.destroy()
  }
}

/** The upgrade to a WebSocket, as text. RFC 6455 §4.1. */
export function upgrade(host: string, ...lines: readonly string[]): string {
  const head = [`GET / HTTP/1.1`, `Host: ${host}`, 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13']
  return [...head, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ...lines, '', ''].join('\r\n')
}

export interface FrameOptions {
  /** 0 continuation, 1 text, 8 close, 9 ping. */
  readonly opcode?: number
  readonly isFinal?: boolean
  readonly isMasked?: boolean
  readonly isCompressed?: boolean
  /** What the header says instead of the length of `payload`. */
  readonly claims?: number
}

/**
 * A frame of a client. RFC 6455 §5.2.
 * ```
 * |F|R|R|R| opcode|M| length      | extended length, 2 or 8 bytes | mask, 4 bytes | payload
 * ```
 */
export function frame(payload: Uint8Array | string, options: FrameOptions = {}): Uint8Array {
  const { opcode = 1, isFinal = true, isMasked = true, isCompressed = false } = options
  const bytes = Buffer.from(typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload)
  const length = options.claims ?? bytes.length
  const first = (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode
  const head = length < 126 ? Buffer.from([first, length]) : Buffer.alloc(length < 65_536 ? 4 : 10)
  if (length >= 126) {
    head[0] = first
    head[1] = length < 65_536 ? 126 : 127
    if (length < 65_536) head.writeUInt16BE(length, 2)
    else head.writeBigUInt64BE(BigInt(length), 2)
  }
  if (!isMasked) return Buffer.concat([head, bytes])
  head[1]! |= 0x80
  const mask = Buffer.from([1, 2, 3, 4])
  return Buffer.concat([head, mask, bytes.map((byte, i) => byte ^ mask[i % 4]!)])
}

/** The close code at the end of what a server sent, if there is one. RFC 6455 §7.4. */
export function closeCode(received: string): number | undefined {
  const bytes = Buffer.from(received, 'latin1')
  const at = bytes.lastIndexOf(0x88)
  return at >= 0 && at + 4 <= bytes.length ? bytes.readUInt16BE(at + 2) : undefined
}
