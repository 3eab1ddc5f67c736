/** A server that always wants a little more does not have us ask for ever. RFC 3261 §10.2.8, RFC 6665 §4.1.2.1, RFC 3903 §4.2. */
import { type MessageEdit, MinExpires, parse, responseTo, type SipRequest, type SipResponse } from '@strowger/sip-parser'
import { expect, it } from 'vitest'
import { Publication, Subscription } from '../src/events/index.ts'
import { Registration } from '../src/index.ts'
import { longerThan } from '../src/min-expires.ts'
import { nodeHash as hash } from '../src/node.ts'

const tools = { token: () => 'token', random: () => 0.5, hash }

interface Asking {
  poll(): { readonly kind: string; readonly request?: MessageEdit; readonly id?: number } | undefined
}

/** How often it asks at one moment when each try is answered 423 with a second more than the try before. */
function rounds(asking: Asking, receive: (response: SipResponse, id: number) => void): number {
  let asked = 0
  for (let output = asking.poll(); output !== undefined && asked < 1000; output = asking.poll()) {
    if (output.request === undefined) continue
    asked++
    const request = parse(output.request.raw('Via', 'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx').toBytes()) as SipRequest
    const least = Math.min(Number(request.headers.raw('Expires')[0]) + 1, 2 ** 32 - 1)
    receive(parse(responseTo(request, 423, { toTag: 's' }).append(MinExpires, least).toBytes()) as SipResponse, output.id ?? 0)
  }
  return asked
}

it('is met by at least twice as much, up to what Expires can say (RFC 3261 §10.2.8, §20.19)', () => {
  expect([longerThan(60, 1800), longerThan(60, 61), longerThan(0, 60), longerThan(2 ** 31, 2 ** 32 - 1)]).toEqual([
    1800,
    120,
    60,
    2 ** 32 - 1,
  ])
  expect([longerThan(60, 60), longerThan(60, undefined), longerThan(2 ** 32 - 1, 2 ** 32 - 1)]).toEqual([undefined, undefined, undefined])
})

it('a registrar that always wants a little more is given up (RFC 3261 §10.2.8)', () => {
  const options = { registrar: 'sip:example.com', aor: 'sip:a@example.com', contact: 'sip:a@192.0.2.1', username: 'a', ...tools }
  const registration = new Registration(options)
  registration.start(0)
  expect(rounds(registration, response => registration.receive(0, response))).toBeLessThan(40)
  expect(registration.state).toBe('waiting')
})

it('a notifier that always wants a little more is given up (RFC 6665 §4.1.2.1)', () => {
  const wish = {
    target: 'sip:b@example.com',
    from: 'sip:a@example.com',
    contact: 'sip:a@192.0.2.1',
    event: { type: 'presence' },
    accept: [],
  }
  const subscription = new Subscription({ ...wish, seconds: 60 }, tools)
  subscription.start(0)
  expect(rounds(subscription, (response, id) => subscription.receive(0, id, response))).toBeLessThan(40)
  expect(subscription.state).toBe('idle')
})

it('a compositor that always wants a little more is given up (RFC 3903 §4.2)', () => {
  const publication = new Publication({ aor: 'sip:a@example.com', event: { type: 'presence' } }, tools)
  publication.publish(0, { contentType: 'text/plain', text: 'open' })
  expect(rounds(publication, response => publication.receive(0, response))).toBeLessThan(40)
  expect(publication.state).toBe('idle')
})
