/** Client and server of rtpproxy's protocol: cookies, repetitions, error codes, first without sockets and then over UDP. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { bytesOf, latin1, MediaError } from '../../src/index.ts'
import { answerRtpp, type RtppCommand, type RtppHandlers, rtppClient, rtppError, rtppServer } from '../../src/rtpproxy.ts'
import { RtppUdpClient, serveRtppUdp } from '../../src/udp.ts'

const update = { command: 'update', callId: 'c@x', address: '192.0.2.1', port: 4000, from: { tag: 'f', media: 1 } } as const
const handlers = (handled: RtppCommand[] = []): RtppHandlers => ({
  features: ['20050322'],
  update: command => {
    handled.push(command)
    return { kind: 'port', port: 35_000, address: '203.0.113.7' }
  },
  query: () => rtppError('unknown-session'),
  info: () => {
    throw new Error('broken')
  },
})

describe('the server without sockets', () => {
  test('a command that comes again gets the same bytes, and is not handled twice', () => {
    const server = rtppServer()
    const bytes = bytesOf('7_1 U c@x 192.0.2.1 4000 f;1')
    const first = server.receive(bytes, 'kamailio', 0)
    if (first.kind !== 'command') throw new Error(first.kind)
    expect(first.command).toEqual(update)
    expect(server.receive(bytes, 'kamailio', 1)).toEqual({ kind: 'ignored' })
    const reply = server.reply(first.key, answerRtpp(handlers(), first.command))!
    expect(latin1(reply)).toBe('7_1 35000 203.0.113.7\n')
    expect(server.receive(bytes, 'kamailio', 2)).toEqual({ kind: 'reply', bytes: reply })
    expect(server.receive(bytes, 'somebody else', 3).kind).toBe('command')
    expect(server.receive(bytes, 'kamailio', 20_000).kind).toBe('command')
    expect(server.counts()).toMatchObject({ commands: 3, repeated: 2, refused: 0, ignored: 0 })
  })

  test('what cannot be read is answered at once with its code, what has no cookie is not answered', () => {
    const server = rtppServer()
    const answer = (text: string): string => {
      const input = server.receive(bytesOf(text), 'kamailio', 0)
      return input.kind === 'reply' ? latin1(input.bytes) : input.kind
    }
    expect(answer('7_2 Y')).toBe('7_2 E0\n')
    expect(answer('7_3 U c')).toBe('7_3 E1\n')
    expect(answer('7_4 ')).toBe('7_4 E5\n')
    expect(answer('V')).toBe('ignored')
    expect(answer(' V')).toBe('ignored')
  })

  test('versions and extensions are answered without a handler, a command without one is unknown', () => {
    expect(answerRtpp(handlers(), { command: 'version' })).toEqual({ kind: 'version', version: '20040107' })
    expect(answerRtpp(handlers(), { command: 'feature', feature: '20040107' })).toEqual({ kind: 'feature', known: true })
    expect(answerRtpp(handlers(), { command: 'feature', feature: '20050322' })).toEqual({ kind: 'feature', known: true })
    expect(answerRtpp(handlers(), { command: 'feature', feature: '20081224' })).toEqual({ kind: 'feature', known: false })
    expect(answerRtpp(handlers(), { command: 'delete-all' })).toEqual({ kind: 'error', code: 0 })
  })

  test('a reply larger than a datagram is an error instead', () => {
    const server = rtppServer()
    const counters = Array.from({ length: 30 }, (_, index) => `${'n'.repeat(258)}${index}`)
    const input = server.receive(bytesOf(`7_5 GV ${counters.join(' ')}`), 'kamailio', 0)
    if (input.kind !== 'command') throw new Error(input.kind)
    const many = { kind: 'counters', counters: counters.map(name => ({ name, value: 123_456_789_012_345 })) } as const
    expect(latin1(server.reply(input.key, many)!)).toBe('7_5 E25\n')
  })
})

describe('the client without sockets', () => {
  test('an unanswered command is the same bytes again, and fails in the end', () => {
    const client = rtppClient({ cookiePrefix: 'p' })
    client.request({ command: 'version' }, 0)
    const sent: string[] = []
    for (let at: number | undefined = 0; at !== undefined; at = client.nextWake) {
      client.wake(at)
      for (const output of client.outputs()) sent.push(output.kind === 'send' ? latin1(output.bytes) : output.kind)
    }
    expect(sent).toEqual(['p_1 V', 'p_1 V', 'p_1 V', 'p_1 V', 'failed'])
  })

  test('an error is a refusal with its meaning, rubbish keeps the command waiting', () => {
    const client = rtppClient({ cookiePrefix: 'p' })
    const id = client.request(update, 0)
    client.outputs()
    client.receive(bytesOf('p_1 hello'))
    client.receive(bytesOf('p_9 1'))
    expect(client.counts()).toMatchObject({ pending: 1, malformed: 1, unmatched: 1 })
    client.receive(bytesOf('p_1 E50\n'))
    expect(client.outputs()).toEqual([{ kind: 'refused', id, reason: 'E50 (unknown session)' }])
  })
})

describe('over UDP', () => {
  const open: { close(): unknown }[] = []
  const kept = <T extends { close(): unknown }>(one: T): T => {
    open.push(one)
    return one
  }
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })

  test('commands are answered, refused, and fail in the handler', async () => {
    const server = kept(await serveRtppUdp({ address: '127.0.0.1', port: 0 }, handlers()))
    const client = kept(await RtppUdpClient.open({ address: '127.0.0.1', port: server.port, giveUpMs: 30_000 }))
    expect(await client.request(update)).toEqual({ kind: 'port', port: 35_000, address: '203.0.113.7' })
    const query = { command: 'query', callId: 'c@x', from: { tag: 'f' } } as const
    await expect(client.request(query)).rejects.toMatchObject({ code: 'refused', message: 'E50 (unknown session)' })
    await expect(client.request({ command: 'delete-all' })).rejects.toBeInstanceOf(MediaError)
    await expect(client.request({ command: 'info' })).rejects.toMatchObject({ message: 'E81 (internal)' })
    await expect(client.request({ ...update, callId: 'a b' })).rejects.toBeInstanceOf(TypeError)
    expect(client.counts()).toMatchObject({ pending: 0, malformed: 0 })
  })

  test('a repeated command over a socket is handled once', async () => {
    const handled: RtppCommand[] = []
    const server = kept(await serveRtppUdp({ address: '127.0.0.1', port: 0 }, handlers(handled)))
    const kamailio = kept(createSocket('udp4'))
    kamailio.bind(0, '127.0.0.1')
    await once(kamailio, 'listening')
    const ask = async (): Promise<string> => {
      kamailio.send('1_1 U c@x 192.0.2.1 4000 f;1', server.port, '127.0.0.1')
      const [bytes] = await once(kamailio, 'message')
      return latin1(bytes as Buffer)
    }
    expect(await ask()).toBe('1_1 35000 203.0.113.7\n')
    expect(await ask()).toBe('1_1 35000 203.0.113.7\n')
    expect(handled).toHaveLength(1)
  })
})
