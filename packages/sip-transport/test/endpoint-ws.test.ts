/** An endpoint over real WebSockets, plain and secure: who may come in, frames, keep-alives, abuse. Loopback, free ports. */
import { get, request as httpRequest } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { responseTo } from '@strowger/sip-parser'
import { newCall } from '@strowger/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws'
import { type CoreOutput, type EndpointOptions, type Flow, resolveTargets, type SipEndpoint } from '../src/index.ts'
import { authority, certificate } from './certificates.ts'
import { answer, closeAll, closeLater, Inbox, type Opened, open, request, settle } from './peers.ts'

afterEach(closeAll)

const stateless = (output: CoreOutput, { layer }: SipEndpoint): void => {
  if (output.kind === 'request') layer.replyStateless(output.incoming, responseTo(output.incoming.request, 200))
}

type Way = 'WS' | 'WSS'

function openWs(way: Way = 'WS', options: Parameters<typeof open>[1] = {}): Promise<Opened> {
  return open(stateless, {
    listen: [{ transport: way, address: '127.0.0.1' }],
    tls: { ca: authority, ...certificate('server') },
    ...options,
  })
}

interface Browser {
  readonly webSocket: WebSocket
  readonly texts: Inbox<string>
  readonly binary: boolean[]
  /** The close code. */
  readonly closed: Promise<number>
}

async function browse(
  endpoint: SipEndpoint,
  options: ClientOptions & { path?: string; protocols?: string[] } = {},
  way: Way = 'WS',
): Promise<Browser> {
  const { path = '/', protocols = ['sip'], ...rest } = options
  const webSocket = new WebSocket(`${way.toLowerCase()}://127.0.0.1:${endpoint.localFor(way).port}${path}`, protocols, {
    ca: authority,
    ...rest,
  })
  closeLater(() => webSocket.terminate())
  const texts = new Inbox<string>()
  const binary: boolean[] = []
  webSocket.on('message', (data, isBinary) => {
    binary.push(isBinary)
    texts.push((data as Buffer).toString('utf8'))
  })
  const closed = new Promise<number>(resolve => webSocket.on('close', resolve))
  await new Promise((resolve, reject) => webSocket.once('open', resolve).once('error', reject))
  webSocket.on('error', () => {})
  return { webSocket, texts, binary, closed }
}

const via = (branch: string, way: Way = 'WS'): string => `SIP/2.0/${way} df7jal23ls0d.invalid;branch=${branch};rport`

let tokens = 0
const token = (): string => `token${++tokens}-0123456789`

function send(endpoint: SipEndpoint, port: number, flow?: number, way: Way = 'WS'): void {
  const hop = {
    transport: way,
    remote: { address: '127.0.0.1', port },
    local: endpoint.localFor(way),
    ...(flow === undefined ? {} : { flow }),
  } as const
  endpoint.layer.send(endpoint.now(), newCall('OPTIONS', token), hop)
  endpoint.drain()
}

function flowOf(output: CoreOutput): number {
  if (output.kind !== 'request') throw new Error(output.kind)
  return output.incoming.from.flow!
}

describe.each(['WS', 'WSS'] as const)('SipEndpoint over %s', way => {
  it('answers in the socket the request came by, and reaches a browser by its flow (RFC 7118 §5, RFC 5626 §5.3)', async () => {
    const { endpoint, outputs } = await openWs(way)
    const browser = await browse(endpoint, {}, way)
    expect(browser.webSocket.protocol).toBe('sip')
    expect(browser.webSocket.extensions).toBe('')
    browser.webSocket.send(request({ via: via('z9hG4bKx', way) }))
    expect(await browser.texts.at(0)).toMatch(
      new RegExp(`^SIP/2\\.0 200 OK\r\n[\\s\\S]*Via: SIP/2\\.0/${way} df7jal23ls0d\\.invalid;branch=z9hG4bKx;rport=\\d+;received=127`),
    )
    const output = await outputs.at(0)
    expect(endpoint.flowOf(flowOf(output))).toMatchObject({ transport: way, incoming: true })
    send(endpoint, 1, flowOf(output), way)
    expect(await browser.texts.at(1)).toContain(`Via: SIP/2.0/${way} 127.0.0.1:${endpoint.localFor(way).port};`)
    expect(browser.binary).toEqual([false, false])
  })

  it('opens a WebSocket for a request of ours and uses it again (RFC 7118 §4.1)', async () => {
    const [client, server] = [await openWs(way), await openWs(way)]
    const { port } = server.endpoint.localFor(way)
    send(client.endpoint, port, undefined, way)
    expect(await client.outputs.at(0)).toMatchObject({ kind: 'response', response: { status: 200 } })
    send(client.endpoint, port, undefined, way)
    while (client.outputs.items.filter(({ kind }) => kind === 'response').length < 2) await settle(1)
    expect([client.endpoint.counts().flows, server.endpoint.counts().flows]).toEqual([1, 1])
  })
})

describe('the door of a WebSocket', () => {
  it.each([
    ['without the subprotocol', { protocols: [] }, 400],
    ['with another subprotocol', { protocols: ['xmpp'] }, 400],
    ['from another page', { origin: 'https://evil.test' }, 403],
    ['to another path', { path: '/chat' }, 404],
  ] as const)('refuses who comes %s (RFC 7118 §4.1, RFC 6455 §10.2)', async (_what, options, status) => {
    const { endpoint } = await openWs('WS', { webSocket: { origins: ['https://phone.test'], path: '/sip' } })
    const refused = browse(endpoint, {
      path: '/sip',
      origin: 'https://phone.test',
      ...options,
      protocols: [...('protocols' in options ? options.protocols : ['sip'])],
    })
    await expect(refused).rejects.toThrow(`Unexpected server response: ${status}`)
    expect(endpoint.events()).toMatchObject({ 'upgrade-refused': 1 })
  })

  it('lets in who comes from the right page, and who is no browser', async () => {
    const { endpoint } = await openWs('WS', { webSocket: { origins: ['https://phone.test'], path: '/sip' } })
    await browse(endpoint, { origin: 'https://phone.test', path: '/sip?token=1', protocols: ['xmpp', 'sip'] })
    await browse(endpoint, { path: '/sip' })
  })

  it('says 426 to HTTP, 400 to what is neither, and 400 to headers without end', async () => {
    const { endpoint } = await openWs()
    const { port } = endpoint.localFor('WS')
    const status = await new Promise(resolve => get({ port, host: '127.0.0.1' }, ({ statusCode }) => resolve(statusCode)))
    expect(status).toBe(426)
    for (const text of ['OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\n\r\n', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`]) {
      const socket = connectTcp(port, '127.0.0.1').on('error', () => {})
      const said = new Promise<string>(resolve => socket.once('data', data => resolve(data.toString())))
      socket.write(text)
      expect(await said).toMatch(/^HTTP\/1\.1 400 /)
    }
    expect(endpoint.events()).toMatchObject({ 'upgrade-refused': 3 })
    expect(endpoint.events()['handshake-failed']).toBeUndefined()
  })

  it('closes who never finishes the upgrade', async () => {
    const { endpoint } = await openWs('WS', { limits: { handshakeMs: 30 } })
    const slow = httpRequest({
      port: endpoint.localFor('WS').port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { 'Content-Length': 10 },
    }).on('error', () => {})
    const silent = connectTcp(endpoint.localFor('WS').port, '127.0.0.1').on('error', () => {})
    silent.write('GET / HTTP/1.1\r\n')
    await Promise.all([slow, silent.resume()].map(socket => new Promise(resolve => socket.on('close', resolve))))
    expect(endpoint.events()).toMatchObject({ 'handshake-slow': 2 })
  })
})

describe('the frames of a WebSocket', () => {
  it('takes text and binary, and one message out of many fragments (RFC 7118 §4.2)', async () => {
    const { endpoint, outputs } = await openWs()
    const { webSocket, texts } = await browse(endpoint)
    webSocket.send(Buffer.from(request({ via: via('z9hG4bKbinary') })), { binary: true })
    const text = request({ via: via('z9hG4bKfragments') })
    for (let i = 0; i < text.length; i += 10) webSocket.send(text.slice(i, i + 10), { fin: i + 10 >= text.length })
    expect(await texts.at(0)).toContain('z9hG4bKbinary')
    expect(await texts.at(1)).toContain('z9hG4bKfragments')
    expect(outputs.items).toHaveLength(2)
  })

  it('takes one message of a frame, with or without Content-Length, and sends bytes that are no UTF-8 as binary (RFC 7118 §4.2)', async () => {
    const { endpoint, outputs } = await openWs()
    const { webSocket, texts, binary } = await browse(endpoint)
    webSocket.send(request({ via: via('z9hG4bK1') }) + request({ via: via('z9hG4bK2') }))
    webSocket.send(request({ via: via('z9hG4bK3') }).replace('Content-Length: 0\r\n', ''))
    webSocket.send(
      Buffer.from(request({ via: via('z9hG4bK4'), headers: 'From: "\xe9" <sip:a@b>;tag=1\r\n' }).replace(/From: <.*\r\n/, ''), 'latin1'),
    )
    await texts.at(2)
    expect(outputs.items).toHaveLength(3)
    expect(binary).toEqual([false, false, true])
  })

  it('answers what is malformed and goes on, and counts noise (RFC 3261 §8.2)', async () => {
    const { endpoint } = await openWs()
    const { webSocket, texts } = await browse(endpoint)
    webSocket.send(request({ via: via('z9hG4bK1') }).replace('Max-Forwards: 70', 'Max-Forwards: x'))
    webSocket.send('hello')
    webSocket.send(Buffer.from([0, 1, 2]))
    webSocket.send(request({ via: via('z9hG4bK2') }))
    expect(await texts.at(0)).toMatch(/^SIP\/2\.0 400 Bad Max-Forwards/)
    expect(await texts.at(1)).toMatch(/^SIP\/2\.0 200/)
    expect(endpoint.events()).toMatchObject({ 'malformed-answered': 1, 'malformed-dropped': 1, noise: 1 })
  })

  it('answers CRLF keep-alives as on a stream, and pings with pongs (RFC 5626 §4.4.1, RFC 6455 §5.5.3)', async () => {
    const { endpoint } = await openWs()
    const { webSocket, texts } = await browse(endpoint)
    webSocket.send('\r\n\r\n')
    expect(await texts.at(0)).toBe('\r\n')
    const pong = new Promise<string>(resolve => webSocket.once('pong', data => resolve(data.toString())))
    webSocket.ping('are you there')
    expect(await pong).toBe('are you there')
    expect(endpoint.events()).toMatchObject({ 'keep-alive': 2 })
  })

  it('pings a browser when asked to, and answers no pong, a lone CRLF least of all (RFC 7118 §6, RFC 5626 §4.4.1)', async () => {
    const { endpoint, outputs } = await openWs()
    const { webSocket, texts } = await browse(endpoint)
    webSocket.send(request({ via: via(`z9hG4bK${token()}`) }))
    const output = await outputs.at(0)
    if (output.kind !== 'request') throw new Error(output.kind)
    await texts.at(0)
    for (let pings = 1; pings <= 3; pings++) {
      const pinged = new Promise(resolve => webSocket.once('ping', resolve))
      expect(endpoint.ping(output.incoming.from)).toBe(true)
      await pinged
      webSocket.send('\r\n')
      while (endpoint.events()['keep-alive'] !== pings) await settle(1)
    }
    expect(texts.items).toHaveLength(1)
    webSocket.close()
    while (endpoint.counts().flows > 0) await settle(1)
    expect(endpoint.ping(output.incoming.from)).toBe(false)
  })

  it('pings a silent browser, keeps one that answers and closes one that does not (RFC 7118 §6)', async () => {
    const { endpoint } = await openWs('WS', { limits: { pingMs: 60 } })
    const [alive, dead] = [await browse(endpoint), await browse(endpoint, { autoPong: false })]
    for (const { webSocket } of [alive, dead]) webSocket.send(request({ via: via(`z9hG4bK${token()}`) }))
    await dead.closed
    expect(endpoint.events()).toMatchObject({ 'connection-idle': 1 })
    alive.webSocket.send(request({ via: via('z9hG4bKstill') }))
    while (!alive.texts.items.some(text => text.includes('z9hG4bKstill'))) await alive.texts.at(alive.texts.items.length)
  })

  it('lives through a flood of pings that nobody reads the answers of', async () => {
    const { endpoint } = await openWs()
    const [bad, good] = [await browse(endpoint), await browse(endpoint)]
    bad.webSocket.pause()
    for (let i = 0; i < 20_000; i++) bad.webSocket.ping(Buffer.alloc(125))
    while ((endpoint.events()['keep-alive'] ?? 0) < 20_000) await settle(1)
    good.webSocket.send(request({ via: via('z9hG4bKx') }))
    await good.texts.at(0)
  })

  it.each([
    ['a frame beyond the limit', (webSocket: WebSocket) => webSocket.send('x'.repeat(70_000)), 1009],
    [
      'fragments beyond the limit',
      (webSocket: WebSocket) => {
        for (let i = 0; i < 8; i++) webSocket.send('x'.repeat(10_000), { fin: false })
      },
      1009,
    ],
    [
      'a message in thousands of fragments',
      (webSocket: WebSocket) => {
        for (let i = 0; i < 2000; i++) webSocket.send('x', { fin: false })
      },
      1008,
    ],
    ['text that is no UTF-8', (webSocket: WebSocket) => webSocket.send(Buffer.from([0xff, 0xfe]), { binary: false }), 1007],
    ['a frame that is not masked', (webSocket: WebSocket) => webSocket.send('hello', { mask: false }), 1002],
  ] as const)('closes the socket for %s, and lives (RFC 6455 §7.4.1)', async (_what, abuse, code) => {
    const { endpoint } = await openWs()
    const [bad, good] = [await browse(endpoint), await browse(endpoint)]
    abuse(bad.webSocket)
    expect(await bad.closed).toBe(code)
    good.webSocket.send(request({ via: via('z9hG4bKx') }))
    await good.texts.at(0)
    expect(endpoint.events()).toMatchObject({ 'connection-error': 1 })
  })

  it('closes a browser that says nothing, or begins a message and does not end it', async () => {
    const { endpoint } = await openWs('WS', { limits: { messageMs: 60 } })
    const [silent, pinging, slow] = [await browse(endpoint), await browse(endpoint), await browse(endpoint)]
    pinging.webSocket.send('\r\n\r\n')
    slow.webSocket.send(request({ via: via('z9hG4bKx') }))
    await slow.texts.at(0)
    slow.webSocket.send('OPTIONS ', { fin: false })
    await Promise.all([silent.closed, pinging.closed, slow.closed])
    expect(endpoint.events()).toMatchObject({ 'connection-slow': 3 })
  })

  it('tells the core when a browser goes, and opens no connection for an answer to it (RFC 7118 §5)', async () => {
    const closed = new Inbox<Flow>()
    const { endpoint, outputs } = await open(undefined, {
      listen: [{ transport: 'WS', address: '127.0.0.1' }],
      extra: { onFlowClosed: closed.push },
    })
    const { webSocket } = await browse(endpoint)
    webSocket.send(request({ via: via('z9hG4bKx') }))
    const output = await outputs.at(0)
    if (output.kind !== 'request') throw new Error(output.kind)
    const transaction = endpoint.layer.accept(endpoint.now(), output.incoming)
    webSocket.close()
    expect(await closed.at(0)).toMatchObject({ transport: 'WS', incoming: true })
    endpoint.layer.respond(endpoint.now(), transaction, responseTo(output.incoming.request, 200))
    endpoint.drain()
    expect(endpoint.events()).toMatchObject({ 'send-failed': 1 })
    expect(endpoint.counts().flows).toBe(0)
  })

  it('closes in order when it is told to', async () => {
    const { endpoint, outputs } = await openWs()
    const { webSocket, closed, texts } = await browse(endpoint)
    webSocket.send(request({ via: via('z9hG4bKx') }))
    endpoint.closeFlow(flowOf(await outputs.at(0)))
    expect(await closed).toBe(1000)
    expect(texts.items).toHaveLength(1)
  })
})

describe('a WebSocket of ours', () => {
  it('fails what waits when nobody accepts, or the server speaks no SIP', async () => {
    const { endpoint, outputs } = await openWs()
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => false })
    closeLater(() => server.close())
    await new Promise(resolve => server.once('listening', resolve))
    send(endpoint, (server.address() as { port: number }).port)
    send(endpoint, 1)
    while (outputs.items.filter(({ kind }) => kind === 'failed').length < 2) await settle(1)
    const hop = { transport: 'WS', remote: { address: '127.0.0.1', port: 1 }, local: endpoint.localFor('WS') } as const
    expect(endpoint.failureOn(hop)).toMatchObject({ code: 'ECONNREFUSED', message: expect.stringContaining('ws:127.0.0.1:1') })
  })

  it('hears the answers of a server that sends binary frames', async () => {
    const { endpoint, outputs } = await openWs()
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    closeLater(() => server.close())
    await new Promise(resolve => server.once('listening', resolve))
    server.on('connection', webSocket => {
      webSocket.on('message', data => webSocket.send(Buffer.from(answer(data.toString(), 200))))
    })
    send(endpoint, (server.address() as { port: number }).port)
    expect(await outputs.at(0)).toMatchObject({ kind: 'response', response: { status: 200 } })
  })

  it('looks no .invalid host up (RFC 7118 §5, RFC 6761 §6.4)', async () => {
    const never = () => Promise.reject(new Error('asked'))
    const uri = { scheme: 'sip', host: 'df7jal23ls0d.invalid', params: new Map([['transport', 'ws']]), headers: new Map() } as const
    const transports: readonly NonNullable<EndpointOptions['listen']>[0]['transport'][] = ['UDP', 'WS']
    expect(await resolveTargets({ uri, transports }, { naptr: never, srv: never, address: never })).toEqual([])
  })
})
