/** Questions to name servers on real sockets: datagrams, a stream for what is long, forged answers, nobody there. RFC 1035 §4.2, RFC 5452. */
import { Buffer } from 'node:buffer'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { ask } from '../../src/dns/dns-ask.ts'
import { DnsResolver } from '../../src/index.ts'
import { a, answerOf } from './zone.ts'

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

const QUESTION = { name: 'a.test', type: 'A' } as const
const patient = new AbortController().signal

async function server(answer: (query: Buffer, from: RemoteInfo, socket: Socket) => void): Promise<{ address: string; port: number }> {
  const socket = createSocket('udp4', (query, from) => answer(query, from, socket)).bind(0, '127.0.0.1')
  open.push(() => socket.close())
  await once(socket, 'listening')
  return { address: '127.0.0.1', port: socket.address().port }
}

const idOf = (query: Buffer): number => query.readUInt16BE(0)
const good = (query: Buffer, address = '192.0.2.1'): Buffer => answerOf(idOf(query), 'a.test', 'A', { answers: [a('a.test', address, 60)] })

it('takes the answer to its question and no other (RFC 5452 §9.1)', async () => {
  const forger = createSocket('udp4').bind(0, '127.0.0.1')
  open.push(() => forger.close())
  await once(forger, 'listening')
  const place = await server((query, from, socket) => {
    forger.send(good(query, '192.0.2.66'), from.port, from.address) // another source
    socket.send(answerOf(idOf(query) ^ 1, 'a.test', 'A', { answers: [a('a.test', '192.0.2.67', 60)] }), from.port) // another id
    socket.send(answerOf(idOf(query), 'b.test', 'A', { answers: [a('b.test', '192.0.2.68', 60)] }), from.port) // another name
    socket.send(Buffer.from('rubbish'), from.port)
    socket.send(good(query), from.port)
  })
  expect(await ask(place, QUESTION, patient)).toEqual({ kind: 'records', records: ['192.0.2.1'], ttlSeconds: 60 })
})

it('asks from another port and with another id each time (RFC 5452 §9.2)', async () => {
  const seen: string[] = []
  const place = await server((query, from, socket) => {
    seen.push(`${from.port} ${idOf(query)}`)
    socket.send(good(query), from.port)
  })
  for (let i = 0; i < 8; i++) await ask(place, QUESTION, patient)
  expect(new Set(seen.map(text => text.split(' ')[0])).size).toBeGreaterThan(1)
  expect(new Set(seen.map(text => text.split(' ')[1])).size).toBeGreaterThan(1)
})

it('asks over TCP what does not fit a datagram, and reads it in pieces (RFC 1035 §4.2.2)', async () => {
  const place = await server((query, from, socket) => socket.send(answerOf(idOf(query), 'a.test', 'A', { truncated: true }), from.port))
  const many = Array.from({ length: 60 }, (_, i) => a('a.test', `192.0.2.${i}`, 60))
  const stream = createServer(socket =>
    socket.on('data', async query => {
      const answer = answerOf(query.readUInt16BE(2), 'a.test', 'A', { answers: many })
      const whole = Buffer.concat([Buffer.from([answer.length >> 8, answer.length & 0xff]), answer])
      for (const part of [whole.subarray(0, 1), whole.subarray(1, 100), whole.subarray(100)]) {
        socket.write(part)
        await new Promise(setImmediate)
      }
    }),
  ).listen(place.port, place.address)
  open.push(() => stream.close())
  await once(stream, 'listening')
  const answer = await ask(place, QUESTION, patient)
  expect(answer.kind === 'records' && answer.records.length).toBe(60)
})

it('hears at once that nobody is there', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  await expect(ask({ address: '127.0.0.1', port }, QUESTION, patient)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

it('stops when nobody wants to know any more', async () => {
  const place = await server(() => {})
  const abort = new AbortController()
  const asking = ask(place, QUESTION, abort.signal)
  abort.abort()
  await expect(asking).rejects.toMatchObject({ name: 'AbortError' })
})

it('asks nobody for what cannot be a name (RFC 1035 §2.3.4)', async () => {
  const nowhere = { address: '127.0.0.1', port: 1 }
  expect(await ask(nowhere, { name: 'a..test', type: 'A' }, patient)).toMatchObject({ kind: 'records', records: [] })
})

it('a black hole as the first server: the second answers, later calls do not wait', async () => {
  const hole = await server(() => {})
  const place = await server((query, from, socket) => socket.send(good(query), from.port))
  const resolver = new DnsResolver({ servers: [`127.0.0.1:${hole.port}`, `127.0.0.1:${place.port}`], families: ['ipv4'], tryMs: 50 })
  expect(await resolver.address('a.test')).toEqual(['192.0.2.1'])
  expect(await resolver.address('a.test')).toEqual(['192.0.2.1'])
  expect(resolver.stats()).toMatchObject({ 'dns-timeouts': 1, 'dns-cache-hits': 1 })
})
