/** What holds for messages by whichever way they go: UDP, TCP, TLS, WS and WSS on IPv4 and IPv6, and the simulated network in memory. RFC 3261 §17, §18. */
import { responseTo } from '@strowger/sip-parser'
import type { Address, Hop } from '@strowger/sip-transaction'
import { newCall } from '@strowger/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import type { CoreOutput } from '../src/index.ts'
import { authority, certificate } from './certificates.ts'
import { Memory, type Speaker } from './memory-way.ts'
import { answer, closeAll, Inbox, open, request, settle } from './peers.ts'
import { WAYS, type Way, type WayPeer } from './ways.ts'

afterEach(closeAll)

type React = (output: CoreOutput, speaker: Speaker) => void

/** A speaker, and who speaks with it. */
interface Stage {
  readonly speaker: Speaker
  readonly outputs: Inbox<CoreOutput>
  /** Where the speaker is, as a Via has it. */
  readonly sentBy: string
  dial(): Promise<WayPeer>
  serve(): Promise<{ readonly at: Address; readonly peers: Inbox<WayPeer> }>
}

interface Setting {
  readonly name: string
  readonly transport: Hop['transport']
  start(react: React): Promise<Stage>
}

const SETTINGS: readonly Setting[] = [...WAYS.map(onSockets), { name: 'the simulated network', transport: 'UDP', start: inMemory }]

const stateless: React = (output, { layer }) => {
  if (output.kind === 'request') layer.replyStateless(output.incoming, responseTo(output.incoming.request, 200))
}

let tokens = 0
const token = (): string => `token${++tokens}-0123456789`
const branch = (): string => `z9hG4bK${++tokens}`

describe.each(SETTINGS.map(setting => [setting.name, setting] as const))('a message over %s', (_name, { transport, start }) => {
  const isStream = transport === 'TCP' || transport === 'TLS'
  const via = (id: string): string => `SIP/2.0/${transport} peer.invalid:5555;branch=${id};rport`

  function send({ speaker }: Stage, to: Address, message = newCall('OPTIONS', token)): void {
    speaker.layer.send(speaker.now(), message, { transport, remote: to, local: speaker.localFor(transport as 'UDP') })
    speaker.drain()
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

  it('is answered by the way it came (RFC 3261 §18.2.2)', async () => {
    const stage = await start(stateless)
    const peers = await Promise.all(Array.from({ length: 20 }, () => stage.dial()))
    const responses = await Promise.all(peers.map(peer => ask(peer)))
    expect(responses.map(text => text.split('\r\n')[0])).toEqual(new Array(20).fill('SIP/2.0 200 OK'))
    expect(peers.map(({ messages }) => messages.items.length)).toEqual(new Array(20).fill(1))
    expect(stage.outputs.items.map(output => output.kind === 'request' && output.incoming.from.transport)).toEqual(
      new Array(20).fill(transport),
    )
  })

  it('of ours has our Via, and its answer is heard (RFC 3261 §18.1.1, §18.1.2)', async () => {
    const stage = await start(stateless)
    const { at, peers } = await stage.serve()
    for (let i = 0; i < 3; i++) send(stage, at)
    const peer = await peers.at(0)
    for (let i = 0; i < 3; i++) {
      const text = await peer.messages.at(i)
      expect(text).toContain(`Via: SIP/2.0/${transport} ${stage.sentBy};branch=z9hG4bK`)
      peer.send(answer(text, 200))
    }
    const answers = (): CoreOutput[] => stage.outputs.items.filter(({ kind }) => kind === 'response')
    while (answers().length < 3) await settle(1)
    expect(answers()).toMatchObject(new Array(3).fill({ response: { status: 200 } }))
    expect(peers.items).toHaveLength(1)
  })

  it('among many that come at once is read in its order, once (RFC 3261 §18.3)', async () => {
    const { outputs, dial } = await start(stateless)
    const peer = await dial()
    const branches = Array.from({ length: 40 }, branch)
    const texts = branches.map(id => request({ via: via(id), callId: id }))
    if (isStream) peer.send(texts.join(''))
    else for (const text of texts) peer.send(text)
    await peer.messages.at(39)
    const seen = outputs.items.map(output => (output.kind === 'request' ? output.incoming.request.headers.raw('Call-ID')[0] : output.kind))
    expect(seen).toEqual(branches)
  })

  it('that comes twice is one transaction (RFC 3261 §17.2.3)', async () => {
    const { outputs, dial } = await start((output, speaker) => {
      if (output.kind !== 'request') return
      if (output.incoming.request.method === 'INFO') stateless(output, speaker)
      else speaker.layer.accept(speaker.now(), output.incoming)
    })
    const peer = await dial()
    for (let i = 0; i < 2; i++) peer.send(request({ via: via('z9hG4bKtwice') }))
    await ask(peer, id => request({ method: 'INFO', via: via(id) }))
    const methods = outputs.items.map(output => output.kind === 'request' && output.incoming.request.method)
    expect(methods).toEqual(['OPTIONS', 'INFO'])
  })

  it('that is answered late is answered again when it comes again (RFC 3261 §17.2.2)', async () => {
    const { outputs, dial, speaker } = await start(() => {})
    const peer = await dial()
    const text = request({ via: via(branch()) })
    peer.send(text)
    const output = await outputs.at(0)
    if (output.kind !== 'request') throw new Error(output.kind)
    const transaction = speaker.layer.accept(speaker.now(), output.incoming)
    speaker.layer.respond(speaker.now(), transaction, responseTo(output.incoming.request, 486))
    speaker.drain()
    const first = await peer.messages.at(0)
    expect(first).toMatch(/^SIP\/2\.0 486 /)
    if (transport !== 'UDP') return
    peer.send(text)
    expect(await peer.messages.at(1)).toBe(first)
  })

  it('of 64 KB goes both ways', async () => {
    const size = transport === 'UDP' ? 60_000 : 65_000
    const stage = await start(stateless)
    const peer = await stage.dial()
    const head = request({ via: via('z9hG4bKlarge'), headers: 'Subject: ' }).length + 2
    peer.send(request({ via: via('z9hG4bKlarge'), headers: `Subject: ${'x'.repeat(size - head)}\r\n` }))
    expect(await peer.messages.at(0)).toContain('z9hG4bKlarge')
    const output = await stage.outputs.at(0)
    expect(output.kind === 'request' && output.incoming.request.wire.length).toBeGreaterThanOrEqual(size)
    const { at, peers } = await stage.serve()
    send(stage, at, newCall('MESSAGE', token).body('text/plain', Buffer.alloc(size - 1000, 0x79)))
    expect((await (await peers.at(0)).messages.at(0)).length).toBeGreaterThan(size - 1000)
  })

  it('that is rubbish disturbs no other (RFC 3261 §18.3)', async () => {
    const { dial } = await start(stateless)
    const [bad, good] = [await dial(), await dial()]
    for (const text of ['hello', '\0\0\0\0', 'SIP/2.0 999\r\n\r\n', request().slice(0, 60)]) bad.send(text)
    expect(await ask(good)).toMatch(/^SIP\/2\.0 200 /)
  })
})

function onSockets(way: Way): Setting {
  const { name, transport, address } = way
  return {
    name,
    transport,
    async start(react) {
      const { endpoint, outputs } = await open(react, {
        listen: [{ transport, address }],
        tls: { ca: authority, ...certificate('server') },
      })
      const host = address.includes(':') ? `[${address}]` : address
      return {
        speaker: endpoint,
        outputs,
        sentBy: `${host}:${endpoint.localFor(transport).port}`,
        dial: () => way.dial(endpoint),
        async serve() {
          const { port, peers } = await way.serve()
          return { at: { address, port }, peers }
        },
      }
    },
  }
}

async function inMemory(react: React): Promise<Stage> {
  const memory = new Memory(react)
  const { address, port } = memory.localFor()
  return {
    speaker: memory,
    outputs: memory.outputs,
    sentBy: `${address}:${port}`,
    dial: async () => memory.next().peer,
    async serve() {
      const { at, peer } = memory.next()
      const peers = new Inbox<WayPeer>()
      peers.push(peer)
      return { at, peers }
    },
  }
}
