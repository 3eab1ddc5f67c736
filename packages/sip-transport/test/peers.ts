/** Raw peers for the tests: what is on the wire, byte by byte, on loopback and free ports. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { UdpSocket } from '@strowger/dgram-ext'
import { type Core, type CoreOutput, type EndpointOptions, type ListenAddress, SipEndpoint } from '../src/index.ts'

/** A list that can be awaited: `at(n)` resolves with the n-th item (from 0) once it is there. */
export class Inbox<T> {
  readonly items: T[] = []
  #waiting: { n: number; resolve: (item: T) => void }[] = []

  readonly push = (item: T): void => {
    this.items.push(item)
    this.#waiting = this.#waiting.filter(({ n, resolve }) => n >= this.items.length || resolve(this.items[n]!))
  }

  at(n: number): Promise<T> {
    if (n < this.items.length) return Promise.resolve(this.items[n]!)
    return new Promise(resolve => this.#waiting.push({ n, resolve }))
  }
}

const closers: (() => unknown)[] = []

/** Closed by {@link closeAll}. */
export function closeLater(close: () => unknown): void {
  closers.push(close)
}

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of closers.splice(0).reverse()) await close()
}

export interface Opened {
  readonly endpoint: SipEndpoint
  readonly outputs: Inbox<CoreOutput>
}

/** An endpoint on free ports of 127.0.0.1 whose core is `react`. */
export async function open(
  react: (output: CoreOutput, endpoint: SipEndpoint, now: number) => void = () => {},
  options: Partial<EndpointOptions> & { extra?: Partial<Core> } = {},
): Promise<Opened> {
  const outputs = new Inbox<CoreOutput>()
  const core = (endpoint: SipEndpoint): Core => ({
    ...options.extra,
    onOutput(output, now) {
      outputs.push(output)
      react(output, endpoint, now)
    },
  })
  const endpoint = await SipEndpoint.open({ listen: LOOPBACK, core, ...options })
  closers.push(() => endpoint.close())
  return { endpoint, outputs }
}

export const LOOPBACK: readonly [ListenAddress, ...ListenAddress[]] = [
  { transport: 'UDP', address: '127.0.0.1' },
  { transport: 'TCP', address: '127.0.0.1' },
]

export interface UdpPeer {
  readonly port: number
  readonly texts: Inbox<string>
  send(text: string, port: number, address?: string): void
  close(): void
}

export function udpPeer(address = '127.0.0.1'): UdpPeer {
  const texts = new Inbox<string>()
  const socket = UdpSocket.bind({ address }, batch => {
    for (let i = 0; i < batch.length; i++) texts.push(Buffer.from(batch.bytes(i)).toString('latin1'))
  })
  closers.push(() => socket.close())
  return {
    port: socket.local.port,
    texts,
    send: (text, port, to = '127.0.0.1') => {
      socket.send(Buffer.from(text, 'latin1'), { address: to, port })
      socket.flush()
    },
    close: () => socket.close(),
  }
}

export interface TcpPeer {
  readonly socket: Socket
  /** All that has come, growing. */
  readonly texts: Inbox<string>
  readonly closed: Promise<void>
  received(): string
}

export function tcpPeer(socket: Socket): TcpPeer {
  let received = ''
  const texts = new Inbox<string>()
  socket.on('error', () => {})
  socket.on('data', data => {
    received += data.toString('latin1')
    texts.push(received)
  })
  const closed = new Promise<void>(resolve => socket.on('close', () => resolve()))
  closers.push(() => socket.destroy())
  return { socket, texts, closed, received: () => received }
}

export async function dial(port: number, host = '127.0.0.1'): Promise<TcpPeer> {
  const socket = connect({ host, port, noDelay: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return tcpPeer(socket)
}

/** A TCP listener that keeps its connections. */
export async function tcpServer(): Promise<{ port: number; connections: Inbox<TcpPeer>; server: Server }> {
  const connections = new Inbox<TcpPeer>()
  const server = createServer(socket => connections.push(tcpPeer(socket)))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return { port: (server.address() as { port: number }).port, connections, server }
}

export interface RequestText {
  readonly method?: string
  readonly via?: string
  readonly branch?: string
  readonly callId?: string
  readonly headers?: string
}

export function request({ method = 'OPTIONS', branch = 'z9hG4bKone', callId = 'call-1', ...rest }: RequestText = {}): string {
  const via = rest.via ?? `SIP/2.0/UDP 127.0.0.1:5555;branch=${branch};rport`
  const lines = [
    `${method} sip:bob@127.0.0.1 SIP/2.0`,
    `Via: ${via}`,
    'Max-Forwards: 70',
    'From: <sip:alice@127.0.0.1>;tag=a',
    'To: <sip:bob@127.0.0.1>',
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
  ]
  return `${lines.join('\r\n')}\r\n${rest.headers ?? ''}Content-Length: 0\r\n\r\n`
}

/** What a server answers: the headers of RFC 3261 §8.2.6.2 as they came. */
export function answer(text: string, status: number): string {
  const copied = text.split('\r\n').filter(line => /^(Via|From|To|Call-ID|CSeq):/i.test(line))
  return `SIP/2.0 ${status} Answer\r\n${copied.join('\r\n')}\r\nContent-Length: 0\r\n\r\n`
}

/** Lets everything that is ready happen: a few turns of the event loop, no clock. */
export async function settle(turns = 10): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(resolve => setImmediate(resolve))
}
