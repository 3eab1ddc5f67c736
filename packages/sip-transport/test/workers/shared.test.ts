/** What several workers have together: limits of connections, one connection to a carrier, aliases. RFC 3261 §18.1.1, §26.1.5, RFC 5923. */
import { newRequest, responseTo } from '@strowger/sip-parser'
import { afterEach, describe, expect, test } from 'vitest'
import type { CoreOutput, NamedAddress, SipEndpoint, TlsOptions } from '../../src/index.ts'
import { SharedConnections } from '../../src/workers/shared-connections.ts'
import { authority, certificate } from '../certificates.ts'
import { answer as answerText, closeAll, dial, open, request, type TcpPeer, tcpServer, udpPeer } from '../peers.ts'
import { hold, type RoleOptions, TestRole, turn, type Worker } from './role.ts'

afterEach(closeAll)

/** Of loopback, where nobody else is given a port: one that is free again stays so. */
const OWN_ADDRESS = '127.0.0.51'

async function start(options: RoleOptions): Promise<TestRole> {
  const role = new TestRole(options)
  await role.start()
  return role
}

/** Whether the peer was let in: it gets an answer, or the end. */
async function isIn(peer: TcpPeer, n: number): Promise<boolean> {
  peer.socket.on('error', () => {})
  peer.socket.write(request({ callId: `call-${n}`, branch: `z9hG4bK${n}`, via: `SIP/2.0/TCP 127.0.0.1:5555;branch=z9hG4bK${n}` }))
  return Promise.race([peer.texts.at(0).then(() => true), peer.closed.then(() => false)])
}

async function letIn(role: TestRole, tries: number): Promise<number> {
  let count = 0
  for (let n = 0; n < tries; n++) if (await isIn(await dial(role.tcp), n)) count++
  return count
}

/** By no connection that is known. */
function send({ endpoint }: Pick<Worker, 'endpoint'>, callId: string, transport: 'TCP' | 'TLS', remote: NamedAddress): void {
  const message = newRequest('MESSAGE', 'sip:carrier@127.0.0.1').raw('From', '<sip:a@a>;tag=1').raw('To', '<sip:b@b>')
  message.raw('Call-ID', callId).raw('CSeq', '1 MESSAGE').raw('Max-Forwards', '70')
  endpoint.layer.send(endpoint.now(), message, { transport, remote, local: endpoint.localFor(transport) })
  endpoint.drain()
}

describe.each([1, 4])('%i workers', workers => {
  test.each([
    ['of one source', { connectionsPerAddress: 5 }],
    ['in all', { connections: 5 }],
  ])('accept as many connections %s as one would (RFC 3261 §26.1.5)', async (_, limits) => {
    const role = await start({ workers, endpoint: { limits } })
    expect(await letIn(role, 20)).toBe(5)
  })

  test('open one connection to a carrier between them, and hear on it what is for each (RFC 3261 §18.1.1)', async () => {
    const role = await start({ workers })
    const carrier = await tcpServer()
    const senders = [...role.workers.values()]
    for (const worker of senders) send(worker, role.callOf(worker), 'TCP', { address: '127.0.0.1', port: carrier.port })
    const { socket, received } = await carrier.connections.at(0)
    while (received().split('MESSAGE sip:carrier').length < workers + 1) await turn()
    for (const text of received().split(/(?=MESSAGE sip:carrier)/)) socket.write(answerText(text, 200))
    for (const { outputs } of senders) while (!outputs.items.some(({ kind }) => kind === 'response')) await turn()
    expect(carrier.connections.items).toHaveLength(1)
  })

  test('use the connection of a peer that wants it used, whoever has accepted it, until it is gone (RFC 5923 §8.2)', async () => {
    const tls = { clientCertificate: 'asked', ca: authority } as const
    const role = await start({ workers, endpoint: { tls: { ...certificate('server'), ...tls } } })
    const answers = ({ kind, ...output }: CoreOutput, endpoint: SipEndpoint): void => {
      if (kind === 'request' && 'incoming' in output)
        endpoint.layer.replyStateless(output.incoming, responseTo(output.incoming.request, 200))
    }
    const peer = await open(answers, {
      listen: [{ transport: 'TLS', address: '127.0.0.1' }],
      alias: true,
      tls: { ...certificate('carrier'), ...tls } as TlsOptions,
    })
    send(peer, 'from-there', 'TLS', { address: '127.0.0.1', port: role.tls, name: 'example.test' } as NamedAddress)
    while (!peer.outputs.items.some(({ kind }) => kind === 'response')) await turn()
    const back: NamedAddress = { address: '127.0.0.1', port: peer.endpoint.localFor('TLS').port, name: 'carrier.test' }
    const askAll = async (): Promise<void> => {
      const known = new Map([...role.workers.values()].map(({ id, outputs }) => [id, outputs.items.length]))
      for (const worker of role.workers.values()) send(worker, role.callOf(worker), 'TLS', back)
      for (const { id, outputs } of role.workers.values())
        while (!outputs.items.slice(known.get(id)).some(({ kind }) => kind === 'response')) await turn()
    }
    await askAll()
    expect(peer.endpoint.counts().flows).toBe(1)
    for (const { endpoint } of role.workers.values()) expect(endpoint.counts().flows).toBeLessThanOrEqual(1)
    const [first] = peer.outputs.items.flatMap(output => (output.kind === 'request' ? [output.incoming.from.flow] : []))
    peer.endpoint.closeFlow(first!)
    while (peer.endpoint.counts().flows > 0 || [...role.workers.values()].some(({ endpoint }) => endpoint.counts().flows > 0)) await turn()
    await askAll()
    expect(peer.endpoint.counts().flows).toBe(1)
  })
})

test('the connections of a worker that has died count no more', async () => {
  const role = await start({ workers: 2, endpoint: { limits: { connections: 4 } } })
  expect(await letIn(role, 8)).toBe(4)
  const [first] = [...role.workers.values()]
  const had = first!.endpoint.counts().flows
  await role.end(first!.id)
  await role.settled()
  expect(await letIn(role, 8)).toBe(had)
})

test('a source is counted by its own connections, not by those of others, however many there are', () => {
  const [here, there] = [new SharedConnections(), new SharedConnections()]
  there.accepted('early', 1)
  for (const one of [here, there]) one.setKey([0x1234, -5678])
  here.meet(2, there.board)
  for (let n = 0; n < 5000; n++) there.accepted(`10.0.${n >> 8}.${n & 255}`, 1)
  for (let n = 0; n < 7; n++) there.accepted('192.0.2.1', 1)
  there.accepted('192.0.2.1', -1)
  expect(here.othersAccepted).toBe(5007)
  expect(here.othersFrom('early')).toBeGreaterThanOrEqual(1)
  expect(here.othersFrom('192.0.2.1')).toBeGreaterThanOrEqual(6)
  expect(here.othersFrom('192.0.2.1')).toBeLessThan(20)
  here.lose(2)
  expect([here.othersAccepted, here.othersFrom('192.0.2.1')]).toEqual([0, 0])
})

test('places to listen come and go on all workers; the id of a UDP flow is the same for all, whatever each has opened before (RFC 3261 §18.2)', async () => {
  const role = await start({ workers: 2 })
  expect(await letIn(role, 5)).toBe(5)
  const udp = await role.addListener({ transport: 'UDP', address: '127.0.0.1' })
  const tcp = await role.addListener({ transport: 'TCP', address: OWN_ADDRESS })
  const phones = Array.from({ length: 16 }, () => udpPeer())
  const ask = (n: number, port: number): void => {
    const phone = phones[n]!
    const branch = `z9hG4bK${n}-${phone.texts.items.length}`
    phone.send(request({ callId: `at-${n}`, branch, via: `SIP/2.0/UDP 127.0.0.1:${phone.port};branch=${branch};rport` }), port)
  }
  for (const [n] of phones.entries()) ask(n, udp.port!)
  for (const { texts } of phones) expect(await texts.at(0)).toContain('SIP/2.0 200')
  expect(role.handedOver).toBeGreaterThan(0)
  expect(await isIn(await dial(tcp.port!, OWN_ADDRESS), 99)).toBe(true)

  role.removeListener(tcp)
  role.removeListener(udp)
  await expect(dial(tcp.port!, OWN_ADDRESS)).rejects.toThrow('ECONNREFUSED')
  ask(0, udp.port!)
  const removed = (): number =>
    [...role.workers.values()].reduce((sum, { endpoint }) => sum + (endpoint.events()['listener-removed'] ?? 0), 0)
  while (removed() === 0) await turn()

  const again = await role.addListener({ transport: 'UDP', address: '127.0.0.1', port: udp.port! })
  expect(again.flow).toBe(udp.flow)
  ask(0, udp.port!)
  expect(await phones[0]!.texts.at(1)).toContain('SIP/2.0 200')
})

test('a call that rings when its UDP port is removed can be given up there, wherever its CANCEL arrives (RFC 3261 §9.2)', async () => {
  const role = await start({ workers: 2, react: hold })
  const udp = await role.addListener({ transport: 'UDP', address: '127.0.0.1' })
  const phones = Array.from({ length: 16 }, () => udpPeer())
  const text = (n: number, method: string): string => {
    const branch = `z9hG4bK-rings-${n}`
    const via = `SIP/2.0/UDP 127.0.0.1:${phones[n]!.port};branch=${branch};rport`
    return request({ method, callId: `rings-${n}`, branch, via })
  }
  for (const [n, phone] of phones.entries()) phone.send(text(n, 'INVITE'), udp.port!)
  const rings = (): number =>
    [...role.workers.values()].flatMap(({ outputs }) => outputs.items).filter(({ kind }) => kind === 'request').length
  while (rings() < phones.length) await turn()
  expect(role.handedOver).toBeGreaterThan(0)
  role.removeListener(udp)
  for (const [n, phone] of phones.entries()) phone.send(text(n, 'CANCEL'), udp.port!)
  const isOver = (): boolean =>
    phones.every(({ texts: { items } }) => ['200', '487'].every(status => items.some(text => text.includes(status))))
  while (!isOver()) await turn()
})

test('a worker that is started when a UDP port has been removed answers by it as well', async () => {
  const role = await start({ workers: 2 })
  const udp = await role.addListener({ transport: 'UDP', address: '127.0.0.1' })
  role.removeListener(udp)
  for (const { id } of [...role.workers.values()]) {
    role.crew.replace(id)
    await role.settled()
    await role.end(id)
    await role.settled()
  }
  const phone = udpPeer()
  for (let n = 0; n < 8; n++) {
    const branch = `z9hG4bK-late-${n}`
    const text = request({ callId: `late-${n}`, branch, via: `SIP/2.0/UDP 127.0.0.1:${phone.port};branch=${branch};rport` })
    phone.send(text.replace(/^(To: .*)$/m, '$1;tag=ours'), udp.port!)
    expect(await phone.texts.at(n)).toContain('SIP/2.0 200')
  }
})
