/** An endpoint over real TCP: streams cut anywhere, reuse, lost connections, limits. Loopback, free ports. */
import { responseTo } from '@strowger/sip-parser'
import { newCall } from '@strowger/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import type { CoreOutput, Flow, SipEndpoint } from '../src/index.ts'
import { answer, closeAll, dial, Inbox, open, request, settle, tcpServer } from './peers.ts'

afterEach(closeAll)

const stateless = (output: CoreOutput, { layer }: SipEndpoint): void => {
  if (output.kind === 'request') layer.replyStateless(output.incoming, responseTo(output.incoming.request, 200))
}

const via = (branch: string, port = 5555): string => `SIP/2.0/TCP 127.0.0.1:${port};branch=${branch};rport`

let tokens = 0
const token = (): string => `token${++tokens}-0123456789`

function send(endpoint: SipEndpoint, port: number, flow?: number): ReturnType<SipEndpoint['layer']['send']> {
  const local = endpoint.localFor('TCP')
  const hop = { transport: 'TCP', remote: { address: '127.0.0.1', port }, local, ...(flow === undefined ? {} : { flow }) } as const
  const transaction = endpoint.layer.send(endpoint.now(), newCall('OPTIONS', token), hop)
  endpoint.drain()
  return transaction
}

describe('SipEndpoint over TCP', () => {
  it('answers on the connection the request came by, with received and rport (§18.2.2, RFC 3581 §4)', async () => {
    const { endpoint } = await open(stateless)
    const phone = await dial(endpoint.localFor('TCP').port)
    phone.socket.write(request({ via: via('z9hG4bKx') }))
    await phone.texts.at(0)
    expect(phone.received()).toContain(`;rport=${phone.socket.localPort};received=127.0.0.1\r\n`)
    expect(endpoint.counts().flows).toBe(1)
  })

  it('reads a stream that comes byte by byte, and two messages in one read (§18.3)', async () => {
    const { endpoint, outputs } = await open(stateless)
    const phone = await dial(endpoint.localFor('TCP').port)
    for (const byte of request({ via: via('z9hG4bK1') })) {
      phone.socket.write(byte)
      await settle(1)
    }
    await outputs.at(0)
    phone.socket.write(request({ via: via('z9hG4bK2') }) + request({ via: via('z9hG4bK3') }))
    await outputs.at(2)
    while (!phone.received().includes('z9hG4bK3')) await settle(1)
    expect(phone.received().match(/SIP\/2\.0 200 OK/g)).toHaveLength(3)
  })

  it('answers a ping with a pong (RFC 5626 §4.4.1)', async () => {
    const { endpoint } = await open()
    const phone = await dial(endpoint.localFor('TCP').port)
    phone.socket.write('\r\n\r\n')
    expect(await phone.texts.at(0)).toBe('\r\n')
    expect(endpoint.events()).toEqual({ 'keep-alive': 1, 'kernel-dropped': 0 })
  })

  /** An endpoint that has opened a connection to a server, which has answered. `skip` moves its clock. */
  async function connected() {
    let skipped = 0
    const clock = (): number => performance.now() + skipped
    const { endpoint, outputs } = await open(() => {}, { clock, limits: { handshakeMs: 60 } })
    const server = await tcpServer()
    send(endpoint, server.port)
    const peer = await server.connections.at(0)
    peer.socket.write(answer(await peer.texts.at(0), 200))
    await outputs.at(0)
    const hop = { transport: 'TCP', remote: { address: '127.0.0.1', port: server.port }, local: endpoint.localFor('TCP') } as const
    const keepAlives = async (count: number): Promise<void> => {
      while (endpoint.events()['keep-alive'] !== count) await settle(1)
    }
    const asked = peer.received().length
    const since = (): string => peer.received().slice(asked)
    return { endpoint, peer, hop, keepAlives, since, skip: (ms: number) => (skipped += ms) }
  }

  it('takes each lone CRLF after a ping of its own for the pong, and answers none of them (RFC 5626 §3.5.1, §4.4.1)', async () => {
    const { endpoint, peer, hop, keepAlives, since } = await connected()
    for (let pings = 1; pings <= 4; pings++) {
      expect(endpoint.ping(hop)).toBe(true)
      expect(endpoint.ping(hop)).toBe(true)
      while (since().length < 4 * pings) await settle(1)
      peer.socket.write('\r\n')
      await keepAlives(pings)
    }
    await settle()
    expect(since()).toBe('\r\n\r\n'.repeat(4))
  })

  it('answers the ping of a peer whose pong is owed, whole or cut in two (RFC 5626 §4.4.1)', async () => {
    const { endpoint, peer, hop, keepAlives, since } = await connected()
    endpoint.ping(hop)
    peer.socket.write('\r\n\r\n')
    await keepAlives(1)
    peer.socket.write('\r\n')
    await keepAlives(2)
    peer.socket.write('\r\n')
    await keepAlives(3)
    peer.socket.write('\r\n')
    await keepAlives(4)
    await settle()
    expect(since()).toBe('\r\n\r\n\r\n\r\n')
  })

  it('closes a connection on which a ping stays without a pong for ten seconds (RFC 5626 §4.4.1)', async () => {
    const { endpoint, peer, hop, keepAlives, skip } = await connected()
    endpoint.ping(hop)
    peer.socket.write('\r\n')
    await keepAlives(1)
    skip(11_000)
    expect(endpoint.ping(hop)).toBe(true)
    skip(9_000)
    await new Promise(resolve => setImmediate(resolve))
    expect(endpoint.counts().flows).toBe(1)
    skip(1_000)
    await peer.closed
    expect(endpoint.events()).toMatchObject({ 'connection-idle': 1 })
    expect(endpoint.ping(hop)).toBe(false)
  })

  it('opens a connection for a request and uses it again for the next (§18.1.1)', async () => {
    const { endpoint, outputs } = await open()
    const server = await tcpServer()
    send(endpoint, server.port)
    const connection = await server.connections.at(0)
    const text = await connection.texts.at(0)
    expect(text).toContain(`Via: SIP/2.0/TCP 127.0.0.1:${endpoint.localFor('TCP').port};`)
    connection.socket.write(answer(text, 200))
    expect(await outputs.at(0)).toMatchObject({ kind: 'response', response: { status: 200 } })
    send(endpoint, server.port)
    while (connection.received().match(/OPTIONS sip:/g)?.length !== 2) await settle(1)
    expect(server.connections.items).toHaveLength(1)
  })

  it('reaches a phone by its own connection, as the flow of its request says (RFC 5626 §5.3)', async () => {
    const { endpoint, outputs } = await open(stateless)
    const phone = await dial(endpoint.localFor('TCP').port)
    phone.socket.write(request({ via: via('z9hG4bKx') }))
    const output = await outputs.at(0)
    if (output.kind !== 'request') throw new Error(output.kind)
    const { flow, remote } = output.incoming.from
    expect(endpoint.flowOf(flow!)).toMatchObject({ transport: 'TCP', incoming: true, remote })
    send(endpoint, 1, flow)
    while (!phone.received().includes('OPTIONS sip:bob@server.test')) await settle(1)
  })

  it('fails a request whose flow is gone, and tells the core when a flow goes', async () => {
    const closed = new Inbox<Flow>()
    const { endpoint, outputs } = await open(stateless, { extra: { onFlowClosed: closed.push } })
    const phone = await dial(endpoint.localFor('TCP').port)
    phone.socket.write(request({ via: via('z9hG4bKx') }))
    await phone.texts.at(0)
    phone.socket.destroy()
    const { id } = await closed.at(0)
    expect(endpoint.flowOf(id)).toBeUndefined()
    expect(endpoint.counts().flows).toBe(0)
    const { id: transaction } = send(endpoint, 1, id)
    expect(outputs.items).toContainEqual(
      expect.objectContaining({ kind: 'failed', cause: 'transport', transaction: expect.objectContaining({ id: transaction }) }),
    )
  })

  it('opens a connection to sent-by for a response whose connection is gone (§18.2.2)', async () => {
    const closed = new Inbox<Flow>()
    const { endpoint, outputs } = await open(undefined, { extra: { onFlowClosed: closed.push } })
    const server = await tcpServer()
    const phone = await dial(endpoint.localFor('TCP').port)
    phone.socket.write(request({ via: via('z9hG4bKlate', server.port) }))
    const output = await outputs.at(0)
    if (output.kind !== 'request') throw new Error(output.kind)
    const transaction = endpoint.layer.accept(endpoint.now(), output.incoming)
    phone.socket.destroy()
    await closed.at(0)
    endpoint.layer.respond(endpoint.now(), transaction, responseTo(output.incoming.request, 200))
    endpoint.drain()
    expect(await (await server.connections.at(0)).texts.at(0)).toMatch(/^SIP\/2\.0 200 OK[\s\S]*z9hG4bKlate/)
  })

  it('opens no more connections than it may, and opens again when one has gone', async () => {
    const { endpoint, outputs } = await open(undefined, { limits: { connectionsOpened: 1 } })
    const [first, second] = [await tcpServer(), await tcpServer()]
    send(endpoint, first.port)
    const peer = await first.connections.at(0)
    const doomed = send(endpoint, second.port)
    const failed = outputs.items.find(({ kind }) => kind === 'failed')
    expect(failed).toMatchObject({ cause: 'transport', transaction: { id: doomed.id } })
    expect(endpoint.events()).toMatchObject({ 'connection-not-opened': 1, 'send-failed': 1 })
    peer.socket.destroy()
    while (endpoint.counts().flows > 0) await settle(1)
    send(endpoint, second.port)
    await (await second.connections.at(0)).texts.at(0)
  })

  it('fails the transactions of a connection that nobody accepts', async () => {
    const { endpoint, outputs } = await open()
    const { port, server } = await tcpServer()
    await new Promise(resolve => server.close(resolve))
    const doomed = [send(endpoint, port), send(endpoint, port)]
    while (outputs.items.filter(({ kind }) => kind === 'failed').length < 2) await settle(1)
    const failed = outputs.items.filter(({ kind }) => kind === 'failed')
    expect(failed).toMatchObject(doomed.map(({ id }) => ({ cause: 'transport', transaction: { id } })))
    expect(endpoint.counts().flows).toBe(0)
  })

  it('answers 400 and closes when it cannot tell where the next message starts (§18.3)', async () => {
    const { endpoint } = await open()
    const phone = await dial(endpoint.localFor('TCP').port)
    phone.socket.write(request({ via: via('z9hG4bKx') }).replace('Content-Length: 0', 'Content-Length: many'))
    await phone.closed
    expect(phone.received()).toMatch(/^SIP\/2\.0 400 Bad Content-Length/)
  })

  it('goes on after a message that is only wrong in itself', async () => {
    const { endpoint } = await open(stateless)
    const phone = await dial(endpoint.localFor('TCP').port)
    phone.socket.write(request({ via: via('z9hG4bK1') }).replace('Max-Forwards: 70', 'Max-Forwards: x') + request({ via: via('z9hG4bK2') }))
    while (!phone.received().includes('SIP/2.0 200')) await settle(1)
    expect(phone.received()).toMatch(/^SIP\/2\.0 400 Bad Max-Forwards/)
  })

  it('refuses a message beyond the limit with 413', async () => {
    const { endpoint } = await open(undefined, { limits: { messageBytes: 1000 } })
    const phone = await dial(endpoint.localFor('TCP').port)
    phone.socket.write(request({ via: via('z9hG4bKx'), headers: `Subject: ${'x'.repeat(2000)}\r\n` }))
    await phone.closed
    expect(endpoint.counts().flows).toBe(0)
  })

  it.each(['connections', 'connectionsPerAddress'])('takes no more %s than it may, and takes again when one has gone', async limit => {
    const closed = new Inbox<Flow>()
    const { endpoint } = await open(stateless, { limits: { [limit]: 1 }, extra: { onFlowClosed: closed.push } })
    const { port } = endpoint.localFor('TCP')
    const first = await dial(port)
    first.socket.write(request({ via: via('z9hG4bK1') }))
    await first.texts.at(0)
    await (await dial(port)).closed
    expect(endpoint.events()).toMatchObject({ 'connection-refused': 1 })
    first.socket.destroy()
    await closed.at(0)
    const third = await dial(port)
    third.socket.write(request({ via: via('z9hG4bK3') }))
    await third.texts.at(0)
  })

  it('closes a connection that never says anything whole', async () => {
    const { endpoint } = await open(undefined, { limits: { messageMs: 30 } })
    const [silent, slow] = [await dial(endpoint.localFor('TCP').port), await dial(endpoint.localFor('TCP').port)]
    slow.socket.write('OPTIONS sip:bob@127.0.0.1 SIP/2.0\r\n')
    await Promise.all([silent.closed, slow.closed])
    expect(endpoint.events()).toMatchObject({ 'connection-slow': 2 })
  })

  it('closes a flow when it is told to, after what was written', async () => {
    const { endpoint, outputs } = await open(stateless)
    const phone = await dial(endpoint.localFor('TCP').port)
    phone.socket.write(request({ via: via('z9hG4bKx') }))
    const output = await outputs.at(0)
    if (output.kind === 'request') endpoint.closeFlow(output.incoming.from.flow!)
    await phone.closed
    expect(phone.received()).toContain('SIP/2.0 200 OK')
  })
})
