/** NG over TCP, HTTP and WebSocket: the same answers as over UDP, and an end for who sends too slowly, too much or rubbish. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { bencode, latin1, MediaError, type NgCommand, type NgReply } from '../src/index.ts'
import { NgTcpClient, NgWebSocketClient, serveNgHttp, serveNgTcp } from '../src/node.ts'

const closing: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of closing.splice(0).toReversed()) await one.close()
})

function keep<T extends { close(): Promise<void> }>(one: T): T {
  closing.push(one)
  return one
}

const where = { address: '127.0.0.1', port: 0 }

function answering(): { asked: NgCommand[]; handle: (command: NgCommand) => NgReply } {
  const asked: NgCommand[] = []
  const handle = (command: NgCommand): NgReply => {
    asked.push(command)
    if (command.command === 'ping') return { result: 'pong' }
    if (command.command === 'list') return { result: 'ok', calls: ['J\xf6rg'] }
    throw new MediaError('refused', 'Unknown call-id')
  }
  return { asked, handle }
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** However it is cut off: in the middle of what it writes that is an error. */
async function gone(socket: Socket): Promise<void> {
  socket.resume()
  if (!socket.closed) await new Promise<void>(resolve => socket.once('close', () => resolve()))
}

async function received(socket: Socket, bytes: number): Promise<string> {
  let text = ''
  for await (const chunk of socket) {
    text += latin1(chunk)
    if (text.length >= bytes) break
  }
  return text
}

describe('over TCP', () => {
  test('a client is answered, refusals too', async () => {
    const server = keep(await serveNgTcp(where, answering().handle))
    const client = keep(await NgTcpClient.open({ address: '127.0.0.1', port: server.port }))
    expect(await client.request({ command: 'ping' })).toEqual({ result: 'pong' })
    expect((await client.request({ command: 'list' })).calls).toEqual(['J\xf6rg'])
    await expect(client.request({ command: 'query', 'call-id': 'x' })).rejects.toThrow('Unknown call-id')
    expect(server.counts()).toMatchObject({ connections: 1, commands: 3 })
  })

  test('a client finds a relay that comes later, and one that comes back', async () => {
    const first = await serveNgTcp(where, answering().handle)
    const { port } = first
    await first.close()
    const client = keep(await NgTcpClient.open({ address: '127.0.0.1', port, retransmitMs: Array(200).fill(50), giveUpMs: 60_000 }))
    const answer = client.request({ command: 'ping' })
    const second = await serveNgTcp({ ...where, port }, answering().handle)
    expect(await answer).toEqual({ result: 'pong' })
    await second.close()
    keep(await serveNgTcp({ ...where, port }, answering().handle))
    expect(await client.request({ command: 'ping' })).toEqual({ result: 'pong' })
  })

  test('messages may come in pieces, several at once, with line ends between them, in either notation', async () => {
    const server = keep(await serveNgTcp(where, answering().handle))
    const socket = await dial(server.port)
    const text = `1 d7:command4:pinge\r\n2 {"command": "ping", "x": "}\\"{"}3 d7:command4:ping1:xd1:yli1e0:eee`
    for (const byte of Buffer.from(text)) socket.write(Buffer.of(byte))
    const replies = '1 d6:result4:ponge2 {"result":"pong"}3 d6:result4:ponge'
    expect(await received(socket, replies.length)).toBe(replies)
    socket.destroy()
  })

  test('a repeated cookie is answered from memory, also over another connection', async () => {
    const { asked, handle } = answering()
    const server = keep(await serveNgTcp(where, handle))
    for (let count = 0; count < 2; count++) {
      const socket = await dial(server.port)
      socket.write('same d7:command4:pinge')
      expect(await received(socket, 10)).toContain('pong')
      socket.destroy()
    }
    expect(asked).toHaveLength(1)
    expect(server.counts().repeated).toBe(1)
  })

  test.each([
    ['a cookie that cannot be seen', '\x01 d7:command4:pinge'],
    ['a cookie without end', 'x'.repeat(200)],
    ['no body', 'c hello'],
    ['a string without end', 'c d99999999999:'],
    ['a body that is larger than may be', `c d60000:${'x'.repeat(60_000)}60000:${'x'.repeat(60_000)}`],
  ])('%s ends the connection, and is counted', async (_, text) => {
    const server = keep(await serveNgTcp(where, answering().handle))
    const socket = await dial(server.port)
    socket.write(text)
    await gone(socket)
    expect(server.counts().unreadable).toBe(1)
  })

  test('who does not end a command in time, or sends none at all, is cut off', async () => {
    const server = keep(await serveNgTcp({ ...where, messageMs: 30, idleMs: 60_000 }, answering().handle))
    const slow = await dial(server.port)
    slow.write('c d7:com')
    await gone(slow)
    const idle = keep(await serveNgTcp({ ...where, idleMs: 30 }, answering().handle))
    const silent = await dial(idle.port)
    await gone(silent)
    expect([server.counts().slow, idle.counts().slow]).toEqual([1, 1])
  })

  test('who does not read its replies is cut off', async () => {
    const server = keep(await serveNgTcp({ ...where, maxUnread: 1000 }, () => ({ result: 'ok', calls: ['x'.repeat(60_000)] })))
    const socket = await dial(server.port)
    socket.pause()
    let cookie = 0
    const more = setInterval(() => socket.write(`c${cookie++} d7:command4:liste`), 1)
    await vi.waitFor(() => expect(server.counts().unread).toBe(1), { timeout: 60_000 })
    clearInterval(more)
    socket.destroy()
  })

  test('no more connections than may be', async () => {
    const server = keep(await serveNgTcp({ ...where, maxConnections: 1 }, answering().handle))
    const first = await dial(server.port)
    await vi.waitFor(() => expect(server.counts().connections).toBe(1))
    const second = connect(server.port, '127.0.0.1')
    second.on('error', () => {})
    await gone(second)
    expect(server.counts().crowded).toBe(1)
    first.destroy()
  })
})

describe('over HTTP', () => {
  const post = (port: number, body: string | Uint8Array, type = 'application/x-rtpengine-ng'): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/ng`, { method: 'POST', headers: { 'content-type': type }, body: body as string })

  test('POST /ng is answered in the notation and the type of the question (RFC 9110 §9.3.3)', async () => {
    const server = keep(await serveNgHttp(where, answering().handle))
    const answer = await post(server.port, '1 d7:command4:pinge')
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['application/x-rtpengine-ng', '1 d6:result4:ponge'])
    expect(await (await post(server.port, '2 {"command":"ping"}', 'text/plain')).text()).toBe('2 {"result":"pong"}')
    expect(await (await fetch(`http://127.0.0.1:${server.port}/ping`)).text()).toBe('pong')
  })

  test('what it is not for is refused by its status', async () => {
    const server = keep(await serveNgHttp(where, answering().handle))
    const status = async (answer: Promise<Response>): Promise<number> => (await answer).status
    const base = `http://127.0.0.1:${server.port}`
    expect(await status(fetch(`${base}/ng`))).toBe(405)
    expect(await status(fetch(`${base}/other`))).toBe(404)
    expect(await status(post(server.port, '1 d7:command4:pinge', 'image/png'))).toBe(415)
    expect(await status(post(server.port, 'nothing'))).toBe(400)
    expect(await status(post(server.port, `1 d${'x'.repeat(70_000)}`))).toBe(413)
    expect(server.counts().unreadable).toBe(1)
  })

  test('a request that does not end is cut off', async () => {
    const server = keep(await serveNgHttp({ ...where, messageMs: 50 }, answering().handle))
    const socket = await dial(server.port)
    socket.write('POST /ng HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nab')
    await gone(socket)
    expect(server.counts().slow + server.counts().unreadable).toBeGreaterThan(0)
  })
})

describe('over WebSocket', () => {
  test('a client is answered, with the subprotocol ng.rtpengine.com (RFC 6455 §1.9)', async () => {
    const server = keep(await serveNgHttp(where, answering().handle))
    const client = keep(await NgWebSocketClient.open({ url: `ws://127.0.0.1:${server.port}/` }))
    expect(await client.request({ command: 'ping' })).toEqual({ result: 'pong' })
    expect((await client.request({ command: 'list' })).calls).toEqual(['J\xf6rg'])
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`, ['ng.rtpengine.com'])
    await once(socket, 'open')
    expect(socket.protocol).toBe('ng.rtpengine.com')
    socket.send('7 {"command":"ping"}')
    const [data, binary] = await once(socket, 'message')
    expect([String(data), binary]).toEqual(['7 {"result":"pong"}', false])
    socket.terminate()
  })

  test('a message larger than may be ends the connection (RFC 6455 §10.4)', async () => {
    const server = keep(await serveNgHttp(where, answering().handle))
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/`)
    socket.on('error', () => {})
    await once(socket, 'open')
    socket.send(bencode({ command: 'ping', fill: 'x'.repeat(70_000) }))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1009)
    await vi.waitFor(() => expect(server.counts().unreadable).toBe(1))
  })
})

test('a port that is taken is said so', async () => {
  const { port } = keep(await serveNgTcp(where, answering().handle))
  await expect(serveNgTcp({ ...where, port }, answering().handle)).rejects.toMatchObject({ code: 'listen' })
  await expect(serveNgHttp({ ...where, port }, answering().handle)).rejects.toMatchObject({ code: 'listen' })
})
