/** Connections without end, without words or without sense, at the users' proxy over TCP, TLS, WS and WSS, while phones are served. RFC 3261 §26.1.5, RFC 6455 §10, RFC 7118 §8. */
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { needing } from '../peers.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { TlsClient } from '../transports/s-client.ts'
import { until } from '../until.ts'
import { extent, progress } from './extent.ts'
import { typed } from './messages.ts'
import { closeCode, type FrameOptions, frame, placeOf, StreamStranger, upgrade } from './strangers.ts'
import { eventCount, Witness } from './witness.ts'

const PER_ADDRESS = 100
const HANDSHAKE_MS = extent(1500, 10_000)
const MESSAGE_MS = extent(2500, 25_000)
const { title, skip } = needing('ciphers', 'openssl')

describe('connections of strangers', () => {
  let platform: Platform
  let witnesses: readonly Witness[]
  const open: StreamStranger[] = []
  beforeAll(async () => {
    const connections = { perAddress: PER_ADDRESS, handshakeMs: HANDSHAKE_MS, messageMs: MESSAGE_MS }
    platform = await startPlatform({ config: { connections, log: { level: 'warn' } } })
    witnesses = [await Witness.of(platform, 'udp', 'alice'), await Witness.of(platform, 'tcp', 'bob')]
  })
  afterEach(async () => {
    for (const stranger of open.splice(0)) stranger.close()
    for (const witness of witnesses) await witness.unharmed()
  })
  afterAll(async () => {
    for (const witness of witnesses ?? []) await witness.stop()
    await platform?.stop()
  })

  const at = (port: number): string => `${platform.ports.listen}:${port}`
  const alive = async (): Promise<void> => void (await Promise.all(witnesses.map(witness => witness.alive())))

  async function tcp(to: string, from?: string): Promise<StreamStranger> {
    const stranger = await StreamStranger.tcp(to, from)
    open.push(stranger)
    return stranger
  }

  async function tls(to: string, from?: string): Promise<StreamStranger> {
    const stranger = await StreamStranger.tls(platform, to, from)
    open.push(stranger)
    return stranger
  }

  /** Over WSS where `port` is that of WSS. */
  async function webSocket(port: number, from?: string): Promise<StreamStranger> {
    const stranger = await (port === platform.ports.usersWss ? tls : tcp)(at(port), from)
    stranger.send(upgrade(at(port), 'Sec-WebSocket-Protocol: sip'))
    await stranger.receive(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\n/)
    return stranger
  }

  const HELLO = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00])
  const REQUEST = typed({ transport: 'TCP', lines: [`X-Slow: ${'x'.repeat(2000)}`] })
  const SLOW: readonly (readonly [
    what: string,
    event: string,
    who: (from: string) => Promise<StreamStranger>,
    text: string | Uint8Array,
  ])[] = [
    ['the first message over TCP', 'connection-slow', from => tcp(platform.users, from), REQUEST],
    ['a TLS handshake', 'handshake-slow', from => tcp(platform.secure.users, from), Buffer.concat([HELLO, Buffer.alloc(500)])],
    ['the first message over TLS', 'connection-slow', from => tls(platform.secure.users, from), REQUEST],
    ['the upgrade over WS', 'handshake-slow', from => tcp(at(platform.ports.usersWs), from), upgrade('x', `X-Slow: ${'x'.repeat(2000)}`)],
    ['the first frame over WS', 'connection-slow', from => webSocket(platform.ports.usersWs, from), Buffer.from(frame(REQUEST))],
    ['the upgrade over WSS', 'handshake-slow', from => tls(platform.secure.browsers, from), upgrade('x', `X-Slow: ${'x'.repeat(2000)}`)],
  ]

  test.each(SLOW)('%s comes byte by byte: those who send it are cut, and nobody waits for them', async (_what, event, who, text) => {
    const before = await eventCount(platform, event)
    const all = extent(50, 500)
    const slow: StreamStranger[] = []
    for (let i = 0; i < all; i++) slow.push(await who(`127.0.1.${1 + (i % 10)}`))
    const bytes = typeof text === 'string' ? Buffer.from(text) : text
    let sent = 0
    const drip = setInterval(
      () => {
        for (const stranger of slow) if (!stranger.isClosed) stranger.send(bytes.subarray(sent, sent + 1))
        sent++
      },
      extent(100, 1000),
    )
    try {
      await alive()
      await Promise.all(slow.map(stranger => stranger.closed))
    } finally {
      clearInterval(drip)
    }
    expect(sent).toBeLessThan(bytes.length)
    expect(await eventCount(platform, event)).toBe(before + all)
  })

  test('a flood from one address gets its share, and others come in', async () => {
    const before = await eventCount(platform, 'connection-refused')
    const all = extent(400, 5000)
    for (let i = 0; i < all; i++) {
      await tcp(platform.users)
      progress('idle connections', i, all)
    }
    await until('all but a share to be closed', () => open.filter(({ isClosed }) => isClosed).length >= all - PER_ADDRESS)
    expect(await eventCount(platform, 'connection-refused')).toBe(before + all - PER_ADDRESS)
    const other = await tcp(platform.users, '127.0.0.67')
    other.send(typed({ transport: 'TCP' }))
    await other.receive(/^SIP\/2\.0 200 /)
    await alive()
    await witnesses[1]!.call()
    other.close()
    await Promise.all(open.map(({ closed }) => closed))
    const again = await tcp(platform.users)
    again.send(typed({ transport: 'TCP' }))
    await again.receive(/^SIP\/2\.0 200 /)
  })

  test('a flood of TLS handshakes, finished, broken off and senseless: calls go on', async () => {
    const all = extent(120, 3000)
    for (let i = 0; i < all; i += 3) {
      const from = `127.0.1.${1 + (i % 50)}`
      const [half, rubbish] = [await tcp(platform.secure.users, from), await tcp(platform.secure.users, from)]
      half.send(HELLO)
      rubbish.send(Buffer.alloc(600, i))
      const whole = await tls(platform.secure.users, from)
      for (const stranger of [half, whole]) stranger.close()
      if (i % 30 === 0) await witnesses[0]!.call()
      progress('handshakes', i, all)
    }
  })

  test('a client that wants to negotiate TLS again is cut (RFC 5246 §7.4.1.1)', async () => {
    const socket = connectTls({ ...placeOf(platform.secure.users), rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
    const stranger = new StreamStranger(socket)
    open.push(stranger)
    await new Promise(resolve => socket.once('secureConnect', resolve))
    stranger.send(typed({ transport: 'TLS' }))
    await stranger.receive(/^SIP\/2\.0 200 /)
    socket.renegotiate({ rejectUnauthorized: false }, () => {})
    await stranger.closed
  })

  test.skipIf(skip).each(['eNULL', 'aNULL', '3DES', 'RC4', 'EXPORT', 'kRSA'])(
    `${title}: %s is refused, over TLS and WSS (RFC 3261 §26.2.1)`,
    async cipher => {
      for (const to of [platform.secure.users, platform.secure.browsers, platform.secure.trunks]) {
        const client = await TlsClient.open(to, '-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`)
        await client.ended()
        expect(client.handshake).not.toContain('CONNECTION ESTABLISHED')
      }
    },
  )

  const MASKLESS: FrameOptions = { isMasked: false }
  const ABUSES: readonly (readonly [what: string, frames: () => readonly Uint8Array[], code: number])[] = [
    ['a frame that is not masked', () => [frame('hello', MASKLESS)], 1002],
    ['a frame that claims 100 MB', () => [frame('x', { claims: 100_000_000 })], 1009],
    ['a frame that claims 2⁶² bytes', () => [frame('x', { claims: 2 ** 62 })], 1009],
    ['a compressed frame, which was not agreed', () => [frame('x', { isCompressed: true })], 1002],
    ['an opcode that nobody knows', () => [frame('x', { opcode: 3 })], 1002],
    ['a ping in two fragments', () => [frame('x', { opcode: 9, isFinal: false })], 1002],
    ['a ping of 1000 bytes', () => [frame('x'.repeat(1000), { opcode: 9 })], 1002],
    ['a continuation of nothing', () => [frame('x', { opcode: 0 })], 1002],
    ['text that is no UTF-8', () => [frame('\xff\xfe')], 1007],
    ['a request in 1000 fragments', () => fragments(REQUEST, 1000), 1008],
    ['fragments without end', () => fragments('x'.repeat(200_000), 100), 1009],
  ]

  test.each(ABUSES)('a WebSocket with %s is closed, and the others go on (RFC 6455 §7.4.1)', async (_what, frames, code) => {
    for (const port of [platform.ports.usersWs, platform.ports.usersWss]) {
      const [bad, good] = [await webSocket(port), await webSocket(port)]
      for (const one of frames()) bad.send(one)
      await until(`a close code of ${code}, not ${closeCode(bad.received)}`, () => closeCode(bad.received) === code)
      good.send(frame(typed({ transport: 'WS' })))
      await good.receive(/SIP\/2\.0 200 /)
    }
  })

  test('a flood of pings: each is answered or none is, and the phone beside it is served (RFC 6455 §5.5.2)', async () => {
    const bad = await webSocket(platform.ports.usersWs)
    bad.socket.pause()
    const all = extent(20_000, 500_000)
    const pings = Buffer.concat(new Array<Uint8Array>(100).fill(frame('x'.repeat(125), { opcode: 9 })))
    for (let i = 0; i < all; i += 100) {
      if (!bad.socket.write(pings)) await Promise.race([new Promise(resolve => bad.socket.once('drain', resolve)), bad.closed])
      progress('pings', i, all)
    }
    await alive()
  })

  test.each([
    ['no subprotocol', []],
    ['another subprotocol', ['Sec-WebSocket-Protocol: xmpp']],
    ['an old version', ['Sec-WebSocket-Protocol: sip', 'Sec-WebSocket-Version: 1']],
    ['two keys', ['Sec-WebSocket-Protocol: sip', 'Sec-WebSocket-Key: x']],
  ])('an upgrade with %s is refused (RFC 7118 §4.1, RFC 6455 §4.2.1)', async (_what, lines) => {
    const stranger = await tcp(at(platform.ports.usersWs))
    stranger.send(upgrade('x', ...lines))
    await stranger.receive(/^HTTP\/1\.1 4\d\d /)
  })
})

function fragments(text: string, count: number): readonly Uint8Array[] {
  const size = Math.ceil(text.length / count)
  const parts = Array.from({ length: count }, (_, i) => text.slice(i * size, (i + 1) * size))
  return parts.map((part, i) => frame(part, { opcode: i === 0 ? 1 : 0, isFinal: i === count - 1 }))
}
