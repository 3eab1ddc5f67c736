/** Reliable ringing on one leg and plain ringing on the other. RFC 3262 §3, §4, RFC 3326 §2. */
import { type MessageEdit, RAck, RSeq, type SipResponse } from '@strowger/sip-parser'
import { describe, expect, test } from 'vitest'
import type { Network } from './network.ts'
import type { Phone } from './phone.ts'
import { scene } from './scene.ts'

const { network, placed } = scene()

const requires = (edit: MessageEdit): void => void edit.raw('Require', '100rel')

/** Alice requires 100rel; the INVITE has arrived at Bob. */
function demanding(sdp = 'offer of a'): { net: Network; alice: Phone; bob: Phone } {
  const net = network()
  const alice = net.users.call('102', { sdp, fill: requires })
  net.advance(100)
  return { net, alice, bob: net.users.called[0]! }
}

/** The last 1xx that reached alice. */
function told(net: Network, alice: Phone): SipResponse {
  const all = net.trace.filter(({ message }) => message.kind === 'response' && message.status > 100 && message.status < 200)
  const own = all.filter(({ message }) => message.headers.raw('Call-ID')[0] === alice.request.headers.raw('Call-ID')[0])
  return own.at(-1)!.message as SipResponse
}

function prack(net: Network, alice: Phone, body = ''): string {
  const response = told(net, alice)
  const rseq = response.headers.get(RSeq)!
  if (alice.dialog === undefined) alice.early(response)
  alice.send('PRACK', body, edit => void edit.append(RAck, { rseq, sequence: 1, method: 'INVITE' }))
  net.advance(50)
  return alice.last
}

describe('a caller who requires 100rel, and a phone that knows nothing of it', () => {
  test('hears it ring until the PRACK, and then once for each news (RFC 3262 §3)', () => {
    const { net, alice, bob } = demanding()
    bob.ring(180)
    net.advance(1400)
    expect(alice.heard).toEqual(['180', '180'])
    expect(told(net, alice).headers.raw('Require')).toEqual(['100rel'])
    const first = told(net, alice).headers.get(RSeq)!
    bob.ring(183, 'early')
    net.advance(100)
    expect(alice.heard).toEqual(['180', '180'])
    expect(prack(net, alice)).toBe('183')
    expect([alice.heard.includes('200'), told(net, alice).headers.get(RSeq)]).toEqual([true, first + 1])
    expect(prack(net, alice)).toBe('200')
    net.advance(5000)
    expect(alice.heard.filter(line => line === '183')).toHaveLength(1)
    bob.answer()
    net.advance(500)
    expect(alice.last).toBe('200 [answer of b]')
    alice.send('BYE')
  })

  test('a PRACK of another number gets 481, one that comes again its 200 (RFC 3262 §3)', () => {
    const { net, alice, bob } = demanding()
    bob.ring()
    net.advance(100)
    alice.early(told(net, alice))
    alice.send('PRACK', '', edit => void edit.append(RAck, { rseq: 1, sequence: 9, method: 'INVITE' }))
    net.advance(50)
    expect(alice.last).toBe('481')
    net.drop = (message, to) =>
      to === 'users' && message.kind === 'response' && message.headers.raw('CSeq')[0] === '3 PRACK' && net.now < 400
    prack(net, alice)
    net.advance(1000)
    expect(alice.last).toBe('200')
    bob.refuse(486)
    net.advance(100)
    expect(alice.last).toBe('486')
  })

  test('an offer in the PRACK crosses the one of the INVITE: 491, and the 180 is acknowledged all the same (RFC 3311 §5.2)', () => {
    const { net, alice, bob } = demanding()
    bob.ring()
    net.advance(100)
    expect(prack(net, alice, 'another offer')).toBe('491')
    net.advance(3000)
    expect(alice.heard.filter(line => line === '180')).toHaveLength(1)
    bob.refuse(486)
  })

  test('a call without PRACK ends after 64*T1 with 504 and its record (RFC 3262 §3)', () => {
    const { net, alice, bob } = demanding()
    bob.ring()
    net.advance(40_000)
    expect(alice.last).toBe('504')
    expect(bob.asked).toEqual(['CANCEL'])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 504, cause: 'no PRACK' }])
  })

  test('an answer does not wait for the PRACK of a 180, and one that comes late gets its 200 (RFC 3262 §3)', () => {
    const { net, alice, bob } = demanding()
    bob.ring()
    net.advance(100)
    const ringing = told(net, alice)
    bob.answer()
    net.advance(100)
    expect(alice.last).toBe('200 [answer of b]')
    const rseq = ringing.headers.get(RSeq)!
    alice.send('PRACK', '', edit => void edit.append(RAck, { rseq, sequence: 1, method: 'INVITE' }))
    net.advance(3000)
    expect(alice.heard).toEqual(['180', '200 [answer of b]', '200'])
    alice.send('BYE')
  })

  test('who makes no offer hears no ringing, since it would have to bring one (RFC 3262 §5)', () => {
    const { net, alice, bob } = demanding('')
    bob.ring()
    net.advance(100)
    expect(alice.heard).toEqual([])
    expect(bob.request.headers.raw('Supported')).toEqual(['timer'])
    bob.answer('offer of b')
    alice.ackWith = 'answer of a'
    net.advance(100)
    expect(alice.last).toBe('200 [offer of b]')
    alice.send('BYE')
  })
})

describe('a phone that rings reliably, and a caller who knows nothing of it', () => {
  test('gets its PRACK at once, the caller hears plain ringing with the early answer (RFC 3262 §4)', () => {
    const { net, alice, bob } = placed()
    expect(bob.request.headers.raw('Supported')).toEqual(['100rel, timer'])
    bob.ringReliably(70, { status: 183, sdp: 'early answer' })
    net.advance(100)
    expect([alice.heard, bob.asked]).toEqual([['183 [early answer]'], ['PRACK']])
    expect(bob.requests[0]!.headers.get(RAck)).toEqual({ rseq: 70, sequence: 1, method: 'INVITE' })
    expect(told(net, alice).headers.raw('Require')).toEqual([])
    bob.ringReliably(71)
    net.advance(100)
    expect(bob.requests[1]!.headers.get(RAck)).toMatchObject({ rseq: 71 })
    bob.answer('')
    net.advance(100)
    expect(alice.last).toBe('200 [early answer]')
    alice.send('BYE')
  })

  test('one that is sent again, or before its turn, is not heard, and gets no other PRACK (RFC 3262 §4)', () => {
    const { net, alice, bob } = placed()
    bob.ringReliably(5)
    net.advance(100)
    bob.ringReliably(5)
    bob.ringReliably(8, { status: 182 })
    net.advance(100)
    expect([alice.heard, bob.asked]).toEqual([['180'], ['PRACK']])
    bob.ringReliably(6, { status: 181 })
    net.advance(100)
    expect([alice.heard, bob.asked]).toEqual([
      ['180', '181'],
      ['PRACK', 'PRACK'],
    ])
    bob.refuse(486)
  })

  test('each phone that rings counts by itself (RFC 3262 §4)', () => {
    const { net, bob } = placed()
    bob.ringReliably(5, { tag: 'one' })
    bob.ringReliably(900, { tag: 'two' })
    bob.ringReliably(6, { tag: 'one', status: 183 })
    net.advance(100)
    expect(bob.requests.map(({ headers }) => headers.get(RAck)!.rseq)).toEqual([5, 900, 6])
    bob.refuse(486)
  })

  test('a PRACK that nobody answers, or that is refused, ends nothing (RFC 3262 §4)', () => {
    const { net, alice, bob } = placed()
    bob.reply = ({ method }) => ({ status: method === 'PRACK' ? 481 : 200 })
    bob.ringReliably(5)
    net.drop = (message, to) => to === 'users' && message.kind === 'request' && message.method === 'PRACK' && net.now > 200
    net.advance(200)
    bob.ringReliably(6)
    net.advance(40_000)
    bob.answer()
    net.advance(500)
    expect(alice.last).toBe('200 [answer of b]')
    alice.send('BYE')
  })

  test('both sides reliable: each is acknowledged by its own PRACK (RFC 3262 §3, §4)', () => {
    const { net, alice, bob } = demanding()
    bob.ringReliably(5, { sdp: 'early' })
    net.advance(100)
    expect([bob.asked, alice.heard]).toEqual([['PRACK'], ['180']])
    expect(prack(net, alice)).toBe('200')
    bob.answer('')
    net.advance(100)
    expect(alice.last).toBe('200 [early]')
    alice.send('BYE')
  })
})

test('the Reason of a CANCEL is told to the phone that rings (RFC 3326 §2)', () => {
  const { net, alice, bob } = placed()
  bob.ring()
  net.advance(100)
  alice.cancel('SIP;cause=200;text="Call completed elsewhere"')
  net.advance(100)
  const cancel = net.trace.filter(({ to, message }) => to === 'users' && message.kind === 'request' && message.method === 'CANCEL').at(-1)
  expect(cancel!.message.headers.raw('Reason')).toEqual(['SIP;cause=200;text="Call completed elsewhere"'])
  expect(alice.last).toBe('487')
})

test.each(Array.from({ length: 10 }, (_, seed) => seed))(
  'with seed %i, loss and doubles: it rings reliably on both sides, and ends (RFC 3262 §3)',
  seed => {
    const net = network({ seed, loss: 0.15, duplicate: 0.2 })
    net.users.onInvite = phone => net.after(50, () => phone.ringReliably(7, { sdp: 'early' }))
    const alice = net.users.call('102', { fill: requires })
    net.advance(20_000)
    net.users.called[0]?.answer('')
    net.advance(20_000)
    if (alice.dialog === undefined) alice.cancel()
    else alice.send('BYE')
    net.advance(100_000)
    expect(net.calls.counts().calls).toBe(0)
  },
)
