/** By which ways a phone's requests go: the next server when one fails, TCP for what is large. Real sockets. RFC 3263 §4.3, RFC 3261 §18.1.1. */
import { utf8Bytes } from '@strowger/sip-parser'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type Endpoint,
  listen,
  openPhone,
  type Phone,
  type PhoneCall,
  type PhoneOptions,
  type Resolver,
  type TapEvent,
} from '../src/index.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

const sdp = (bytes = 0): Uint8Array => utf8Bytes(`v=0\r\ns=${'x'.repeat(bytes)}\r\n`)
const portOf = (uri: string): number => Number(/:(\d+)(;|$)/.exec(uri)![1])

async function phone(name: string, more: Partial<PhoneOptions> = {}): Promise<Phone> {
  const opened = await openPhone({ on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'], aor: `sip:${name}@there.test`, ...more })
  open.push(opened)
  return opened
}

/** Answers everything with one status. */
async function server(status: number): Promise<Endpoint> {
  const opened = await listen({ on: ['udp:127.0.0.1:0'] })
  open.push(opened)
  void (async () => {
    for await (const { respond } of opened.requests) respond(status)
  })()
  return opened
}

/** Nobody listens there; one that was free a moment ago may be somebody's again. */
const CLOSED_PORT = 1

/** Servers of a domain, the first first. */
const zone = (...ports: readonly number[]): Resolver => ({
  naptr: async () => [],
  srv: async name =>
    name.startsWith('_sip._udp.') ? ports.map((port, priority) => ({ name: 'one.test', port, priority, weight: 0 })) : [],
  address: async () => ['127.0.0.1'],
})

interface Seen {
  readonly sent: string[]
  readonly tap: (event: TapEvent) => void
}

/** First lines and the ways they took. */
function watch(): Seen {
  const sent: string[] = []
  const tap = ({ direction, bytes, hop }: TapEvent): void => {
    const [line = ''] = Buffer.from(bytes).toString('latin1').split('\r\n')
    if (direction === 'out' && !line.startsWith('SIP/2.0')) sent.push(`${line.split(' ')[0]} ${hop.transport} ${hop.remote.port}`)
  }
  return { sent, tap }
}

async function talk(from: Phone, to: Phone, uri: string, offer = sdp()): Promise<PhoneCall> {
  const [call, { value }] = await Promise.all([from.call(uri, { offer }), to.calls[Symbol.asyncIterator]().next()])
  const called = value as PhoneCall
  called.answer(sdp())
  await Promise.all([call.answered, called.answered])
  return call
}

describe('a call to a domain with two servers', () => {
  it.each(['nobody is there', 'it answers 503'])('is set up by the second where the first one fails: %s (RFC 3263 §4.3)', async how => {
    const bob = await phone('bob')
    const first = how === 'it answers 503' ? portOf((await server(503)).uris[0]!) : CLOSED_PORT
    const second = portOf(bob.uris[0]!)
    const { sent, tap } = watch()
    const alice = await phone('alice', { resolver: zone(first, second), tap })
    const call = await talk(alice, bob, 'sip:bob@there.test')
    expect(new Set(sent.filter(line => line.startsWith('INVITE')))).toEqual(new Set([`INVITE UDP ${first}`, `INVITE UDP ${second}`]))
    call.hangUp()
    expect(await call.ended).toMatchObject({ by: 'us' })
  })

  it('fails when both do, with what the last one said', async () => {
    const ports = [CLOSED_PORT, portOf((await server(503)).uris[0]!)]
    const alice = await phone('alice', { resolver: zone(...ports) })
    const call = await alice.call('sip:bob@there.test', { offer: sdp() })
    expect(await call.ended).toMatchObject({ by: 'them', status: 503 })
  })

  it('is not tried again where it was refused', async () => {
    const { sent, tap } = watch()
    const alice = await phone('alice', { resolver: zone(portOf((await server(486)).uris[0]!), portOf((await server(200)).uris[0]!)), tap })
    const call = await alice.call('sip:bob@there.test', { offer: sdp() })
    expect(await call.ended).toMatchObject({ by: 'them', status: 486 })
    expect(new Set(sent.filter(line => line.startsWith('INVITE'))).size).toBe(1)
  })

  it('and so is the registration (RFC 3263 §4.3)', async () => {
    const registrar = await listen({ on: ['udp:127.0.0.1:0'] })
    open.push(registrar)
    void (async () => {
      for await (const { request, respond } of registrar.requests)
        respond(200, { headers: { Contact: `${request.headers.raw('Contact')[0]};expires=60` } })
    })()
    for (const first of [CLOSED_PORT, portOf((await server(503)).uris[0]!)]) {
      const alice = await phone('alice', { resolver: zone(first, portOf(registrar.uris[0]!)) })
      expect((await alice.register()).expiresSeconds).toBe(60)
    }
  })
})

describe('a request of more than 1300 bytes', () => {
  /** UDP and TCP at the same port, or UDP alone. */
  async function bobAt(...names: readonly ('udp' | 'tcp')[]): Promise<Phone> {
    for (;;) {
      const port = CLOSED_PORT
      const [first, ...more] = names.map(name => `${name}:127.0.0.1:${port}`)
      const bob = await phone('bob', { on: [first!, ...more] }).catch(() => undefined)
      if (bob !== undefined) return bob
    }
  }

  it('goes by TCP, with TCP in its Via (RFC 3261 §18.1.1)', async () => {
    const bob = await bobAt('udp', 'tcp')
    const { sent, tap } = watch()
    await talk(await phone('alice', { tap }), bob, bob.contact, sdp(1300))
    expect(new Set(sent)).toEqual(new Set([`INVITE TCP ${portOf(bob.contact)}`, `ACK UDP ${portOf(bob.contact)}`]))
  })

  it('comes back to UDP where nobody takes it by TCP, and does not try that again for a while (RFC 3261 §18.1.1)', async () => {
    const bob = await bobAt('udp')
    const { sent, tap } = watch()
    const alice = await phone('alice', { tap })
    const invites = (): readonly string[] => [...new Set(sent.filter(line => line.startsWith('INVITE')))]
    await talk(alice, bob, bob.contact, sdp(1300))
    expect(invites()).toEqual([`INVITE TCP ${portOf(bob.contact)}`, `INVITE UDP ${portOf(bob.contact)}`])
    sent.length = 0
    await talk(alice, bob, bob.contact, sdp(1300))
    expect(invites()).toEqual([`INVITE UDP ${portOf(bob.contact)}`])
  })

  it('outside of a call does the same (RFC 3261 §18.1.1)', async () => {
    const bob = await listen({ on: ['udp:127.0.0.1:0'] })
    open.push(bob)
    void (async () => {
      for await (const { respond } of bob.requests) respond(200)
    })()
    const { sent, tap } = watch()
    const alice = await phone('alice', { tap })
    const headers = { 'Content-Type': 'text/plain' }
    expect((await alice.request({ method: 'MESSAGE', uri: bob.uris[0]!, headers, body: sdp(1300) })).status).toBe(200)
    expect(new Set(sent)).toEqual(new Set([`MESSAGE TCP ${portOf(bob.uris[0]!)}`, `MESSAGE UDP ${portOf(bob.uris[0]!)}`]))
  })
})

it('sends what it begins by the routes that its registrar gave, in their order, until it is registered no more (RFC 3608 §6.1)', async () => {
  const seen: string[] = []
  const registrar = await listen({ on: ['udp:127.0.0.1:0'] })
  open.push(registrar)
  const edge = registrar.uris[0]!
  void (async () => {
    for await (const { request, respond } of registrar.requests) {
      const routes = request.headers.raw('Route')
      seen.push(`${request.method} ${routes.join(', ').replaceAll(edge, 'EDGE')}`)
      if (request.method !== 'REGISTER') respond(404)
      else respond(200, { headers: { Contact: request.headers.raw('Contact'), 'Service-Route': `<${edge};lr>, <sip:home.test;lr>` } })
    }
  })()
  const alice = await phone('alice', { resolver: zone(portOf(edge)), password: 'secret' })
  await alice.register()
  const text = { contentType: 'text/plain', text: 'busy' }
  const everything = async (): Promise<void> => {
    await expect((await alice.call('sip:bob@192.0.2.1', { offer: sdp() })).answered).rejects.toMatchObject({ ended: { status: 404 } })
    await alice.request({ method: 'MESSAGE', uri: 'sip:bob@192.0.2.1' })
    await alice.subscribe('sip:bob@192.0.2.1', { event: 'presence' })
    while (!seen.some(line => line.startsWith('SUBSCRIBE'))) await new Promise(setImmediate)
    await expect(alice.publish(text, { event: 'presence' })).rejects.toMatchObject({ status: 404 })
  }
  await everything()
  const routes = '<EDGE;lr>, <sip:home.test;lr>'
  expect(seen.filter(line => !/^(ACK|REGISTER)/.test(line))).toEqual(
    ['INVITE', 'MESSAGE', 'SUBSCRIBE', 'PUBLISH'].map(method => `${method} ${routes}`),
  )
  await alice.unregister()
  expect(seen.filter(line => line.startsWith('REGISTER'))).toEqual(['REGISTER ', 'REGISTER '])
  await alice.request({ method: 'MESSAGE', uri: edge })
  expect(seen.at(-1)).toBe('MESSAGE ')
})
