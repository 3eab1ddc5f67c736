/** Scripts on real sockets: against a program under test, and when they fail. RFC 3261 §18. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { parse, responseTo } from '@strowger/sip-parser'
import { expect, test } from 'vitest'
import { Phone, ScriptError, script } from '../src/index.ts'
import { performUdp } from '../src/udp.ts'

/** A program under test: answers whatever it can read with 200. */
async function program(): Promise<Socket> {
  const socket = createSocket('udp4', (bytes, { address, port }) => {
    const request = parse(bytes)
    if (request.kind === 'request') socket.send(responseTo(request, 200, { toTag: 'x' }).toBytes(), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

test('a program under test is called by the name that the script uses (RFC 3261 §18.1)', async () => {
  const server = await program()
  const phone = new Phone({
    name: 'alice',
    peer: 'server',
    script: script().send('OPTIONS').expect(200).sendRaw('rubbish\n').send('OPTIONS').expect(200),
  })
  const { ladder, exchanges } = await performUdp([phone], { others: { server: server.address() } })
  server.close()
  expect(exchanges.every(({ to }) => to === 'server')).toBe(true)
  expect(ladder).toMatch(/alice +server\n/)
})

test('a script that fails on sockets says so as in virtual time (RFC 3261 §17.1.2.2)', async () => {
  const server = await program()
  const phone = new Phone({ name: 'alice', peer: 'server', script: script().send('OPTIONS').expect(404) })
  const failed = await performUdp([phone], { others: { server: server.address() } }).catch((error: unknown) => error)
  server.close()
  expect(failed).toBeInstanceOf(ScriptError)
  expect(String(failed)).toContain('alice, step 2 of 2: expect 404, but 200 of OPTIONS came')
})

test('nobody there is silence, retransmitted into and reported in scaled time (RFC 3261 §17.1.1.2)', async () => {
  const gone = await program()
  const address = gone.address()
  gone.close()
  const phone = new Phone({ name: 'alice', peer: 'gone', script: script().send('INVITE').expect('1xx', { withinMs: 4000 }) })
  const failed = await performUdp([phone], { others: { gone: address }, scale: 0.02 }).catch((error: unknown) => error)
  expect(String(failed)).toContain('expect 1xx, but nothing came in 4000 ms')
  expect((failed as ScriptError).exchanges.length).toBeGreaterThanOrEqual(2)
})

test('time is up for a script that waits for ever', async () => {
  const phone = new Phone({ name: 'alice', script: script().pause(1_000_000) })
  await expect(performUdp([phone], { scale: 0.01, limitMs: 500 })).rejects.toThrow('alice was not at its end when time was up')
})

test("a name that nobody has is the caller's mistake", async () => {
  await expect(performUdp([new Phone({ name: 'alice', peer: 'bob', script: script() })])).rejects.toThrow(
    'Nobody is called "bob"; there are alice',
  )
})

test('a bad network before real sockets: what is lost is sent again, what comes twice is one, whatever the order (RFC 3261 §17)', async () => {
  const server = await program()
  const calls = script().send('OPTIONS').expect(200).send('OPTIONS').expect(200).send('OPTIONS').expect(200)
  const phones = [1, 2, 3, 4].map(n => new Phone({ name: `phone${n}`, peer: 'server', script: calls, anyOrder: true }))
  const link = { loss: 0.2, duplicate: 0.2, reorder: 0.2, delayMs: 5, jitterMs: 10 }
  const { exchanges } = await performUdp(phones, { others: { server: server.address() }, scale: 0.05, link, seed: 3 })
  server.close()
  expect(new Set(exchanges.map(({ fate }) => fate))).toEqual(new Set(['sent', 'lost', 'doubled']))
})

test('a byte that was changed on the way is no message any more, or another one', async () => {
  const server = await program()
  const phone = new Phone({ name: 'alice', peer: 'server', script: script().send('OPTIONS').expect(200, { withinMs: 2000 }) })
  const options = { others: { server: server.address() }, scale: 0.02, link: { corrupt: 1 } }
  await performUdp([phone], options).catch((error: unknown) => expect(error).toBeInstanceOf(ScriptError))
  server.close()
  expect(phone.outcome.kind).not.toBe('running')
})
