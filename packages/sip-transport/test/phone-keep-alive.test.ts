/** A phone that keeps the flow of its registration alive, over real sockets. RFC 5626 §4.4, §4.5. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { UdpSocket } from '@strowger/dgram-ext'
import { Contact, responseTo } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import { afterEach, describe, expect, it } from 'vitest'
import { type CoreOutput, openPhone, type Phone, type PhoneOptions, type RegistrationNews, type SipEndpoint } from '../src/index.ts'
import { stunAnswer } from '../src/stun.ts'
import { authority, certificate } from './certificates.ts'
import { closeAll, closeLater, Inbox, type Opened, open, settle } from './peers.ts'

afterEach(closeAll)

const NAMES = { UDP: 'udp', TCP: 'tcp', TLS: 'tls', WS: 'ws', WSS: 'wss' } as const
type Headers = readonly (readonly [string, string])[]

/** Says yes to every REGISTER, with more in the answer. */
function registrar(transport: Hop['transport'], headers: Headers = []): Promise<Opened> {
  const react = (output: CoreOutput, endpoint: SipEndpoint): void => {
    if (output.kind !== 'request') return
    const { request } = output.incoming
    const response = responseTo(request, 200)
    const contact = request.headers.get(Contact)
    if (contact !== undefined) response.append(Contact, contact)
    response.raw('Expires', '600')
    for (const [name, value] of headers) response.raw(name, value)
    endpoint.layer.replyStateless(output.incoming, response)
  }
  return open(react, { listen: [{ transport, address: '127.0.0.1' }], tls: certificate('server') as EndpointTls })
}
type EndpointTls = NonNullable<Parameters<typeof open>[1]>['tls']

async function phoneAt({ endpoint }: Opened, transport: Hop['transport'], options: Partial<PhoneOptions> = {}): Promise<Phone> {
  const name = NAMES[transport]
  const phone = await openPhone({
    on: [transport === 'UDP' ? 'udp:127.0.0.1:0' : `${name}:127.0.0.1`],
    aor: 'sip:alice@example.test',
    proxy: `sip:127.0.0.1:${endpoint.localFor(transport).port};transport=${name}`,
    tls: { ca: authority, verify: 'chain' },
    ...options,
  })
  closeLater(() => phone.close())
  return phone
}

const keepAlives = ({ endpoint }: Opened): number => endpoint.events()['keep-alive'] ?? 0
/** One that comes twice over UDP counts once. */
const registers = ({ outputs }: Opened): number =>
  new Set(outputs.items.flatMap(output => (output.kind === 'request' ? output.incoming.request.headers.raw('CSeq') : []))).size
const flowOf = ({ outputs }: Opened): number => {
  const [first] = outputs.items.flatMap(output => (output.kind === 'request' ? [output.incoming.from.flow ?? 0] : []))
  return first ?? 0
}

async function news(phone: Phone, count: number): Promise<readonly RegistrationNews[]> {
  const told: RegistrationNews[] = []
  for await (const one of phone.registration) if (told.push(one) === count) break
  return told
}

describe('a registered phone', () => {
  it.each(['UDP', 'TCP', 'TLS'] as const)('is heard again and again over %s (RFC 5626 §3.5.1, §4.4.1)', async transport => {
    const server = await registrar(transport)
    const phone = await phoneAt(server, transport, { keepAliveMs: 20 })
    await phone.register()
    while (keepAlives(server) < 3) await settle(1)
    expect(registers(server)).toBe(1)
  })

  it.each([
    ['Flow-Timer', [['Flow-Timer', '1']]],
    [
      'Require: outbound, and the same',
      [
        ['Require', 'outbound'],
        ['Flow-Timer', '1'],
      ],
    ],
  ] as const)('keeps a stream alive when the registrar says so: %s (RFC 5626 §4.4.1)', async (_, headers) => {
    const server = await registrar('TCP', headers)
    const phone = await phoneAt(server, 'TCP')
    const began = performance.now()
    await phone.register()
    while (keepAlives(server) < 1) await settle(1)
    expect(performance.now() - began).toBeGreaterThan(790)
  })

  it('does not ping a stream by itself, whose other end may not know what that is, nor when it shall not', async () => {
    const server = await registrar('UDP')
    const phone = await phoneAt(server, 'UDP', { keepAliveMs: 0 })
    await phone.register()
    const other = await registrar('TCP')
    const plain = await phoneAt(other, 'TCP')
    await plain.register()
    await plain.request({ method: 'OPTIONS', uri: 'sip:bob@example.test' })
    expect([keepAlives(server), keepAlives(other)]).toEqual([0, 0])
  })

  it.each(['TCP', 'TLS', 'WS', 'WSS'] as const)(
    'whose %s connection is cut knows it at once, and registers by a new one (RFC 5626 §4.4, §4.5)',
    async transport => {
      const server = await registrar(transport)
      const phone = await phoneAt(server, transport, { keepAliveMs: 60_000 })
      await phone.register()
      server.endpoint.closeFlow(flowOf(server))
      const [, lost] = await news(phone, 2)
      expect(lost).toMatchObject({ kind: 'lost' })
      const { retryInMs } = lost as { retryInMs: number }
      expect(retryInMs).toBeGreaterThanOrEqual(15_000)
      expect(retryInMs).toBeLessThanOrEqual(30_000)
      await phone.register()
      expect(registers(server)).toBe(2)
      expect(server.endpoint.counts().flows).toBe(1)
    },
  )

  it('whose pings are not answered registers again: the stream is dead (RFC 5626 §4.4.1)', async () => {
    const accepted = new Inbox<string>()
    const server = createServer(socket => {
      socket.on('error', () => {})
      socket.on('data', data => {
        const text = data.toString('latin1')
        if (!text.startsWith('REGISTER')) return
        accepted.push(text)
        const kept = text.split('\r\n').filter(line => /^(Via|From|To|Call-ID|CSeq|Contact):/i.test(line))
        socket.write(`SIP/2.0 200 OK\r\n${kept.join('\r\n')}\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n`)
      })
    }).listen(0, '127.0.0.1')
    closeLater(() => server.close())
    await once(server, 'listening')
    const phone = await openPhone({
      on: ['tcp:127.0.0.1'],
      aor: 'sip:alice@example.test',
      proxy: `sip:127.0.0.1:${(server.address() as { port: number }).port};transport=tcp`,
      keepAliveMs: 20,
    })
    closeLater(() => phone.close())
    await phone.register()
    expect((await news(phone, 2))[1]).toMatchObject({ kind: 'lost' })
    await phone.register()
    expect(accepted.items).toHaveLength(2)
  }, 60_000)
})

describe('a phone that registered for outbound over UDP', () => {
  const instance = 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'
  const timers = { t1: 10 }

  it('is kept by STUN, and not by CRLF (RFC 5626 §4.4.2)', async () => {
    const server = await registrar('UDP', [['Require', 'outbound']])
    const phone = await phoneAt(server, 'UDP', { instance, keepAliveMs: 20 })
    await phone.register()
    while ((server.endpoint.events().stun ?? 0) < 4) await settle(1)
    expect([registers(server), keepAlives(server)]).toEqual([1, 0])
  })

  it('is kept by CRLF where the registrar keeps no flows, who may not know STUN (RFC 5626 §4.4)', async () => {
    const server = await registrar('UDP')
    const phone = await phoneAt(server, 'UDP', { instance, regId: 2, keepAliveMs: 20 })
    await phone.register()
    while (keepAlives(server) < 3) await settle(1)
    expect(server.endpoint.events()).not.toHaveProperty('stun')
    const [first] = server.outputs.items
    const contact = first?.kind === 'request' ? first.incoming.request.headers.get(Contact) : undefined
    expect(contact !== '*' && contact?.params).toEqual(
      new Map([
        ['+sip.instance', `<${instance}>`],
        ['reg-id', '2'],
      ]),
    )
  })

  it.each([
    ['is not heard', () => undefined],
    ['is refused', (asked: Uint8Array) => refusalOf(asked)],
    ['says that we have moved', (asked: Uint8Array) => stunAnswer(asked, { address: '192.0.2.9', port: 9 })],
  ] as const)(
    'has lost its flow when a STUN answer %s, and registers again (RFC 5626 §4.4.2, §4.5)',
    async (_, later) => {
      const accepted = new Inbox<string>()
      let probes = 0
      const socket = UdpSocket.bind({ address: '127.0.0.1' }, batch => {
        for (let i = 0; i < batch.length; i++) {
          const [bytes, peer] = [Buffer.from(batch.bytes(i)), batch.peer(i)]
          if (bytes[0] === 0) {
            const answered = probes++ < 2 ? stunAnswer(bytes, peer) : later(bytes)
            if (answered !== undefined) socket.send(answered, peer)
          } else {
            accepted.push(bytes.toString('latin1'))
            socket.send(granted(bytes.toString('latin1')), peer)
          }
        }
        socket.flush()
      })
      closeLater(() => socket.close())
      const phone = await openPhone({
        on: ['udp:127.0.0.1:0'],
        aor: 'sip:alice@example.test',
        proxy: `sip:127.0.0.1:${socket.local.port}`,
        instance,
        keepAliveMs: 5,
        timers,
      })
      closeLater(() => phone.close())
      await phone.register()
      expect((await news(phone, 2))[1]).toMatchObject({ kind: 'lost' })
      probes = 0
      await phone.register()
      expect(new Set(accepted.items.map(text => /^CSeq: (\d+)/m.exec(text)?.[1]))).toEqual(new Set(['1', '2']))
    },
    60_000,
  )

  function granted(text: string): Buffer {
    const kept = text.split('\r\n').filter(line => /^(Via|From|To|Call-ID|CSeq|Contact):/i.test(line))
    return Buffer.from(`SIP/2.0 200 OK\r\n${kept.join('\r\n')}\r\nRequire: outbound\r\nExpires: 600\r\nContent-Length: 0\r\n\r\n`)
  }

  function refusalOf(asked: Uint8Array): Buffer {
    const refusal = Buffer.from(asked.subarray(0, 20))
    refusal.writeUInt16BE(0x0111, 0)
    return refusal
  }
})
