/** An endpoint over real TLS: who shows what to whom, who is believed, certificates that change, handshakes that never end. Loopback, free ports. */
import { connect as connectTcp } from 'node:net'
import { type ConnectionOptions, connect, createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { responseTo } from '@strowger/sip-parser'
import { newCall } from '@strowger/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { type CoreOutput, type EndpointOptions, type Flow, type NamedAddress, SipEndpoint, type TransportError } from '../src/index.ts'
import { authority, certificate } from './certificates.ts'
import { answer, closeAll, closeLater, Inbox, type Opened, open, request, settle, type TcpPeer, tcpPeer, tcpServer } from './peers.ts'

afterEach(closeAll)

const stateless = (output: CoreOutput, { layer }: SipEndpoint): void => {
  if (output.kind === 'request') layer.replyStateless(output.incoming, responseTo(output.incoming.request, 200))
}

const via = (branch: string, rest = ''): string => `SIP/2.0/TLS 127.0.0.1:5555;branch=${branch};rport${rest}`

const LISTEN = [{ transport: 'TLS', address: '127.0.0.1' }] as const

function openTls(tls: EndpointOptions['tls'], options: Parameters<typeof open>[1] = {}, react = stateless): Promise<Opened> {
  return open(react, { listen: LISTEN, tls: { ca: authority, ...tls }, ...options })
}

interface SecurePeer extends TcpPeer {
  readonly tls: TLSSocket
}

async function dial(endpoint: SipEndpoint, options: ConnectionOptions = {}): Promise<SecurePeer> {
  const { port } = endpoint.localFor('TLS')
  const socket = connect({ host: '127.0.0.1', port, ca: authority, checkServerIdentity: () => undefined, ...options })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  return { ...tcpPeer(socket), tls: socket }
}

/** A TLS listener that keeps its connections. */
async function secureServer(options: TlsOptions): Promise<{ port: number; connections: Inbox<SecurePeer> }> {
  const connections = new Inbox<SecurePeer>()
  const server = createServer(options, socket => connections.push({ ...tcpPeer(socket), tls: socket }))
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closeLater(() => server.close())
  return { port: (server.address() as { port: number }).port, connections }
}

let tokens = 0
const token = (): string => `token${++tokens}-0123456789`

function send(endpoint: SipEndpoint, remote: NamedAddress, flow?: number): void {
  const hop = { transport: 'TLS', remote, local: endpoint.localFor('TLS'), ...(flow === undefined ? {} : { flow }) } as const
  endpoint.layer.send(endpoint.now(), newCall('OPTIONS', token), hop)
  endpoint.drain()
}

async function exchangeOn({ socket, texts, received }: SecurePeer, branch: string): Promise<string> {
  socket.write(request({ via: via(branch) }))
  while (!received().includes(`branch=${branch}`)) await texts.at(texts.items.length)
  return received()
}

const commonName = ({ tls }: SecurePeer): unknown => tls.getPeerCertificate().subject.CN

describe('SipEndpoint over TLS', () => {
  it('answers on the connection the request came by, with received and rport (RFC 3261 §18.2.2, RFC 3581 §4)', async () => {
    const { endpoint, outputs } = await openTls(certificate('server'))
    const phone = await dial(endpoint)
    expect(await exchangeOn(phone, 'z9hG4bKx')).toContain(`;rport=${phone.socket.localPort};received=127.0.0.1\r\n`)
    expect(outputs.items[0]).toMatchObject({ incoming: { from: { transport: 'TLS' } } })
    expect(endpoint.traffic()).toContainEqual({ direction: 'in', transport: 'TLS', kind: 'OPTIONS', count: 1 })
  })

  it('speaks TLS 1.2 and 1.3, and nothing older (RFC 8996 §4)', async () => {
    const { endpoint } = await openTls(certificate('server'))
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const phone = await dial(endpoint, { minVersion: version, maxVersion: version })
      expect(phone.tls.getProtocol()).toBe(version)
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    await expect(dial(endpoint, old)).rejects.toThrow()
    while (endpoint.events()['handshake-failed'] !== 1) await settle(1)
  })

  it('shows the certificate for the name that the client asks for, wildcards included, and its own to others (RFC 6066 §3)', async () => {
    const { endpoint } = await openTls({ ...certificate('server'), certificates: [certificate('other')] })
    for (const [servername, expected] of [
      ['other.test', 'other.test'],
      ['a.wild.test', 'other.test'],
      ['a.b.wild.test', 'sip.example.test'],
      ['nobody.test', 'sip.example.test'],
    ] as const)
      expect(commonName(await dial(endpoint, { servername }))).toBe(expected)
    expect(commonName(await dial(endpoint))).toBe('sip.example.test')
  })

  it('changes certificates while connections go on', async () => {
    const { endpoint } = await openTls({ ...certificate('server'), certificates: [certificate('other')] })
    const before = await dial(endpoint)
    await exchangeOn(before, 'z9hG4bK1')
    endpoint.setCertificates({ ...certificate('renewed'), certificates: [] })
    expect(commonName(await dial(endpoint))).toBe('renewed.example.test')
    expect(commonName(await dial(endpoint, { servername: 'other.test' }))).toBe('renewed.example.test')
    await exchangeOn(before, 'z9hG4bK2')
    expect(() => endpoint.setCertificates({ cert: 'rubbish', key: 'rubbish' })).toThrow(
      expect.objectContaining({ code: 'bad-certificate' }),
    )
    expect(commonName(await dial(endpoint))).toBe('renewed.example.test')
  })

  it('says what is wrong with a certificate before anything listens', async () => {
    const { cert } = certificate('server')
    const { key } = certificate('other')
    for (const [tls, message] of [
      [{}, 'give tls: { cert, key }'],
      [{ cert }, 'tls.key is missing'],
      [{ cert, key }, 'tls: '],
      [{ cert: 'rubbish', key }, 'cert must be a PEM certificate'],
      [{ ...certificate('server'), certificates: [{ cert: 'rubbish', key }] }, 'tls.certificates[0]: '],
    ] as const) {
      const opening = SipEndpoint.open({ listen: LISTEN, core: { onOutput() {} }, tls })
      await expect(opening).rejects.toMatchObject({ code: 'bad-certificate', message: expect.stringContaining(message) })
    }
  })

  it('knows a client by its certificate, and refuses who has none where it must (RFC 5922 §7.4)', async () => {
    const asked = await openTls({ ...certificate('server'), clientCertificate: 'asked' })
    const flowNames = async (options: ConnectionOptions): Promise<Flow['peerNames']> => {
      const seen = asked.outputs.items.length
      await exchangeOn(await dial(asked.endpoint, options), `z9hG4bK${token()}`)
      const output = await asked.outputs.at(seen)
      return output.kind === 'request' ? asked.endpoint.flowOf(output.incoming.from.flow!)?.peerNames : []
    }
    expect(await flowNames({})).toBeUndefined()
    expect(await flowNames(certificate('stranger') as ConnectionOptions)).toBeUndefined()
    expect(await flowNames(certificate('carrier') as ConnectionOptions)).toEqual(['carrier.test'])

    const required = await openTls({ ...certificate('server'), clientCertificate: 'required' })
    await exchangeOn(await dial(required.endpoint, certificate('carrier') as ConnectionOptions), 'z9hG4bKok')
    for (const options of [{}, certificate('stranger'), certificate('expired')] as ConnectionOptions[])
      await dial(required.endpoint, options).then(
        peer => peer.closed,
        () => {},
      )
    while (required.endpoint.events()['handshake-failed'] !== 3) await settle(1)
    expect(required.outputs.items).toHaveLength(1)
  })

  it('connects to the domain that the certificate proves, and uses the connection again (RFC 5922 §7.3, RFC 3261 §18.1.1)', async () => {
    const { endpoint, outputs } = await openTls(certificate('server'))
    const server = await secureServer(certificate('server') as TlsOptions)
    const remote = { address: '127.0.0.1', port: server.port, name: 'example.test' }
    send(endpoint, remote)
    const connection = await server.connections.at(0)
    expect(await connection.texts.at(0)).toContain(`Via: SIP/2.0/TLS 127.0.0.1:${endpoint.localFor('TLS').port};`)
    expect(connection.tls).toMatchObject({ servername: 'example.test' })
    connection.socket.write(answer(connection.received(), 200))
    expect(await outputs.at(0)).toMatchObject({ kind: 'response', response: { status: 200 } })
    send(endpoint, remote)
    send(endpoint, { address: '127.0.0.1', port: server.port })
    while (connection.received().match(/OPTIONS sip:/g)?.length !== 3) await settle(1)
    expect(server.connections.items).toHaveLength(1)
  })

  it.each([
    [
      'server',
      'elsewhere.test',
      'wrong-certificate',
      /is for example\.test, 127\.0\.0\.1, ::1, not for elsewhere\.test .*tls\.verify to "chain"/,
    ],
    ['other', 'a.wild.test', 'wrong-certificate', /is for other\.test, \*\.wild\.test, not for a\.wild\.test/],
    ['stranger', undefined, 'DEPTH_ZERO_SELF_SIGNED_CERT', /tls\.ca/],
    ['expired', undefined, 'CERT_HAS_EXPIRED', /renew its certificate/],
  ] as const)(
    'sends nothing to a peer with the certificate of %s where %s is wanted, and says why (RFC 5922 §7.3)',
    async (own, name, code, message) => {
      const closed = new Inbox<TransportError | undefined>()
      const { endpoint, outputs } = await openTls(certificate('server'), {
        extra: { onFlowClosed: (_flow, _now, error) => closed.push(error) },
      })
      const server = await secureServer(certificate(own) as TlsOptions)
      send(endpoint, { address: '127.0.0.1', port: server.port, ...(name !== undefined && { name }) })
      expect(await closed.at(0)).toMatchObject({ code, message: expect.stringMatching(message) })
      expect(outputs.items).toContainEqual(expect.objectContaining({ kind: 'failed', cause: 'transport' }))
      for (const { received } of server.connections.items) expect(received()).toBe('')
    },
  )

  it.each(['chain', 'nothing'] as const)('with verify "%s" believes more', async verify => {
    const { endpoint } = await openTls({ ...certificate('server'), verify })
    const server = await secureServer(certificate(verify === 'chain' ? 'other' : 'stranger') as TlsOptions)
    send(endpoint, { address: '127.0.0.1', port: server.port, name: 'elsewhere.test' })
    expect(await (await server.connections.at(0)).texts.at(0)).toContain('OPTIONS sip:')
  })

  it('shows its certificate to a carrier that asks (RFC 5922 §7.3)', async () => {
    const { endpoint } = await openTls(certificate('carrier'))
    const server = await secureServer({
      ...(certificate('server') as TlsOptions),
      requestCert: true,
      rejectUnauthorized: true,
      ca: authority,
    })
    send(endpoint, { address: '127.0.0.1', port: server.port })
    expect(commonName(await server.connections.at(0))).toBe('carrier.test')
  })

  it('says so when the other side speaks no TLS', async () => {
    const closed = new Inbox<TransportError | undefined>()
    const { endpoint } = await openTls(certificate('server'), { extra: { onFlowClosed: (_flow, _now, error) => closed.push(error) } })
    const plain = await tcpServer()
    send(endpoint, { address: '127.0.0.1', port: plain.port })
    const connection = await plain.connections.at(0)
    await connection.texts.at(0)
    connection.socket.write('SIP/2.0 400 Bad Request\r\n\r\n')
    expect((await closed.at(0))?.message).toContain('does not speak TLS')
  })

  it('uses a peer’s own connection for requests to it only when it has proved who it is and asks for it (RFC 5923 §5)', async () => {
    const { endpoint } = await openTls({ ...certificate('server'), clientCertificate: 'asked' })
    const listener = await secureServer(certificate('carrier') as TlsOptions)
    const sentBy = `SIP/2.0/TLS 127.0.0.1:${listener.port};branch=`
    const carrier = await dial(endpoint, certificate('carrier') as ConnectionOptions)
    const stranger = await dial(endpoint)
    for (const peer of [carrier, stranger]) {
      peer.socket.write(request({ via: `${sentBy}${token().replace('token', 'z9hG4bK')};alias` }))
      await peer.texts.at(0)
    }
    send(endpoint, { address: '127.0.0.1', port: listener.port, name: 'carrier.test' })
    while (!carrier.received().includes('OPTIONS sip:')) await settle(1)
    carrier.socket.destroy()
    while (endpoint.counts().flows > 1) await settle(1)
    send(endpoint, { address: '127.0.0.1', port: listener.port, name: 'carrier.test' })
    await (await listener.connections.at(0)).texts.at(0)
    expect(stranger.received()).not.toContain('OPTIONS sip:')
  })

  it('cuts handshakes that do not end, and counts them (RFC 3261 §26.3.2.1)', async () => {
    const { endpoint } = await openTls(certificate('server'), { limits: { handshakeMs: 30 } })
    const phone = await dial(endpoint)
    const halfOpen = [0, 1, 2].map(() => connectTcp(endpoint.localFor('TLS').port, '127.0.0.1').on('error', () => {}))
    halfOpen[1]!.write(Buffer.from([0x16, 3, 1, 2, 0, 1, 0]))
    await Promise.all(halfOpen.map(socket => new Promise(resolve => socket.on('close', resolve).resume())))
    expect(endpoint.events()).toMatchObject({ 'handshake-slow': 3 })
    await exchangeOn(phone, 'z9hG4bKafter')
  })

  it('cuts a client that negotiates again on a connection that is up (RFC 5246 §7.4.1.1)', async () => {
    const { endpoint } = await openTls(certificate('server'))
    const [bad, good] = [await dial(endpoint, { maxVersion: 'TLSv1.2' }), await dial(endpoint, { maxVersion: 'TLSv1.2' })]
    await exchangeOn(bad, 'z9hG4bKbefore')
    bad.tls.renegotiate({ ca: authority, checkServerIdentity: () => undefined } as never, () => {})
    await bad.closed
    await exchangeOn(good, 'z9hG4bKafter')
  })

  it('survives rubbish in the handshake', async () => {
    const { endpoint } = await openTls(certificate('server'))
    const rubbish = connectTcp(endpoint.localFor('TLS').port, '127.0.0.1').on('error', () => {})
    rubbish.resume().write('OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\n\r\n')
    await new Promise(resolve => rubbish.on('close', resolve))
    expect(endpoint.events()).toMatchObject({ 'handshake-failed': 1 })
    await exchangeOn(await dial(endpoint), 'z9hG4bKx')
  })

  it('opens connections without a certificate of its own when it does not listen', async () => {
    const { endpoint } = await open(stateless, {
      listen: [{ transport: 'TLS', address: '127.0.0.1', connectOnly: true }],
      tls: { ca: authority },
    })
    const server = await secureServer(certificate('server') as TlsOptions)
    send(endpoint, { address: '127.0.0.1', port: server.port })
    expect(await (await server.connections.at(0)).texts.at(0)).toContain('Via: SIP/2.0/TLS 127.0.0.1:5061;')
  })
})
