/** Messages that are broken, mutated, endless or two in one, at both proxies over UDP, TCP and WS, while a phone is served. RFC 3261 §7, §18.3, §26.1.5. */
import { parse } from '@strowger/sip-parser'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CORPUS, MESSAGES } from '../../packages/sip-parser/test/corpus.ts'
import { expectIdle } from '../idle.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { until } from '../until.ts'
import { extent, progress, seed } from './extent.ts'
import { answerTo, fresh, sdpAt, statusOf, type Typed, typed, valuesOf } from './messages.ts'
import { Mutator } from './mutate.ts'
import { frame, StreamStranger, UdpStranger, upgrade } from './strangers.ts'
import { eventCount, Witness } from './witness.ts'

/** Where a DDI provider sends from: what comes from there goes inside without a password. */
const PROVIDER = '127.0.0.1'

describe('what cannot be read, or only just', () => {
  let platform: Platform
  let witness: Witness
  const open: { close(): void }[] = []
  beforeAll(async () => {
    platform = await startPlatform({ config: { log: { level: 'warn' } } })
    witness = await Witness.of(platform)
  })
  afterEach(async () => {
    for (const stranger of open.splice(0)) stranger.close()
    await witness.unharmed()
  })
  afterAll(async () => {
    await witness?.stop()
    await platform?.stop()
  })

  async function udp(address?: string): Promise<UdpStranger> {
    const stranger = await UdpStranger.open(address)
    open.push(stranger)
    return stranger
  }

  async function tcp(to: string, from?: string): Promise<StreamStranger> {
    const stranger = await StreamStranger.tcp(to, from)
    open.push(stranger)
    return stranger
  }

  async function webSocket(): Promise<StreamStranger> {
    const at = `${platform.ports.listen}:${platform.ports.usersWs}`
    const stranger = await tcp(at)
    stranger.send(upgrade(at, 'Sec-WebSocket-Protocol: sip'))
    await stranger.receive(/^HTTP\/1\.1 101 /)
    return stranger
  }

  /** Whatever is done with a message, what comes after it by the same way is answered. */
  async function stillAnswers(stranger: UdpStranger, to: string): Promise<void> {
    expect(statusOf(await stranger.ask(typed(), to))).toBeGreaterThan(0)
  }

  test('each torture message over UDP, TCP and WS: what is malformed comes to nothing, and the next one is answered (RFC 4475 §3, RFC 5118 §4)', async () => {
    const stranger = await udp()
    const refused = async (): Promise<number> =>
      (await eventCount(platform, 'malformed-answered')) + (await eventCount(platform, 'malformed-dropped'))
    const [before, malformed] = [await refused(), MESSAGES.filter(({ bytes }) => parse(bytes).kind === 'malformed').length]
    for (const [done, { bytes }] of MESSAGES.entries()) {
      await stranger.send(bytes, platform.users)
      await stillAnswers(stranger, platform.users)
      const [stream, socket] = [await tcp(platform.users), await webSocket()]
      stream.send(bytes)
      socket.send(frame(bytes))
      await Promise.all([stream, socket].map(one => one.finish()))
      progress('torture messages', done, MESSAGES.length)
    }
    expect(await refused()).toBeGreaterThanOrEqual(before + malformed)
  })

  test(`mutated messages over UDP and TCP, from strangers and from a provider (seed ${seed})`, async () => {
    const mutator = new Mutator(seed, CORPUS.map(({ bytes }) => bytes).concat(usual().map(text => Buffer.from(text))))
    const [stranger, provider] = [await udp(), await udp(PROVIDER)]
    const all = extent(1500, 50_000)
    let [stream, trunk] = [await tcp(platform.users), await tcp(platform.trunks, PROVIDER)]
    for (let i = 0; i < all; i++) {
      const bytes = mutator.next()
      await stranger.send(bytes, platform.users)
      await provider.send(bytes, platform.trunks)
      if (stream.isClosed) stream = await tcp(platform.users)
      if (trunk.isClosed) trunk = await tcp(platform.trunks, PROVIDER)
      stream.send(bytes)
      trunk.send(bytes)
      if (i % 50 === 0) {
        await stillAnswers(stranger, platform.users)
        await stillAnswers(provider, platform.trunks)
        await Promise.all([stream.finish(), trunk.finish()])
      }
      progress('mutated messages', i, all)
    }
    await witness.alive()
    await witness.call()
  })

  const repeated = (line: string, times: number): readonly string[] => new Array<string>(times).fill(line)
  const LARGE: readonly (readonly [string, Typed])[] = [
    ['a subject of 60 KB', { lines: [`Subject: ${'x'.repeat(60_000)}`] }],
    ['1000 headers', { lines: repeated('X-Header: value', 1000) }],
    ['500 Vias', { lines: repeated('Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKmany', 500) }],
    ['500 Vias in one line', { lines: [`Via: ${repeated('SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKmany', 500).join(', ')}`] }],
    ['200 Contacts', { method: 'REGISTER', lines: repeated('Contact: <sip:x@192.0.2.1>', 200) }],
    ['10 000 values of Accept', { lines: [`Accept: ${repeated('a/b', 10_000).join(',')}`] }],
    ['500 Routes', { method: 'INVITE', lines: [`Route: ${repeated('<sip:192.0.2.1;lr>', 500).join(',')}`] }],
    [
      '300 media',
      {
        method: 'INVITE',
        lines: ['Contact: <sip:x@192.0.2.1>', 'Content-Type: application/sdp'],
        body: sdpAt('192.0.2.1') + repeated('m=audio 9 RTP/AVP 8\r\n', 300).join(''),
      },
    ],
    ['a CSeq of 4 KB', { lines: [`CSeq: ${'9'.repeat(4096)} OPTIONS`] }],
    ['a tag of 4 KB', { from: `<sip:x@y>;tag=${'t'.repeat(4096)}` }],
    ['a branch of 4 KB', { branch: `z9hG4bK${'b'.repeat(4096)}` }],
    ['a Call-ID of 4 KB', { callId: 'c'.repeat(4096) }],
    ['a user of 4 KB', { uri: `sip:${'u'.repeat(4096)}@demo.localhost` }],
    ['4000 parameters', { uri: `sip:x@demo.localhost${repeated(';p=1', 4000).join('')}` }],
    ['parentheses 10 000 deep', { lines: [`User-Agent: ${'('.repeat(10_000)}`] }],
  ]

  test.each(LARGE)('%s: refused, dropped or answered, from a stranger and from a provider (RFC 3261 §21.5.7)', async (_what, message) => {
    for (const [to, from] of [
      [platform.users, '127.0.0.66'],
      [platform.trunks, PROVIDER],
    ] as const) {
      const stranger = await udp(from)
      await stranger.send(typed({ ...message, uri: message.uri ?? 'sip:+34910000001@demo.localhost' }), to)
      await stillAnswers(stranger, to)
      const stream = await tcp(to, from)
      stream.send(typed({ ...message, transport: 'TCP', uri: message.uri ?? 'sip:+34910000001@demo.localhost' }))
      stream.send(typed({ transport: 'TCP' }))
      await until('an answer or an end', () => stream.isClosed || stream.received.includes('SIP/2.0 '))
    }
    await witness.alive()
  })

  test('a stream whose message never ends is refused at its limit, not stored', async () => {
    const stream = await tcp(platform.users)
    stream.send('OPTIONS sip:demo.localhost SIP/2.0\r\n')
    const line = `X-Endless: ${'x'.repeat(8000)}\r\n`
    for (let sent = 0; sent < 2000 && !stream.isClosed; sent++) {
      stream.send(line)
      await new Promise(setImmediate)
    }
    await stream.closed
    expect(await eventCount(platform, 'message-too-large')).toBeGreaterThan(0)
  })

  const HIDDEN = (transport: string): string => typed({ transport, callId: 'hidden', branch: 'z9hG4bKhidden' })

  test.each([
    ['negative', '-1'],
    ['beyond 2³²', '4294967328'],
    ['beyond 2⁶⁴', '18446744073709551648'],
    ['hexadecimal', '0x10'],
    ['with a sign', '+5'],
    ['empty', ''],
    ['two of them', '0\r\nContent-Length: 500'],
    ['two compact ones', '500\r\nl: 0'],
    ['longer than what comes', '5000000'],
  ])('Content-Length %s on TCP: nothing behind it counts as a request (RFC 3261 §18.3, §20.14)', async (_what, contentLength) => {
    const stream = await tcp(platform.users)
    stream.send(typed({ transport: 'TCP', contentLength }) + HIDDEN('TCP'))
    await until('an answer or an end', () => stream.isClosed || stream.received.includes('\r\n\r\n') || contentLength === '5000000')
    if (contentLength !== '5000000') await stream.closed
    expect(stream.received).not.toContain('Call-ID: hidden')
  })

  test('no Content-Length on TCP is none, and the body begins the next message (RFC 3261 §18.3)', async () => {
    const stream = await tcp(platform.users)
    stream.send(typed({ transport: 'TCP', contentLength: null, callId: 'without' }) + HIDDEN('TCP'))
    await until('an answer or an end', () => stream.isClosed || stream.received.includes('\r\n\r\n'))
    expect(stream.received.match(/^SIP\/2\.0 /gm)?.length).toBeLessThanOrEqual(2)
  })

  test('a datagram is one request: what is behind its Content-Length is cut off (RFC 3261 §18.3)', async () => {
    const stranger = await udp()
    const first = typed({ callId: fresh('first') })
    await stranger.send(first + HIDDEN('UDP'), platform.users)
    await stranger.send(typed({ contentLength: '4000', callId: 'short' }), platform.users)
    await stillAnswers(stranger, platform.users)
    const answers = stranger.came.map(({ text }) => [valuesOf(text, 'Call-ID')[0], statusOf(text)])
    expect(answers.filter(([callId]) => callId === 'hidden')).toEqual([])
    expect(answers.filter(([callId]) => callId === 'short')).toEqual([['short', 400]])
  })

  test('nothing is left of all that', () => expectIdle(platform, 60_000))

  /** As phones and carriers send them, with SDP and credentials. */
  function usual(): readonly string[] {
    const call: Typed = { lines: ['Contact: <sip:x@127.0.0.66>', 'Content-Type: application/sdp'], body: sdpAt('127.0.0.66') }
    const credentials = 'Digest username="alice", realm="demo.localhost", nonce="x", uri="sip:demo.localhost", response="00", algorithm=MD5'
    const invite = typed({ ...call, method: 'INVITE', uri: `sip:${platform.demo.ddi}@127.0.0.1` })
    return [
      invite,
      invite,
      invite,
      typed({ ...call, method: 'INVITE', lines: [...call.lines!, `Proxy-Authorization: ${credentials}`] }),
      typed({
        method: 'REGISTER',
        to: '<sip:alice@demo.localhost>',
        lines: ['Contact: <sip:x@127.0.0.66>', `Authorization: ${credentials}`],
      }),
      typed({ method: 'CANCEL' }),
      typed({ method: 'BYE', to: '<sip:x@demo.localhost>;tag=y', lines: ['Route: <sip:127.0.0.1;lr>'] }),
      answerTo(invite, 200),
      answerTo(invite, 401, 'x', ['WWW-Authenticate: Digest realm="x", nonce="y"']),
    ]
  }
})
