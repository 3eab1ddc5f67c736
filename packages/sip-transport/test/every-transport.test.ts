/** What holds for every transport, over real sockets: UDP, TCP, TLS, WS and WSS, IPv4 and IPv6. Loopback, free ports. */
import { responseTo } from '@strowger/sip-parser'
import { newCall } from '@strowger/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import type { Core, CoreOutput, EndpointOptions, Flow, SipEndpoint, TapEvent } from '../src/index.ts'
import { authority, certificate } from './certificates.ts'
import { answer, closeAll, Inbox, type Opened, open, request, settle } from './peers.ts'
import { WAYS, type WayPeer } from './ways.ts'

afterEach(closeAll)

const stateless = (output: CoreOutput, { layer }: SipEndpoint): void => {
  if (output.kind === 'request') layer.replyStateless(output.incoming, responseTo(output.incoming.request, 200))
}

let tokens = 0
const token = (): string => `token${++tokens}-0123456789`
const branch = (): string => `z9hG4bK${++tokens}`

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000)

describe.each(WAYS.map(way => [way.name, way] as const))('an endpoint over %s', (_name, way) => {
  const { transport, address } = way
  const host = address.includes(':') ? `[${address}]` : address
  const isWebSocket = transport === 'WS' || transport === 'WSS'

  function start(react = stateless, options: Partial<EndpointOptions> & { extra?: Partial<Core> } = {}): Promise<Opened> {
    return open(react, { listen: [{ transport, address }], tls: { ca: authority, ...certificate('server') }, ...options })
  }

  /** From a sender that names `port` in its Via. */
  function via(id: string, port = 5555): string {
    return `SIP/2.0/${transport} ${host}:${port};branch=${id};rport`
  }

  function send(endpoint: SipEndpoint, port: number, flow?: number): void {
    const hop = {
      transport,
      remote: { address, port },
      local: endpoint.localFor(transport),
      ...(flow === undefined ? {} : { flow }),
    } as const
    endpoint.layer.send(endpoint.now(), newCall('OPTIONS', token), hop)
    endpoint.drain()
  }

  async function ask(peer: WayPeer, text: (id: string) => string = id => request({ via: via(id) })): Promise<string> {
    const id = branch()
    const from = peer.messages.items.length
    peer.send(text(id))
    for (let i = from; ; i++) {
      const message = await peer.messages.at(i)
      if (message.includes(`branch=${id};`)) return message
    }
  }

  it('answers by the way the request came, with received and rport (RFC 3261 §18.2.1, §18.2.2, RFC 3581 §4)', async () => {
    const { endpoint, outputs } = await start()
    const peer = await way.dial(endpoint)
    const response = await ask(peer)
    expect(response).toContain(`;rport=${peer.port};received=${address}\r\n`)
    expect(outputs.items).toMatchObject([
      { kind: 'request', incoming: { from: { transport, remote: { address, port: peer.port }, local: endpoint.localFor(transport) } } },
    ])
    expect(endpoint.traffic()).toEqual([
      { direction: 'in', transport, kind: 'OPTIONS', count: 1 },
      { direction: 'out', transport, kind: '200', count: 1 },
    ])
  })

  it('refuses a message beyond the limit, and goes on with others', async () => {
    const { endpoint, outputs } = await start(stateless, { limits: { messageBytes: 2000 } })
    const [bad, good] = [await way.dial(endpoint), await way.dial(endpoint)]
    bad.send(request({ via: via('z9hG4bKlarge'), headers: `Subject: ${'x'.repeat(3000)}\r\n` }))
    if (transport !== 'UDP') await bad.closed
    await ask(good)
    expect(outputs.items).toHaveLength(1)
    expect(endpoint.events()).toMatchObject(isWebSocket ? { 'connection-error': 1 } : { 'message-too-large': 1 })
  })

  it(`survives garbage (seed ${SEED})`, async () => {
    const { endpoint } = await start()
    let state = SEED
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return (state >>> 8) % below
    }
    const good = await way.dial(endpoint)
    for (let i = 0; i < 30; i++) {
      const bad = await way.dial(endpoint)
      const garbage = Buffer.from(Array.from({ length: random(200) }, () => random(256)))
      bad.send(
        random(2) === 0
          ? garbage
          : Buffer.concat([Buffer.from(request({ via: via(branch()) }).slice(0, random(150))), garbage, Buffer.from('\r\n\r\n')]),
      )
      await ask(good)
      bad.close()
    }
  })

  it('answers what is wrong in itself with 400, by the way it came (RFC 3261 §8.2)', async () => {
    const { endpoint } = await start()
    const peer = await way.dial(endpoint)
    expect(await ask(peer, id => request({ via: via(id) }).replace('Max-Forwards: 70', 'Max-Forwards: x'))).toMatch(/^SIP\/2\.0 400 /)
    expect(await ask(peer)).toMatch(/^SIP\/2\.0 200 /)
  })

  it('shows everything to the tap, both ways, as it is on the wire', async () => {
    const seen: { direction: string; text: string; transport: string }[] = []
    const tap = ({ direction, bytes, hop }: TapEvent): void => {
      seen.push({ direction, text: Buffer.from(bytes).toString('latin1'), transport: hop.transport })
    }
    const { endpoint, outputs } = await start(stateless, { tap })
    const peer = await way.dial(endpoint)
    const text = request({ via: via('z9hG4bKtap') })
    peer.send(text)
    const response = await peer.messages.at(0)
    const { port, peers } = await way.serve()
    send(endpoint, port)
    const out = await (await peers.at(0)).messages.at(0)
    const back = answer(out, 200)
    peers.items[0]!.send(back)
    await outputs.at(1)
    expect(seen).toEqual([
      { direction: 'in', text, transport },
      { direction: 'out', text: response, transport },
      { direction: 'out', text: out, transport },
      { direction: 'in', text: back, transport },
    ])
  })

  it('serves many peers at once, each by its own flow (RFC 5626 §2)', async () => {
    const { endpoint, outputs } = await start()
    const peers = await Promise.all(Array.from({ length: 30 }, () => way.dial(endpoint)))
    const responses = await Promise.all(peers.map(peer => ask(peer)))
    expect(responses.map((text, i) => text.includes(`;rport=${peers[i]!.port};`))).not.toContain(false)
    const flows = new Set(outputs.items.map(output => output.kind === 'request' && output.incoming.from.flow))
    expect(flows.size).toBe(transport === 'UDP' ? 1 : 30)
    expect(endpoint.counts().flows).toBe(transport === 'UDP' ? 0 : 30)
  })

  it('takes up one more place to listen, and gives one up, while what goes on there goes on (RFC 3261 §18.2)', async () => {
    const { endpoint, outputs } = await start()
    const first = endpoint.localFor(transport)
    const old = await way.dial(endpoint)
    await ask(old)
    const more = await endpoint.addListener({ transport, address })
    expect(endpoint.localsOf(transport)).toEqual([first, more])
    const place = { localFor: () => more }
    await ask(await way.dial(place))
    const late = await way.dial({ localFor: () => first })
    expect(endpoint.removeListener(transport, first)).toBe(true)
    expect(endpoint.removeListener(transport, first)).toBe(false)
    expect(endpoint.localFor(transport)).toEqual(more)
    expect(await ask(old, id => inDialog(id))).toContain('SIP/2.0 200')
    const [came] = outputs.items
    send(endpoint, old.port, came?.kind === 'request' ? came.incoming.from.flow : undefined)
    expect(await old.messages.at(2)).toMatch(/^OPTIONS /)
    old.send(answer(old.messages.items[2]!, 200))
    while (outputs.items.at(-1)?.kind !== 'terminated' && !outputs.items.some(({ kind }) => kind === 'response')) await settle(1)
    await ask(await way.dial(place))
    if (transport !== 'UDP') await expect(way.dial({ localFor: () => first })).rejects.toThrow()
    else {
      const heard = outputs.items.length
      late.send(request({ via: via(branch()) }))
      while (endpoint.events()['listener-removed'] !== 1) await settle(1)
      expect(outputs.items).toHaveLength(heard)
    }
  })

  it('may listen again where it did before, also while that is not over', async () => {
    const { endpoint } = await start()
    const first = endpoint.localFor(transport)
    const old = await way.dial(endpoint)
    await ask(old)
    endpoint.removeListener(transport, first)
    expect(() => endpoint.localFor(transport)).toThrow('we do not listen')
    await endpoint.addListener({ transport, ...first })
    expect(endpoint.localsOf(transport)).toEqual([first])
    await ask(await way.dial(endpoint))
    await ask(old)
  })

  it('says why it cannot listen, and goes on', async () => {
    const { endpoint } = await start()
    const taken = endpoint.localFor(transport)
    await expect(endpoint.addListener({ transport, ...taken })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    expect(endpoint.localsOf(transport)).toEqual([taken])
    await ask(await way.dial(endpoint))
  })

  if (transport === 'UDP') datagramTests()
  else connectionTests()

  /** A request of a dialog. */
  function inDialog(id: string): string {
    return request({ via: via(id) }).replace('To: <sip:bob@127.0.0.1>', 'To: <sip:bob@127.0.0.1>;tag=b')
  }

  /** What a removed socket still has to do. */
  function datagramTests(): void {
    it('answers what comes again to a socket that was removed, and closes it when nothing does (RFC 3261 §17.2.2)', async () => {
      const { endpoint, outputs } = await start(
        (output, endpoint) => {
          if (output.kind !== 'request') return
          const transaction = endpoint.layer.accept(endpoint.now(), output.incoming)
          endpoint.layer.respond(endpoint.now(), transaction, responseTo(output.incoming.request, 200))
        },
        { limits: { idleMs: 400 } },
      )
      const first = endpoint.localFor(transport)
      const peer = await way.dial(endpoint)
      const text = request({ via: via(branch()) })
      peer.send(text)
      await peer.messages.at(0)
      endpoint.removeListener(transport, first)
      peer.send(text)
      expect(await peer.messages.at(1)).toBe(peer.messages.items[0])
      expect(outputs.items.filter(({ kind }) => kind === 'request')).toHaveLength(1)
      const { endpoint: successor } = await start()
      for (let bound = false; !bound; await settle(1)) {
        bound = await successor.addListener({ transport, ...first }).then(
          () => true,
          () => false,
        )
      }
    })
  }

  function connectionTests(): void {
    it('forgets half a message when its connection goes', async () => {
      const closed = new Inbox<Flow>()
      const { endpoint, outputs } = await start(stateless, { extra: { onFlowClosed: closed.push } })
      const peer = await way.dial(endpoint)
      peer.sendPart?.(request({ via: via('z9hG4bKhalf') }).slice(0, 100))
      await settle()
      peer.close()
      await closed.at(0)
      await ask(await way.dial(endpoint))
      expect(outputs.items).toHaveLength(1)
      expect(endpoint.counts().flows).toBe(1)
    })

    it('sends by a flow that a request names, fails with it, and names no other by its id again (RFC 5626 §5.3)', async () => {
      const closed = new Inbox<Flow>()
      const { endpoint, outputs } = await start(stateless, { extra: { onFlowClosed: closed.push } })
      const peer = await way.dial(endpoint)
      await ask(peer)
      const output = await outputs.at(0)
      const flow = output.kind === 'request' ? output.incoming.from.flow! : -1
      expect(endpoint.flowOf(flow)).toMatchObject({ id: flow, transport, incoming: true })
      send(endpoint, 1, flow)
      expect(await peer.messages.at(1)).toContain('OPTIONS sip:bob@server.test')
      peer.close()
      expect(await closed.at(0)).toMatchObject({ id: flow })
      expect(endpoint.flowOf(flow)).toBeUndefined()
      await ask(await way.dial(endpoint))
      send(endpoint, 1, flow)
      expect(outputs.items).toContainEqual(expect.objectContaining({ kind: 'failed', cause: 'transport' }))
      const later = outputs.items.filter(({ kind }) => kind === 'request').at(-1)
      expect(later?.kind === 'request' && later.incoming.from.flow).not.toBe(flow)
    })

    it(
      isWebSocket
        ? 'drops an answer whose connection is gone: a browser cannot be reached (RFC 7118 §5)'
        : 'opens a connection to sent-by for an answer whose connection is gone (RFC 3261 §18.2.2)',
      async () => {
        const closed = new Inbox<Flow>()
        const { endpoint, outputs } = await start(() => {}, { extra: { onFlowClosed: closed.push } })
        const { port, peers } = await way.serve()
        const peer = await way.dial(endpoint)
        peer.send(request({ via: via('z9hG4bKlate', port) }))
        const output = await outputs.at(0)
        if (output.kind !== 'request') throw new Error(output.kind)
        const transaction = endpoint.layer.accept(endpoint.now(), output.incoming)
        peer.close()
        await closed.at(0)
        endpoint.layer.respond(endpoint.now(), transaction, responseTo(output.incoming.request, 200))
        endpoint.drain()
        if (isWebSocket) expect(endpoint.events()).toMatchObject({ 'send-failed': 1 })
        else expect(await (await peers.at(0)).messages.at(0)).toMatch(/^SIP\/2\.0 200 OK[\s\S]*z9hG4bKlate/)
      },
    )

    it('fails what was sent to where nobody listens (RFC 3261 §18.4)', async () => {
      const { endpoint, outputs } = await start()
      // A port that was free a moment ago may be had by another test, or by the connection itself: TCP connects to itself then.
      const port = 1
      send(endpoint, port)
      expect(await outputs.at(0)).toMatchObject({ kind: 'failed', cause: 'transport' })
      expect(endpoint.failureOn({ transport, remote: { address, port }, local: endpoint.localFor(transport) })).toMatchObject({
        code: 'ECONNREFUSED',
      })
    })

    it('lets what was written leave before it closes', async () => {
      const { endpoint } = await start()
      const peer = await way.dial(endpoint)
      const id = branch()
      peer.send(request({ via: via(id) }))
      while (endpoint.traffic().length < 2) await settle(1)
      await endpoint.close()
      expect(await peer.messages.at(0)).toContain(id)
      await peer.closed
    })
  }
})
