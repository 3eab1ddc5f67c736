/** A phone beside a server of a few lines: registrations, challenges, requests of its own. Loopback, free ports. RFC 3261 §8, §10.2, §22. */
import { Expires, type SipRequest, utf8, utf8Bytes } from '@strowger/sip-parser'
import { Authenticator, ha1, Nonces } from '@strowger/sip-ua/digest'
import { nodeHash as hash, nodeSign } from '@strowger/sip-ua/node'
import { afterEach, describe, expect, it } from 'vitest'
import { type HeaderTexts, header, listen, openPhone, type Phone, type PhoneOptions } from '../src/index.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

type Answer = (request: SipRequest) => readonly [status: number, headers?: HeaderTexts]

/** A phone of `sip:alice@example.com`, and the proxy that it has. */
async function pair(answer: Answer, options: Partial<PhoneOptions> = {}): Promise<{ phone: Phone; seen: SipRequest[] }> {
  const server = await listen({ on: ['udp:127.0.0.1:0'] })
  const seen: SipRequest[] = []
  void (async () => {
    for await (const { request, respond } of server.requests) {
      seen.push(request)
      const [status, headers] = answer(request)
      respond(status, { headers })
    }
  })()
  const phone = await openPhone({ on: ['udp:127.0.0.1:0'], aor: 'sip:alice@example.com', proxy: server.uris[0], ...options })
  open.push(server, phone)
  return { phone, seen }
}

/** Asks for the password `walnut` of alice. */
function guarded(): Answer {
  const nonces = new Nonces({ issuer: 'test', sign: nodeSign(new Uint8Array(32)) })
  const ha1Of = (name: string, algorithm: 'MD5' | 'SHA-256') => ha1(hash, algorithm, name, 'example.com', 'walnut')
  const door = new Authenticator({ realm: 'example.com', nonces, hash, ha1Of })
  return request => {
    const who = door.check(request, performance.now())
    return who.kind === 'ask' ? [who.status, { [who.header]: who.values }] : [who.kind === 'user' ? 200 : 403]
  }
}

describe('a phone and its registrar', () => {
  it('tells what was granted, to whom else as well (RFC 3261 §10.2.4)', async () => {
    const { phone } = await pair(request => [
      200,
      { Contact: [`${request.headers.raw('Contact')[0]};expires=1800`, '<sip:alice@192.0.2.9>;expires=60'] },
    ])
    const granted = await phone.register()
    expect(granted).toMatchObject({
      expiresSeconds: 1800,
      contacts: [
        { uri: phone.contact, expiresSeconds: 1800 },
        { uri: 'sip:alice@192.0.2.9', expiresSeconds: 60 },
      ],
    })
  })

  it('tells of each registration and of its loss, until it is told to stop (RFC 3261 §10.2.4)', async () => {
    let status = 200
    const { phone, seen } = await pair(() => [status])
    await phone.register()
    status = 503
    await expect(phone.register()).rejects.toMatchObject({ code: 'not-registered', status: 503 })
    await expect(phone.register()).rejects.toMatchObject({ status: 503 })
    await phone.unregister()
    await phone.unregister()
    const news = phone.registration[Symbol.asyncIterator]()
    const told = [await news.next(), await news.next(), await news.next(), await news.next()]
    expect(told.map(({ value }) => value.kind)).toEqual(['registered', 'lost', 'failed', 'unregistered'])
    expect(told[1]!.value).toMatchObject({ status: 503, retryInMs: expect.any(Number) })
    expect(seen).toHaveLength(3)
    await phone.close()
    expect(await news.next()).toEqual({ done: true, value: undefined })
  })

  it('gives up a registration that is not answered yet (RFC 3261 §10.2.2)', async () => {
    const { phone, seen } = await pair(() => [200])
    const refused = expect(phone.register()).rejects.toThrow('the phone was unregistered before the registrar had answered')
    while (seen.length === 0) await Promise.all([new Promise(setImmediate), phone.unregister()])
    await refused
    await phone.unregister()
    expect(seen.map(({ headers }) => headers.get(Expires))).toEqual([3600, 0])
  })

  it('takes a challenge for a refusal when it has no password (RFC 3261 §22.2)', async () => {
    const { phone, seen } = await pair(guarded())
    await expect(phone.register()).rejects.toMatchObject({ code: 'not-registered', status: 401 })
    expect(seen.map(({ headers }) => headers.raw('Authorization').length)).toEqual([0])
  })
})

describe('a request of a phone', () => {
  it('goes by the proxy, comes from the phone, and answers a challenge in the next of its sequence (RFC 3261 §8.1.2, §22.2)', async () => {
    const { phone, seen } = await pair(guarded(), { password: 'walnut' })
    const body = utf8Bytes('lunch?')
    const response = await phone.request({ method: 'MESSAGE', uri: 'sip:bob@example.com', headers: { 'Content-Type': 'text/plain' }, body })
    expect(response.status).toBe(200)
    const values = (name: string) => seen.map(({ headers }) => headers.raw(name)[0])
    expect(values('CSeq')).toEqual(['1 MESSAGE', '2 MESSAGE'])
    expect(new Set(values('Call-ID')).size).toBe(1)
    expect(new Set(values('From')).size).toBe(1)
    expect(values('From')[0]).toMatch(/^<sip:alice@example\.com>;tag=/)
    expect(utf8(seen[1]!.body)).toBe('lunch?')
  })

  it('tries a password once (RFC 3261 §22.1)', async () => {
    const { phone, seen } = await pair(guarded(), { password: 'hazel' })
    const response = await phone.request({ method: 'OPTIONS', uri: 'sip:bob@example.com' })
    expect([response.status, seen.length]).toEqual([401, 2])
  })

  it('has a header field for each of a list, and typed ones (RFC 3261 §7.3.1)', async () => {
    const { phone, seen } = await pair(() => [200])
    await phone.request({ method: 'OPTIONS', uri: 'sip:bob@example.com', headers: { 'X-Way': ['one', 'two'], 'X-Not': undefined } })
    await phone.request({ method: 'OPTIONS', uri: 'sip:bob@example.com', headers: [header(Expires, 60), ['X-Way', 'three']] })
    expect(seen.map(({ headers }) => headers.raw('X-Way'))).toEqual([['one', 'two'], ['three']])
    expect(seen.map(({ headers }) => headers.get(Expires))).toEqual([undefined, 60])
    expect(seen[0]!.headers.raw('X-Not')).toEqual([])
  })

  it('fails when the phone is closed before the answer (RFC 3261 §8.1.3.1)', async () => {
    const { phone, seen } = await pair(() => [100])
    const failed = expect(phone.request({ method: 'OPTIONS', uri: 'sip:bob@example.com' })).rejects.toMatchObject({ code: 'closed' })
    while (seen.length === 0) await new Promise(setImmediate)
    await phone.close()
    await failed
  })
})

describe('where a phone is', () => {
  it('is told as it listens and as URIs (RFC 3261 §19.1.1)', async () => {
    const { phone } = await pair(() => [200], { on: ['udp:127.0.0.1:0', 'tcp:127.0.0.1:0'] })
    const [udp, tcp] = phone.on.map(place => place.slice(4))
    expect(phone.uris).toEqual([`sip:alice@${udp}`, `sip:alice@${tcp};transport=tcp`])
    expect(phone.contact).toBe(phone.uris[0])
  })

  it('is no address where it only opens connections (RFC 7118 §5.2)', async () => {
    const { phone } = await pair(() => [200], { on: ['tcp:127.0.0.1'] })
    expect(phone.on).toEqual([])
    expect(phone.contact).toMatch(/^sip:alice@[0-9a-z]+\.invalid;transport=tcp$/)
  })

  it('is not a proxy: the error says what to write (RFC 3261 §8.1.2)', async () => {
    await expect(pair(() => [200], { proxy: 'tcp:127.0.0.1:5060' })).rejects.toThrow(
      '"tcp:127.0.0.1:5060" is not a URI; write "sip:127.0.0.1:5060;transport=tcp"',
    )
    await expect(pair(() => [200], { proxy: 'tel:112' })).rejects.toThrow('the proxy "tel:112" is not a sip: or sips: URI')
  })
})
