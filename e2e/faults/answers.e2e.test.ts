/** What strangers learn, reach and make us send: nothing inside, no more than they sent, the same for each name. The application server is the test itself. RFC 3261 §22.1, §26. */
import { createServer, type Server } from 'node:net'
import { parse, type SipResponse } from '@strowger/sip-parser'
import { nodeHash } from '@strowger/sip-ua/node'
import { digestAnswer } from '@strowger/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Platform, startPlatform } from '../platform.ts'
import { answerTo, fresh, sdpAt, statusOf, type Typed, typed, valuesOf } from './messages.ts'
import { StreamStranger, UdpStranger } from './strangers.ts'

const METHODS = [
  'OPTIONS',
  'REGISTER',
  'INVITE',
  'SUBSCRIBE',
  'MESSAGE',
  'PUBLISH',
  'REFER',
  'NOTIFY',
  'INFO',
  'UPDATE',
  'PRACK',
  'BYE',
  'CANCEL',
  'NONSENSE',
]
const PROVIDER = '127.0.0.1'
const NO_SUCH: Typed = { uri: 'sip:nobody@demo.localhost', from: '<sip:nobody@demo.localhost>;tag=n', to: '<sip:nobody@demo.localhost>' }

describe('strangers', () => {
  let platform: Platform
  let inside: UdpStranger
  let stranger: UdpStranger
  /** Something that must not be reached. */
  let trap: UdpStranger
  let trapServer: Server
  let trapped = 0
  beforeAll(async () => {
    platform = await startPlatform({ roles: 'users-proxy,trunks-proxy,media,jobs,portal' })
    inside = await UdpStranger.open('127.0.0.1', platform.ports.appserver)
    inside.hear(({ text, from }) => {
      const status = text.startsWith('OPTIONS') ? 200 : text.startsWith('INVITE') ? 486 : 0
      if (status > 0) void inside.send(answerTo(text, status), `${from.address}:${from.port}`)
    })
    stranger = await UdpStranger.open()
    trap = await UdpStranger.open('127.0.0.99')
    trapServer = createServer(socket => {
      trapped++
      socket.destroy()
    })
    await new Promise<void>(resolve => trapServer.listen(trap.port, trap.address, resolve))
  })
  afterEach(() => expect([trap.came, trapped]).toEqual([[], 0]))
  afterAll(async () => {
    for (const socket of [inside, stranger, trap]) socket?.close()
    trapServer?.close()
    await platform?.stop()
  })

  /** What came inside but the proxies' own questions. */
  const reached = (): readonly string[] => inside.came.map(({ text }) => text).filter(text => /^(?!OPTIONS|ACK|SIP\/2)/.test(text))
  const place = (): string => `${trap.address}:${trap.port}`

  /** With alice's password. */
  async function authorized(what: Typed): Promise<string> {
    const { method = 'OPTIONS', uri = '' } = what
    const response = parse(Buffer.from(await stranger.ask(typed(what), platform.users), 'latin1')) as SipResponse
    const answer = digestAnswer({ username: 'alice', password: platform.password('alice'), hash: nodeHash })({ response, method, uri })
    return typed({ ...what, cseq: 2, lines: [...(what.lines ?? []), answer!.join(': ')] })
  }

  const invite = (more: Typed = {}): Typed => ({
    method: 'INVITE',
    uri: 'sip:102@demo.localhost',
    from: '<sip:alice@demo.localhost>;tag=a',
    callId: fresh('call'),
    body: sdpAt('127.0.0.66'),
    ...more,
    lines: ['Contact: <sip:alice@127.0.0.66>', 'Content-Type: application/sdp', ...(more.lines ?? [])],
  })

  test.each(METHODS)('no answer to %s is more than three times as long, and none comes twice (RFC 3261 §26.1.5)', async method => {
    for (const to of [platform.users, platform.trunks]) {
      const alone = await UdpStranger.open('127.0.0.68')
      const request = typed({ method })
      await alone.send(request, to)
      for (let i = 0; i < 10; i++) await stranger.ask(typed(), to)
      alone.close()
      expect(alone.bytes).toBeLessThanOrEqual(3 * request.length)
      expect(alone.came.length).toBeLessThanOrEqual(1)
    }
    expect(reached()).toEqual([])
  })

  test.each(['OPTIONS', 'REGISTER', 'INVITE', 'SUBSCRIBE', 'MESSAGE'])(
    '%s: a user that is there and one that is not get the same answers (RFC 3261 §22.1)',
    async method => {
      const credentials = (user: string): string =>
        `Digest username="${user}", realm="demo.localhost", nonce="00", uri="sip:demo.localhost", response="00000000000000000000000000000000", algorithm=MD5`
      const name = method === 'REGISTER' ? 'Authorization' : 'Proxy-Authorization'
      const asked = async (user: string, lines: readonly string[]): Promise<string> => {
        const who = `<sip:${user}@demo.localhost>`
        const answer = await stranger.ask(
          typed({ method, uri: `sip:${user}@demo.localhost`, from: `${who};tag=x`, to: who, lines }),
          platform.users,
        )
        const own = /^(Via|From|To|Call-ID|CSeq): .*\r\n/gm
        return answer
          .replace(own, '')
          .replaceAll(/nonce="[^"]*"/g, 'nonce')
          .replaceAll(user, 'user')
      }
      for (const lines of [() => [], (user: string) => [`${name}: ${credentials(user)}`]])
        expect(await asked('nobody', lines('nobody'))).toBe(await asked('alice', lines('alice')))
      const trunk = async (user: string): Promise<number> =>
        statusOf(await stranger.ask(typed({ method, uri: `sip:${user}@demo.localhost` }), platform.trunks))
      expect([await trunk('nobody'), await trunk(platform.demo.ddi)]).toEqual([403, 403])
      expect(reached()).toEqual([])
    },
  )

  test('without a password nothing is sent anywhere, whatever Route, maddr and Request-URI say (RFC 3261 §16.4, §26.1)', async () => {
    const aims: readonly Typed[] = [
      { uri: `sip:x@${place()}` },
      { uri: `sip:x@${place()};transport=tcp` },
      { uri: `sip:x@demo.localhost;maddr=${trap.address}` },
      { lines: [`Route: <sip:${place()};lr>`] },
      { lines: [`Route: <sip:${platform.users};lr>, <sip:${place()};transport=tcp;lr>`] },
      { lines: [`Route: <sip:127.0.0.1:${platform.ports.appserver};lr>`] },
      { sentBy: place() },
    ]
    for (const method of ['INVITE', 'OPTIONS', 'MESSAGE', 'BYE', 'ACK'])
      for (const aim of aims) for (const to of [platform.users, platform.trunks]) await stranger.send(typed({ method, ...aim }), to)
    for (const to of [platform.users, platform.trunks]) await stranger.ask(typed(), to)
    expect(reached()).toEqual([])
  })

  test.each([
    ['Route', () => ({ lines: [`Route: <sip:${place()};lr>`] })],
    ['a second Route', () => ({ lines: [`Route: <sip:${platform.users};lr>, <sip:${place()};transport=tcp;lr>`] })],
    ['the Request-URI', () => ({ uri: `sip:102@${place()};transport=tcp` })],
    ['maddr', () => ({ uri: `sip:102@demo.localhost;maddr=${trap.address}` })],
    ['Contact', () => ({ lines: [`Contact: <sip:x@${place()}>`] })],
    ['Record-Route', () => ({ lines: [`Record-Route: <sip:${place()};lr>`] })],
  ])('with one, %s aims at nothing but the application server, without its Route (RFC 3261 §16.4)', async (_what, aim: () => Typed) => {
    const before = reached().length
    const answer = await stranger.ask(await authorized(invite(aim())), platform.users)
    expect([400, 403, 404, 480, 486]).toContain(statusOf(answer))
    for (const text of reached().slice(before)) {
      expect(text).toMatch(/^INVITE /)
      expect(valuesOf(text, 'Route')).toEqual([])
    }
  })

  test('headers of the house, an identity that is asserted, and what hides in folds, names and display names never come inside (RFC 3325 §5)', async () => {
    const smuggled = [
      'Strowger-Context: forged',
      'strowger-context : forged',
      'STROWGER-CONTEXT\t: forged',
      'Strowger-Context:\r\n forged',
      'Subject: x\r\n Strowger-Context: folded',
      'P-Asserted-Identity : <sip:112@forged.invalid>',
      'p-asserted-identity\t: <sip:112@forged.invalid>',
      'Remote-Party-ID: <sip:112@forged.invalid>',
    ]
    const from = '"x%0d%0aStrowger-Context: forged" <sip:alice@demo.localhost>;tag=a'
    const before = reached().length
    expect(statusOf(await stranger.ask(await authorized(invite({ from, lines: smuggled })), platform.users))).toBe(486)
    const [text] = reached().slice(before)
    expect(valuesOf(text!, 'Strowger-Context')).toHaveLength(1)
    const unfolded = text!.replaceAll(/\r\n[ \t]+/g, ' ')
    expect(unfolded).not.toMatch(/^strowger-context\s*: *forged/im)
    expect(unfolded).not.toMatch(/^(p-asserted-identity|remote-party-id)\s*:/im)
  })

  test('nor from a carrier', async () => {
    const provider = await UdpStranger.open(PROVIDER)
    const before = reached().length
    const call = invite({ uri: `sip:${platform.demo.ddi}@127.0.0.1`, lines: ['strowger-context\t: forged', `Route: <sip:${place()};lr>`] })
    expect(statusOf(await provider.ask(typed(call), platform.trunks))).toBe(486)
    provider.close()
    const [text] = reached().slice(before)
    expect(valuesOf(text!, 'Strowger-Context')).toHaveLength(1)
    expect(text).not.toMatch(/^strowger-context\s*: *forged/im)
    expect(valuesOf(text!, 'Route')).toEqual([])
  })

  test('two requests in one, over TCP with a password: one call comes inside (RFC 3261 §18.3)', async () => {
    const before = reached().length
    const real = await authorized(invite({ transport: 'TCP' }))
    const hidden = typed(invite({ transport: 'TCP', callId: 'hidden' }))
    const stream = await StreamStranger.tcp(platform.users)
    stream.send(real.replace(/Content-Length: \d+/, `Content-Length: ${sdpAt('127.0.0.66').length + hidden.length}`) + hidden)
    await stream.receive(/^SIP\/2\.0 [2-6]/m)
    stream.close()
    expect(
      reached()
        .slice(before)
        .map(text => valuesOf(text, 'Call-ID')[0]),
    ).not.toContain('hidden')
    expect(reached().length).toBeLessThanOrEqual(before + 1)
  })

  test('nobody is registered by all that', async () => {
    expect(
      statusOf(await stranger.ask(typed({ ...NO_SUCH, method: 'REGISTER', lines: ['Contact: *', 'Expires: 0'] }), platform.users)),
    ).toBe(401)
    expect(await platform.metric('strowger_registered_contacts')).toBe(0)
  })
})
