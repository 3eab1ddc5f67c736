/** A phone that subscribes and publishes, and a server in a few lines. Loopback, free ports. RFC 6665 §4.1, RFC 3903 §4. */
import type { SipRequest } from '@strowger/sip-parser'
import { afterEach, describe, expect, it } from 'vitest'
import { type Endpoint, type HeardState, listen, openPhone, type Phone, type PhoneSubscription } from '../src/index.ts'

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function server(
  status: number,
  headers: Record<string, string> = {},
): Promise<{ server: Endpoint; requests: SipRequest[]; phone: Phone }> {
  const server = await listen({ on: ['udp:127.0.0.1:0'] })
  const requests: SipRequest[] = []
  open.push(server)
  void (async () => {
    for await (const { request, respond } of server.requests) {
      requests.push(request)
      respond(status, { headers })
    }
  })()
  const proxy = `sip:${server.on[0]!.slice('udp:'.length)}`
  const phone = await openPhone({ on: ['udp:127.0.0.1:0'], aor: 'sip:alice@example.com', proxy })
  open.push(phone)
  return { server, requests, phone }
}

async function next(subscription: PhoneSubscription): Promise<HeardState | undefined> {
  return (await subscription[Symbol.asyncIterator]().next()).value
}

describe('a phone', () => {
  it('hears of a state until it is over (RFC 6665 §4.1.3)', async () => {
    const { server: notifier, requests, phone } = await server(200, { Expires: '600', Contact: '<sip:server@127.0.0.1>' })
    const subscription = await phone.subscribe('sip:bob@example.com', { event: 'presence', accept: ['text/plain'], seconds: 600 })
    while (requests.length === 0) await new Promise(setImmediate)
    const [subscribe] = requests
    const notify = (sequence: number, state: string, text: string): ReturnType<Endpoint['request']> =>
      notifier.request({
        method: 'NOTIFY',
        uri: phone.contact,
        headers: {
          From: '<sip:bob@example.com>;tag=notifier',
          To: subscribe!.headers.raw('From')[0]!,
          'Call-ID': subscribe!.headers.raw('Call-ID')[0]!,
          CSeq: `${sequence} NOTIFY`,
          Contact: '<sip:server@127.0.0.1>',
          Event: 'presence',
          'Subscription-State': state,
          'Content-Type': 'text/plain',
        },
        body: Buffer.from(text),
      })
    expect((await notify(1, 'active;expires=600', 'busy')).status).toBe(200)
    expect(await next(subscription)).toMatchObject({ status: 'active', body: { contentType: 'text/plain', text: 'busy' } })
    expect((await notify(2, 'terminated;reason=noresource', 'gone')).status).toBe(200)
    expect(await next(subscription)).toMatchObject({ status: 'terminated', reason: 'noresource' })
    expect(await subscription.ended).toEqual({ reason: 'noresource' })
    expect(await next(subscription)).toBeUndefined()
    expect((await notify(3, 'active', 'again')).status).toBe(481)
  })

  it('is told of a refusal (RFC 6665 §4.1.2.1)', async () => {
    const { phone } = await server(403)
    const subscription = await phone.subscribe('sip:bob@example.com', { event: 'presence' })
    expect(await subscription.ended).toEqual({ status: 403 })
    await expect(phone.publish({ contentType: 'text/plain', text: 'here' }, { event: 'presence' })).rejects.toMatchObject({
      code: 'not-published',
    })
  })

  it('publishes, changes and takes back (RFC 3903 §4.1)', async () => {
    const { requests, phone } = await server(200, { 'SIP-ETag': 'one', Expires: '600' })
    const publication = await phone.publish({ contentType: 'text/plain', text: 'here' }, { event: 'presence', seconds: 600 })
    await publication.change({ contentType: 'text/plain', text: 'away' })
    await publication.stop()
    expect(requests.map(({ headers }) => [headers.raw('SIP-If-Match')[0], headers.raw('Expires')[0]])).toEqual([
      [undefined, '600'],
      ['one', '600'],
      ['one', '0'],
    ])
  })

  it('ends what it has when it is closed (RFC 6665 §4.1.2)', async () => {
    const { phone } = await server(200, { Expires: '600' })
    const subscription = await phone.subscribe('sip:bob@example.com', { event: 'presence' })
    await phone.close()
    expect(await subscription.ended).toEqual({})
    expect(await next(subscription)).toBeUndefined()
  })
})
