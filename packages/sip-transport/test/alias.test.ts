/** One connection for requests both ways, between two endpoints of ours over real sockets. RFC 5923 §8, §9. */
import { responseTo } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import { nodeToken } from '@strowger/sip-transaction/node'
import { newCall } from '@strowger/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import type { CoreOutput, ListenAddress, NamedAddress, SipEndpoint, TlsOptions } from '../src/index.ts'
import { authority, certificate } from './certificates.ts'
import { closeAll, type Opened, open, settle } from './peers.ts'

afterEach(closeAll)

const AT = (transport: Hop['transport'], connectOnly = false): ListenAddress => ({ transport, address: '127.0.0.1', connectOnly })
const answers = ({ kind, ...output }: CoreOutput, endpoint: SipEndpoint): void => {
  if (kind !== 'request' || !('incoming' in output)) return
  endpoint.layer.replyStateless(output.incoming, responseTo(output.incoming.request, 200))
}

function one(
  transport: Hop['transport'],
  own: 'carrier' | 'server',
  more: { alias?: boolean; connectOnly?: boolean; tls?: TlsOptions } = {},
): Promise<Opened> {
  const { alias = true, connectOnly = false, tls = {} } = more
  return open(answers, {
    listen: [AT(transport, connectOnly)],
    alias,
    tls: { ...(certificate(own) as TlsOptions), clientCertificate: 'asked', ca: authority, ...tls },
  })
}

/** Asks, and waits for the answer. The Via that the other side saw. */
async function ask(from: Opened, to: Opened, transport: Hop['transport'], name?: string): Promise<string> {
  const remote: NamedAddress = { ...to.endpoint.localFor(transport), ...(name !== undefined && { name }) }
  const known = { from: from.outputs.items.length, to: to.outputs.items.length }
  const { endpoint } = from
  endpoint.layer.send(endpoint.now(), newCall('OPTIONS', nodeToken), {
    transport,
    remote,
    local: endpoint.localFor(transport, remote),
  })
  endpoint.drain()
  const answer = (): CoreOutput | undefined =>
    from.outputs.items.slice(known.from).find(({ kind }) => kind === 'response' || kind === 'failed')
  while (answer() === undefined) await settle(1)
  expect(answer()).toMatchObject({ kind: 'response', response: { status: 200 } })
  const request = to.outputs.items.slice(known.to).find(({ kind }) => kind === 'request')
  return request?.kind === 'request' ? (request.incoming.request.headers.raw('Via')[0] ?? '') : ''
}

const flows = ({ endpoint }: Opened): number => endpoint.counts().flows

describe('alias in our Via', () => {
  it.each(['TLS', 'TCP'] as const)(
    'is there over %s when that is wanted, with where we listen as sent-by (RFC 5923 §8.1)',
    async transport => {
      const [a, b] = [await one(transport, 'carrier'), await one(transport, 'server')]
      const via = await ask(a, b, transport, transport === 'TLS' ? 'example.test' : undefined)
      expect(via).toMatch(/;alias(;|$)/)
      expect(via).toContain(`127.0.0.1:${a.endpoint.localFor(transport).port}`)
    },
  )

  it('is not there by default, nor where we cannot be reached, nor over datagrams (RFC 5923 §8.1)', async () => {
    const server = await one('TLS', 'server')
    expect(await ask(await one('TLS', 'carrier', { alias: false }), server, 'TLS', 'example.test')).not.toContain('alias')
    expect(await ask(await one('TLS', 'carrier', { connectOnly: true }), server, 'TLS', 'example.test')).not.toContain('alias')
    expect(await ask(await one('UDP', 'carrier'), await one('UDP', 'server'), 'UDP')).not.toContain('alias')
  })
})

describe('a connection', () => {
  it('is used for requests the other way when it was offered and its owner has proved the domain (RFC 5923 §8.2, §9.2)', async () => {
    const [a, b] = [await one('TLS', 'carrier'), await one('TLS', 'server')]
    await ask(a, b, 'TLS', 'example.test')
    await ask(b, a, 'TLS', 'carrier.test')
    await ask(a, b, 'TLS', 'example.test')
    expect([flows(a), flows(b)]).toEqual([1, 1])
  })

  it('is not used for another domain at the same place: that one gets a connection of its own, and must prove itself (RFC 5923 §9.3)', async () => {
    const [a, b] = [await one('TLS', 'carrier'), await one('TLS', 'server', { tls: { verify: 'chain' } })]
    await ask(a, b, 'TLS', 'example.test')
    await ask(b, a, 'TLS', 'elsewhere.test')
    expect(flows(b)).toBe(2)
  })

  it('is not used when it was not offered (RFC 5923 §8.2)', async () => {
    const [a, b] = [await one('TLS', 'carrier', { alias: false }), await one('TLS', 'server')]
    await ask(a, b, 'TLS', 'example.test')
    await ask(b, a, 'TLS', 'carrier.test')
    expect(flows(b)).toBe(2)
  })

  it('is not used when nobody knows whose it is: over TCP anybody may say anything (RFC 5923 §9.2)', async () => {
    const [a, b] = [await one('TCP', 'carrier'), await one('TCP', 'server')]
    await ask(a, b, 'TCP')
    await ask(b, a, 'TCP')
    expect(flows(b)).toBe(2)
  })

  it('that is gone is an alias no more: a new one is opened to where they listen (RFC 5923 §8.3)', async () => {
    const [a, b] = [await one('TLS', 'carrier'), await one('TLS', 'server')]
    await ask(a, b, 'TLS', 'example.test')
    const first = b.outputs.items.find(({ kind }) => kind === 'request')
    b.endpoint.closeFlow((first?.kind === 'request' && first.incoming.from.flow) as number)
    while (flows(b) > 0 || flows(a) > 0) await settle(1)
    await ask(b, a, 'TLS', 'carrier.test')
    expect(b.endpoint.counts().flows).toBe(1)
  })
})
