/** The small door: `listen`, its requests, and requests of ours. Loopback, free ports. */
import { From, responseTo } from '@strowger/sip-parser'
import { afterEach, describe, expect, it } from 'vitest'
import { type Endpoint, type IncomingRequest, listen, type Resolver } from '../src/index.ts'
import { answer, closeAll, open, request, tcpServer, udpPeer } from './peers.ts'

const doors: Endpoint[] = []

afterEach(async () => {
  for (const door of doors.splice(0)) await door.close()
  await closeAll()
})

async function door(on: readonly [string, ...string[]] = ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'], resolver?: Resolver): Promise<Endpoint> {
  const opened = await listen({ on, ...(resolver && { resolver }) })
  doors.push(opened)
  return opened
}

const portOf = (text: string): number => Number(text.split(':').at(-1))

async function serve(endpoint: Endpoint, react: (incoming: IncomingRequest) => void): Promise<void> {
  for await (const incoming of endpoint.requests) react(incoming)
}

describe('listen', () => {
  it('answers a request, as the hello world does', async () => {
    const sip = await door()
    const done = serve(sip, incoming => {
      if (incoming.request.method === 'OPTIONS') incoming.respond(200)
      else incoming.respond(405, { headers: { Allow: 'OPTIONS' } })
    })
    const phone = udpPeer()
    phone.send(request(), portOf(sip.on[0]!))
    phone.send(request({ method: 'MESSAGE', branch: 'z9hG4bKm' }), portOf(sip.on[0]!))
    expect(await phone.texts.at(0)).toMatch(/^SIP\/2\.0 200 OK\r\n[\s\S]*To: [^\r]*;tag=/)
    expect(await phone.texts.at(1)).toMatch(/^SIP\/2\.0 405 [\s\S]*\r\nAllow: OPTIONS\r\n/)
    await sip.close()
    await done
  })

  it('gives a whole answer, reason, headers and body, to a request of another endpoint', async () => {
    const [server, client] = [await door(), await door()]
    void serve(server, incoming =>
      incoming.respond(299, { reason: 'Very Well', headers: { 'Content-Type': 'text/plain', 'X-Note': 'a' }, body: Buffer.from('Grüße') }),
    )
    for (const transport of ['udp', 'tcp']) {
      const port = portOf(server.on.find(on => on.startsWith(transport))!)
      const response = await client.request({ method: 'OPTIONS', uri: `sip:bob@127.0.0.1:${port};transport=${transport}` })
      expect([response.status, response.reason, Buffer.from(response.body).toString()]).toEqual([299, 'Very Well', 'Grüße'])
      expect(response.headers.raw('X-Note')).toEqual(['a'])
    }
  })

  it('says as URIs where it listens, and by which way a request came (RFC 3261 §18.2.1, §19.1.1)', async () => {
    const [server, client] = [await door(), await door()]
    const came: string[] = []
    void serve(server, ({ transport, from, respond }) => {
      came.push(`${transport} ${from.remote.address} ${from.local.port === portOf(server.on[came.length]!)}`)
      respond(200)
    })
    for (const uri of server.uris) expect((await client.request({ method: 'OPTIONS', uri })).status).toBe(200)
    expect(came).toEqual(['UDP 127.0.0.1 true', 'TCP 127.0.0.1 true'])
    expect(server.uris[1]).toBe(`sip:${server.on[1]!.slice(4)};transport=tcp`)
    await expect(client.request({ method: 'OPTIONS', uri: server.on[0]! })).rejects.toMatchObject({ code: 'no-target' })
  })

  it.each([
    [['udp:127.0.0.1:0', 'tcp:127.0.0.1:0', 'udp:127.0.0.1:0', 'tcp:127.0.0.1:0']],
    [['tcp:127.0.0.1', 'udp:127.0.0.1:0', 'tcp:127.0.0.1:0', 'udp:[::1]:0']],
    [['tcp:0.0.0.0:0', 'tcp:[::1]:0', 'udp:127.0.0.1:0', 'udp:0.0.0.0:0']],
  ] as const)('names each socket of %j by its own port (RFC 3261 §18.1.1, §19.1.1)', async asked => {
    const [server, client] = [await door(asked), await door(['udp:127.0.0.1:0', 'tcp:127.0.0.1:0', 'udp:[::1]:0', 'tcp:[::1]:0'])]
    const came: string[] = []
    void serve(server, ({ transport, from, respond }) => {
      came.push(`${transport.toLowerCase()} ${from.local.port}`)
      respond(200)
    })
    const listening = asked.filter(on => on !== 'tcp:127.0.0.1')
    expect(server.on.map(on => on.replace(/\d+$/, '0'))).toEqual(listening)
    for (const uri of server.uris) expect((await client.request({ method: 'OPTIONS', uri })).status).toBe(200)
    expect(came).toEqual(server.on.map(on => `${on.slice(0, 3)} ${portOf(on)}`))
    expect(new Set(came).size).toBe(listening.length)
  })

  it('tells when the peer cancels, and has sent 487 (§9.2)', async () => {
    const [server, client] = [await door(), await door()]
    const giveUp = new AbortController()
    const cancelled = new Promise<void>(resolve => {
      void serve(server, incoming => {
        incoming.cancelled.addEventListener('abort', () => resolve())
        incoming.respond(180)
        giveUp.abort(new Error('changed my mind'))
      })
    })
    const call = client.request({ method: 'INVITE', uri: `sip:bob@127.0.0.1:${portOf(server.on[0]!)}` }, { signal: giveUp.signal })
    await expect(call).rejects.toThrow('changed my mind')
    await cancelled
  })

  it('acknowledges a 2xx to its INVITE (§13.2.2.4)', async () => {
    const client = await door()
    const server = udpPeer()
    const call = client.request({ method: 'INVITE', uri: `sip:bob@127.0.0.1:${server.port}`, headers: { From: '<sip:alice@a.test>' } })
    const invite = await server.texts.at(0)
    expect(invite).toMatch(
      /\r\nFrom: <sip:alice@a.test>;tag=\w{16,}\r\n[\s\S]*Contact|Contact[\s\S]*\r\nFrom: <sip:alice@a.test>;tag=\w{16,}\r\n/,
    )
    const ok = answer(invite, 200).replace(/\r\nTo: ([^\r]*)/, `\r\nTo: $1;tag=b\r\nContact: <sip:desk@127.0.0.1:${server.port}>`)
    server.send(ok, portOf(client.on[0]!))
    expect((await call).headers.get(From)?.uri.user).toBe('alice')
    expect(await server.texts.at(1)).toMatch(new RegExp(`^ACK sip:desk@127.0.0.1:${server.port} SIP/2.0\r\n`))
  })

  it('walks on when a hop is dead or says 503 (RFC 3263 §4.3)', async () => {
    const dead = udpPeer()
    dead.close()
    const busy = await open((output, { layer }) => {
      if (output.kind === 'request') layer.replyStateless(output.incoming, responseTo(output.incoming.request, 503))
    })
    const good = await door()
    void serve(good, incoming => incoming.respond(204))
    const ports = [dead.port, busy.endpoint.localFor('UDP').port, portOf(good.on[0]!)]
    const resolver: Resolver = {
      naptr: async () => [],
      srv: async name => (name.startsWith('_sip._udp') ? ports.map((port, i) => ({ name: 'x.test', port, priority: i, weight: 0 })) : []),
      address: async () => ['127.0.0.1'],
    }
    const client = await door(['udp:127.0.0.1:0'], resolver)
    expect((await client.request({ method: 'OPTIONS', uri: 'sip:x.test' })).status).toBe(204)
  })

  it('sends what is too large for UDP over TCP (§18.1.1)', async () => {
    const client = await door()
    const server = await tcpServer()
    const call = client.request({ method: 'MESSAGE', uri: `sip:bob@127.0.0.1:${server.port}`, body: new Uint8Array(1400) })
    const peer = await server.connections.at(0)
    await peer.texts.at(0)
    expect(peer.received()).toContain('Via: SIP/2.0/TCP ')
    peer.socket.write(answer(peer.received(), 200))
    expect((await call).status).toBe(200)
  })

  it('says why there is no response', async () => {
    const client = await door()
    const dead = udpPeer()
    dead.close()
    await expect(client.request({ method: 'OPTIONS', uri: `sip:127.0.0.1:${dead.port}` })).rejects.toMatchObject({ code: 'unreachable' })
    await expect(client.request({ method: 'OPTIONS', uri: 'sip:127.0.0.1;transport=sctp' })).rejects.toMatchObject({ code: 'no-target' })
    await expect(listen({ on: ['sip.example.org'] })).rejects.toMatchObject({ code: 'bad-listen' })
  })

  it('closes when its signal is aborted', async () => {
    const stop = new AbortController()
    const sip = await listen({ on: ['udp:127.0.0.1:0'], signal: stop.signal })
    const done = serve(sip, () => {})
    stop.abort()
    await done
  })
})
