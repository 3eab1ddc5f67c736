/** Session timers on either leg: asked for, refreshed by either side, and what happens when nobody does. RFC 4028 §7, §9, §10. */
import type { MessageEdit, SipRequest, SipResponse } from '@strowger/sip-parser'
import { describe, expect, test } from 'vitest'
import type { Network, NetworkOptions } from './network.ts'
import type { Phone } from './phone.ts'
import { scene } from './scene.ts'

const { network } = scene()

const lines =
  (...all: readonly (readonly [string, string])[]) =>
  (edit: MessageEdit): void => {
    for (const [name, value] of all) edit.raw(name, value)
  }
const SUPPORTED = ['Supported', 'timer'] as const
const ALLOW = ['Allow', 'INVITE, ACK, BYE, UPDATE'] as const
const wants = (value: string): readonly [string, string] => ['Session-Expires', value]

interface Talk {
  readonly net: Network
  readonly alice: Phone
  readonly bob: Phone
}

/** They talk; `invite` and `ok` are what alice's INVITE and bob's 200 carry. */
function talk(invite: (edit: MessageEdit) => void, ok?: (edit: MessageEdit) => void, options?: Partial<NetworkOptions>): Talk {
  const net = network(options)
  const alice = net.users.call('102', { fill: invite })
  net.advance(100)
  const bob = net.users.called[0]!
  bob.answer('answer of b', 'fork1', ok)
  net.advance(100)
  return { net, alice, bob }
}

/** The last response to a request of `phone`, or the last request it got. */
function last(net: Network, phone: Phone, kind: 'request' | 'response'): SipRequest | SipResponse {
  const [callId] = phone.request.headers.raw('Call-ID')
  const own = net.trace.filter(({ to, message }) => to === 'users' && message.kind === kind && message.headers.raw('Call-ID')[0] === callId)
  return own.at(-1)!.message
}

const timerIn = ({ headers }: SipRequest | SipResponse): (readonly string[])[] => [headers.raw('Session-Expires'), headers.raw('Require')]
const minutes = (count: number): number => count * 60_000

describe('a caller who asks for a session timer', () => {
  test('gets it and is to refresh it; without a refresh the call ends a little before, with its record (RFC 4028 §9, §10)', () => {
    const { net, alice, bob } = talk(lines(SUPPORTED, wants('600')))
    expect(timerIn(last(net, alice, 'response'))).toEqual([['600;refresher=uac'], ['timer']])
    net.advance(568_000 - 500)
    expect(alice.asked).toEqual([])
    net.advance(2000)
    expect([alice.asked, bob.asked]).toEqual([['BYE'], ['BYE']])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 200, cause: 'session of the caller expired' }])
  })

  test.each(['UPDATE', 'INVITE'])('refreshes it with %s, again and again (RFC 4028 §7.4, §9)', method => {
    const { net, alice, bob } = talk(lines(SUPPORTED, wants('600')))
    for (let times = 0; times < 5; times++) {
      net.advance(minutes(5))
      alice.send(method, method === 'INVITE' ? 'the same' : '', lines(SUPPORTED, wants('600;refresher=uac')))
      net.advance(500)
      expect(timerIn(last(net, alice, 'response'))).toEqual([['600;refresher=uac'], ['timer']])
    }
    expect([alice.asked, bob.asked.filter(line => line === 'BYE')]).toEqual([[], []])
    expect(bob.asked.length).toBe(method === 'INVITE' ? 5 : 0)
    alice.send('BYE')
  })

  test('leaves it out of a re-INVITE: then there is none any more (RFC 4028 §9)', () => {
    const { net, alice } = talk(lines(SUPPORTED, wants('600')))
    alice.send('INVITE', 'hold')
    net.advance(500)
    expect(timerIn(last(net, alice, 'response'))).toEqual([[], []])
    net.advance(minutes(20))
    expect(alice.asked).toEqual([])
    alice.send('BYE')
  })

  test('gets 422 for a session too brief, in a new call and in one that is up (RFC 4028 §9)', () => {
    const net = network()
    const hasty = net.users.call('102', { fill: lines(SUPPORTED, wants('60')) })
    net.advance(100)
    expect([hasty.last, last(net, hasty, 'response').headers.raw('Min-SE')]).toEqual(['422', ['90']])
    const { net: other, alice } = talk(lines(SUPPORTED, wants('600')))
    for (const method of ['UPDATE', 'INVITE']) {
      alice.send(method, '', lines(SUPPORTED, wants('60')))
      other.advance(100)
      expect(alice.last).toBe('422')
    }
    alice.send('BYE')
  })

  test('wants us to refresh: an UPDATE goes out at half of it, for a day (RFC 4028 §9, §10)', () => {
    const { net, alice, bob } = talk(lines(SUPPORTED, ALLOW, wants('1800;refresher=uas')), undefined, { maxCallMs: 200_000_000 })
    expect(timerIn(last(net, alice, 'response'))).toEqual([['1800;refresher=uas'], ['timer']])
    alice.reply = ({ method }) => ({
      status: 200,
      ...(method === 'UPDATE' && { fill: lines(wants('1800;refresher=uac'), ['Require', 'timer']) }),
    })
    net.advance(minutes(24 * 60) + 5000)
    expect(alice.asked).toEqual(new Array(96).fill('UPDATE'))
    expect(last(net, alice, 'request').headers.raw('Session-Expires')).toEqual(['1800;refresher=uac'])
    expect(bob.asked).toEqual([])
    alice.send('BYE')
  })

  test('wants us to refresh and takes no UPDATE: no timer (RFC 4028 §9)', () => {
    const { net, alice } = talk(lines(SUPPORTED, wants('600;refresher=uas')))
    expect(timerIn(last(net, alice, 'response'))).toEqual([[], []])
    net.advance(minutes(20))
    expect(alice.asked).toEqual([])
    alice.send('BYE')
  })

  test('does so in an echo as well (RFC 4028 §9)', () => {
    const net = network()
    const alice = net.users.call('*43', { fill: lines(SUPPORTED, wants('600')) })
    net.advance(100)
    expect(timerIn(last(net, alice, 'response'))).toEqual([['600;refresher=uac'], ['timer']])
    alice.send('UPDATE', '', lines(SUPPORTED, wants('600;refresher=uac')))
    net.advance(minutes(9))
    expect(alice.asked).toEqual([])
    net.advance(minutes(1))
    expect(alice.asked).toEqual(['BYE'])
  })
})

describe('a called side that wants a session timer', () => {
  const insists = (refresher: string): ((edit: MessageEdit) => void) =>
    lines(ALLOW, wants(`600;refresher=${refresher}`), ['Require', 'timer'])

  test('refreshes it itself, or its call ends with its record (RFC 4028 §7.2, §10)', () => {
    const { net, alice, bob } = talk(lines(), insists('uas'))
    net.advance(minutes(9))
    bob.send('UPDATE', '', lines(SUPPORTED, wants('600;refresher=uac')))
    net.advance(500)
    expect(timerIn(last(net, bob, 'response'))).toEqual([['600;refresher=uac'], ['timer']])
    net.advance(minutes(9))
    expect([alice.asked, bob.asked]).toEqual([[], []])
    net.advance(minutes(1))
    expect([alice.asked, bob.asked]).toEqual([['BYE'], ['BYE']])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 200, cause: 'session of the callee expired' }])
  })

  test('or has us do it (RFC 4028 §7.2)', () => {
    const { net, bob } = talk(lines(), insists('uac'))
    bob.reply = ({ method }) => ({ status: 200, ...(method === 'UPDATE' && { fill: insists('uac') }) })
    net.advance(minutes(61))
    expect(bob.asked).toEqual(new Array(12).fill('UPDATE'))
    bob.send('BYE')
  })

  test('asks for more in a 422, and is given it (RFC 4028 §7.3)', () => {
    const { net, bob } = talk(lines(), insists('uac'))
    bob.reply = ({ method, headers }) => {
      if (method !== 'UPDATE') return { status: 200 }
      if (headers.raw('Session-Expires')[0]?.startsWith('600')) return { status: 422, fill: lines(['Min-SE', '1200']) }
      return { status: 200, fill: lines(wants('1200;refresher=uac')) }
    }
    net.advance(minutes(5) + 1000)
    expect(bob.requests.map(({ headers }) => headers.raw('Session-Expires')[0])).toEqual(['600;refresher=uac', '1200;refresher=uac'])
    expect(bob.requests[1]!.headers.raw('Min-SE')).toEqual(['1200'])
    bob.send('BYE')
  })

  test('refuses a refresh for now: it is tried again while the session lives (RFC 4028 §10)', () => {
    const { net, bob } = talk(lines(), insists('uac'))
    bob.reply = ({ method }) => ({ status: method === 'UPDATE' ? 491 : 200 })
    net.advance(minutes(5) + 21_000)
    expect(bob.asked).toEqual(new Array(5).fill('UPDATE'))
    net.advance(minutes(5))
    expect(bob.asked.at(-1)).toBe('BYE')
    expect(net.facts('end')).toMatchObject([{ cause: 'session of the callee expired' }])
  })

  test.each([
    [481, 'callee is gone'],
    [0, 'callee is gone'],
  ])('answers a refresh with %i: the call ends (RFC 4028 §10, RFC 3261 §12.2.1.2)', (status, cause) => {
    const { net, alice, bob } = talk(lines(), insists('uac'))
    bob.reply = ({ method }) => ({ status: method === 'UPDATE' ? status : 200 })
    net.advance(minutes(6))
    expect(alice.asked).toEqual(['BYE'])
    expect(net.facts('end')).toMatchObject([{ cause }])
  })

  test('keeps it through a re-INVITE of the other side (RFC 4028 §7.4)', () => {
    const { net, alice, bob } = talk(lines(SUPPORTED), insists('uac'))
    bob.reply = ({ method }) => ({ status: 200, sdp: 'held', ...(method === 'INVITE' && { fill: insists('uac') }) })
    alice.send('INVITE', 'hold')
    net.advance(500)
    expect(bob.requests[0]!.headers.raw('Session-Expires')).toEqual(['600;refresher=uac'])
    expect([alice.last, timerIn(last(net, alice, 'response'))]).toEqual(['200 [held]', [[], []]])
    alice.send('BYE')
  })
})
