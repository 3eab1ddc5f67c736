/** Client and server over real loopback sockets. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { bytesOf, latin1, MediaError, type NgCommand, type NgReply, writeBody, writeDatagram } from '../src/index.ts'
import { NgUdpClient, type NgUdpServer, serveNgUdp } from '../src/udp.ts'

const open: { close(): unknown }[] = []
const kept = <T extends { close(): unknown }>(one: T): T => {
  open.push(one)
  return one
}
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const serve = async (handle: (command: NgCommand) => Promise<NgReply> | NgReply): Promise<NgUdpServer> =>
  kept(await serveNgUdp({ address: '127.0.0.1', port: 0 }, handle))
const connect = async (port: number, options: object = {}): Promise<NgUdpClient> =>
  kept(await NgUdpClient.open({ address: '127.0.0.1', port, retransmitMs: [20, 20, 20], giveUpMs: 500, ...options }))
const offer = { command: 'offer', 'call-id': 'c', 'from-tag': 'a', sdp: 'v=0\r\na=\xff\r\n' } as const

/** A wire between client and server that loses the first `losses` datagrams from the server. */
async function lossyWire(serverPort: number, losses: number): Promise<{ port: number; cookies: string[] }> {
  const front = kept(createSocket('udp4'))
  const back = kept(createSocket('udp4'))
  const cookies: string[] = []
  let clientPort = 0
  let left = losses
  front.on('message', (bytes, from) => {
    clientPort = from.port
    cookies.push(latin1(bytes).split(' ', 1)[0]!)
    back.send(bytes, serverPort, '127.0.0.1')
  })
  back.on('message', bytes => {
    if (left-- <= 0) front.send(bytes, clientPort, '127.0.0.1')
  })
  await bound(front)
  await bound(back)
  return { port: front.address().port, cookies }
}

async function bound(socket: Socket): Promise<void> {
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
}

describe('NG over UDP', () => {
  test("a socket of the caller's is as good as one of ours, and its bytes may change when it has given them", async () => {
    const sent: string[] = []
    let receive: (bytes: Uint8Array, from: { address: string; port: number }) => void = () => {}
    const socket = {
      port: 7,
      send: (bytes: Uint8Array, to: { port: number }) => void sent.push(`${to.port}: ${latin1(bytes)}`),
      close: () => {},
    }
    const server = kept(
      await serveNgUdp(
        {
          address: '127.0.0.1',
          port: 0,
          open: (_, given) => {
            receive = given
            return socket
          },
        },
        async () => ({ result: 'pong' }),
      ),
    )
    const bytes = bytesOf('1_1 d7:command4:pinge')
    receive(bytes, { address: '127.0.0.1', port: 9 })
    bytes.fill(0)
    await expect.poll(() => sent).toEqual(['9: 1_1 d6:result4:ponge'])
    receive(bytesOf('1_1 d7:command4:pinge'), { address: '127.0.0.1', port: 9 })
    expect(sent[1]).toBe(sent[0])
    expect(server.port).toBe(7)
    expect(server.counts()).toMatchObject({ commands: 1, repeated: 1, kept: 1, keptBytes: '1_1 d6:result4:ponge'.length })
  })

  test('a socket that cannot be opened is a code', async () => {
    const fails = serveNgUdp({ address: '127.0.0.1', port: 0, open: () => Promise.reject(new Error('EACCES')) }, () => ({ result: 'ok' }))
    await expect(fails).rejects.toMatchObject({ code: 'listen' })
  })

  test('a command is answered, bytes of the SDP kept', async () => {
    const server = await serve(command => ({ result: 'ok', sdp: command.command === 'offer' ? command.sdp : '' }))
    const client = await connect(server.port)
    expect(await client.request(offer)).toEqual({ result: 'ok', sdp: offer.sdp })
    expect(await client.request({ ...offer, sdp: bytesOf(offer.sdp) })).toEqual({ result: 'ok', sdp: offer.sdp })
  })

  test('JSON is answered in JSON', async () => {
    const server = await serve(() => ({ result: 'pong' }))
    const client = await connect(server.port, { format: 'json' })
    expect(await client.request({ command: 'ping' })).toEqual({ result: 'pong' })
  })

  test('a lost reply is asked for again with the same cookie, and the command is handled once', async () => {
    let handled = 0
    const server = await serve(() => ({ result: 'ok', number: ++handled }))
    const { port, cookies } = await lossyWire(server.port, 2)
    const client = await connect(port, { giveUpMs: 5000, retransmitMs: [20, 20, 20, 200, 1000] })
    expect(await client.request(offer)).toEqual({ result: 'ok', number: 1 })
    expect(new Set(cookies).size).toBe(1)
    expect(cookies.length).toBeGreaterThanOrEqual(3)
    expect(server.counts()).toMatchObject({ commands: 1 })
    expect(handled).toBe(1)
  })

  test('a relay that refuses gives its reason', async () => {
    const server = await serve(command => {
      if (command.command === 'query') throw new MediaError('refused', 'Unknown call-id')
      throw new Error('a secret')
    })
    const client = await connect(server.port)
    await expect(client.request({ command: 'query', 'call-id': 'x' })).rejects.toMatchObject({
      code: 'refused',
      message: 'Unknown call-id',
    })
    await expect(client.request({ command: 'ping' })).rejects.toMatchObject({ code: 'refused', message: 'Internal error' })
  })

  test('a reply that cannot be written is an internal error, not silence', async () => {
    const server = await serve(() => ({ result: 'ok', ratio: 0.5 }))
    const client = await connect(server.port)
    await expect(client.request({ command: 'statistics' })).rejects.toMatchObject({ code: 'refused', message: 'Internal error' })
  })

  test('a relay that is not there is a timeout with the reason of the system', async () => {
    const gone = await serve(() => ({ result: 'ok' }))
    await gone.close()
    const client = await connect(gone.port, { giveUpMs: 100 })
    await expect(client.request({ command: 'ping' })).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining(String(gone.port)),
    })
  })

  test('a relay that comes back is heard by the same client', async () => {
    const gone = await serve(() => ({ result: 'ok' }))
    await gone.close()
    const client = await connect(gone.port, { giveUpMs: 100 })
    await expect(client.request({ command: 'ping' })).rejects.toMatchObject({ code: 'timeout' })
    kept(await serveNgUdp({ address: '127.0.0.1', port: gone.port }, () => ({ result: 'pong' })))
    expect(await client.request({ command: 'ping' })).toEqual({ result: 'pong' })
  })

  test('closing rejects what waits, and later requests', async () => {
    const server = await serve(() => new Promise(() => {}))
    const client = await connect(server.port)
    const waiting = client.request({ command: 'ping' })
    const rejected = expect(waiting).rejects.toMatchObject({ code: 'closed' })
    await client.close()
    await rejected
    await expect(client.request({ command: 'ping' })).rejects.toMatchObject({ code: 'closed' })
  })

  test('an address in use is said so', async () => {
    const server = await serve(() => ({ result: 'ok' }))
    await expect(serveNgUdp({ address: '127.0.0.1', port: server.port }, () => ({ result: 'ok' }))).rejects.toMatchObject({
      code: 'listen',
      message: expect.stringContaining('EADDRINUSE'),
    })
  })

  test('a command larger than a datagram is refused before it is sent', async () => {
    const server = await serve(() => ({ result: 'ok' }))
    const client = await connect(server.port)
    await expect(client.request({ ...offer, sdp: 'x'.repeat(70_000) })).rejects.toMatchObject({ code: 'too-large' })
  })

  test('rubbish leaves the server alive, and a bad command of ours gets an error', async () => {
    const server = await serve(() => ({ result: 'pong' }))
    const stranger = kept(createSocket('udp4'))
    await bound(stranger)
    for (const bytes of [new Uint8Array(0), bytesOf('x'), bytesOf(' d'), new Uint8Array(2000).fill(0x64)])
      stranger.send(bytes, server.port, '127.0.0.1')
    stranger.send(writeDatagram('1', writeBody({ command: 'sing' }, 'bencode')), server.port, '127.0.0.1')
    const [bytes] = await once(stranger, 'message')
    expect(latin1(bytes)).toContain('20:Unrecognized command')
    expect(await (await connect(server.port)).request({ command: 'ping' })).toEqual({ result: 'pong' })
  })

  test('a thousand commands at once are all answered', async () => {
    const server = await serve(command => ({ result: 'ok', sdp: String(command['call-id']) }))
    const client = await connect(server.port, { retransmitMs: [250, 500, 1000], giveUpMs: 10_000 })
    const replies = await Promise.all(Array.from({ length: 1000 }, (_, at) => client.request({ ...offer, 'call-id': `call-${at}` })))
    expect(replies.every(({ sdp }, at) => sdp === `call-${at}`)).toBe(true)
    expect(client.counts()).toMatchObject({ pending: 0 })
  })
})
