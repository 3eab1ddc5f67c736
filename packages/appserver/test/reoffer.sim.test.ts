/** The relay of a running call is gone: both sides are offered anew, on virtual time. RFC 3261 §14, RFC 3725 §7. */
import { LOST_MEDIA_HEADER, signLostMedia } from '@strowger/runtime'
import { CallId, CSeq, From, MaxForwards, type MessageEdit, newRequest, parseUri, type SipRequest, To } from '@strowger/sip-parser'
import { describe, expect, test } from 'vitest'
import { APPSERVER, KEYS } from './installation.ts'
import type { Network } from './network.ts'
import type { Phone } from './phone.ts'
import { scene } from './scene.ts'

const { network, placed, up } = scene()
const SDP = (name: string): string =>
  [`v=0`, `o=${name} 1 1 IN IP4 192.0.2.1`, 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', 'm=audio 4000 RTP/AVP 8', ''].join('\r\n')

let probes = 0

/** The probe of a proxy that names these calls. */
function tellLost(net: Network, calls: readonly string[], { from = net.users.local, value = signLostMedia(calls, KEYS) } = {}): void {
  const uri = parseUri(`sip:${APPSERVER.address}:${APPSERVER.port}`)!
  const probe: MessageEdit = newRequest('OPTIONS', uri)
    .append(MaxForwards, 1)
    .append(From, { uri, params: new Map([['tag', 'probe']]) })
    .append(To, { uri, params: new Map() })
    .append(CallId, `probe-${++probes}`)
    .append(CSeq, { sequence: 1, method: 'OPTIONS' })
    .raw(LOST_MEDIA_HEADER, value)
  net.users.layer.sendStateless(probe, { transport: 'UDP', remote: APPSERVER, local: from })
  net.drain()
  net.advance(2000)
}

/** Answers an INVITE without an offer with one, and any other with an answer. */
const offers =
  (offer: string, answer: string) =>
  (request: SipRequest): { status: number; sdp?: string } =>
    request.method !== 'INVITE' ? { status: 200 } : { status: 200, sdp: request.body.length === 0 ? offer : answer }

const refuses =
  (status: number) =>
  (request: SipRequest): { status: number } => ({ status: request.method === 'INVITE' ? status : 200 })

function hangUp(phone: Phone): void {
  phone.send('BYE')
  phone.side.net.advance(1000)
}

describe('a call whose relay is gone', () => {
  test('gets what one side offers to the other, and its answer back in the ACK (RFC 3261 §13.2.2.4, §14.1)', () => {
    const { net, alice, bob } = up()
    alice.reply = offers('new of a', 'never')
    bob.reply = offers('never', 'new of b')
    tellLost(net, [alice.call])
    expect([alice.asked, bob.asked]).toEqual([['INVITE'], ['INVITE [new of a]']])
    expect([alice.acks.at(-1), bob.acks.at(-1)]).toEqual(['new of b', ''])
    expect(net.facts('end')).toEqual([])
    // The next change finds nothing in its way.
    bob.send('INVITE', 'hold')
    net.advance(500)
    expect([alice.asked.at(-1), bob.last]).toEqual(['INVITE [hold]', '200 [never]'])
    hangUp(alice)
  })

  test('is offered once while that is on its way, however often it is named, and again when it is named after', () => {
    const { net, alice, bob } = up()
    alice.reply = offers('new of a', '')
    const held: SipRequest[] = []
    bob.reply = request => (request.method === 'INVITE' && held.push(request) === 1 ? { status: 0 } : { status: 200, sdp: 'new of b' })
    tellLost(net, [alice.call])
    tellLost(net, [alice.call, alice.call, 'unknown'])
    expect([alice.asked, bob.asked]).toEqual([['INVITE'], ['INVITE [new of a]']])
    expect(alice.acks).toEqual([])
    bob.answerHeld(200, 'late of b')
    net.advance(500)
    expect(alice.acks.at(-1)).toBe('late of b')
    tellLost(net, [alice.call])
    expect(alice.asked).toEqual(['INVITE', 'INVITE'])
    expect(alice.acks.at(-1)).toBe('new of b')
    hangUp(bob)
  })

  test('asks the other side first when the first refused, and ends without media when nothing helps', () => {
    const { net, alice, bob } = up()
    alice.reply = refuses(488)
    bob.reply = offers('offer of b', 'answer of b')
    tellLost(net, [alice.call])
    expect([alice.asked, bob.asked]).toEqual([['INVITE'], []])
    tellLost(net, [alice.call])
    expect([alice.asked, bob.asked]).toEqual([['INVITE', 'INVITE [offer of b]'], ['INVITE']])
    expect(net.facts('end')).toEqual([])
    for (let time = 0; time < 3; time++) tellLost(net, [alice.call])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 200, cause: 'no media' }])
    expect([alice.asked.at(-1), bob.asked.at(-1)]).toEqual(['BYE', 'BYE'])
  })

  test('gives who had offered an answer without media when the other side refuses, and tries again (RFC 3264 §6.1)', () => {
    const { net, alice, bob } = up()
    alice.reply = offers(SDP('alice'), SDP('alice'))
    bob.reply = refuses(491)
    tellLost(net, [alice.call])
    expect(alice.acks.at(-1)).toBe(`${SDP('alice').replace('c=IN IP4 192.0.2.1', 'c=IN IP4 0.0.0.0')}a=inactive\r\n`)
    bob.reply = offers(SDP('bob'), SDP('bob'))
    tellLost(net, [alice.call])
    expect(bob.acks.at(-1)).toBe(SDP('alice'))
    hangUp(alice)
  })

  test('is over when a side answers that it knows nothing of it (RFC 3261 §12.2.1.2)', () => {
    const { net, alice, bob } = up()
    alice.reply = offers('new of a', '')
    bob.reply = refuses(481)
    tellLost(net, [alice.call])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 200, cause: 'callee is gone' }])
  })

  test.each(['first', 'second'] as const)('ends cleanly while the %s side thinks about it', which => {
    const { net, alice, bob } = up()
    const silent = (request: SipRequest): { status: number } => ({ status: request.method === 'INVITE' ? 0 : 200 })
    alice.reply = which === 'first' ? silent : offers('new of a', '')
    bob.reply = silent
    tellLost(net, [alice.call])
    hangUp(which === 'first' ? bob : alice)
    expect(net.facts('end')).toHaveLength(1)
    expect((which === 'first' ? alice : bob).asked).toContain('BYE')
  })

  test('refuses a change of either side with 491 meanwhile (RFC 3261 §14.2)', () => {
    const { net, alice, bob } = up()
    alice.reply = request => ({ status: request.method === 'INVITE' ? 0 : 200 })
    tellLost(net, [alice.call])
    bob.send('INVITE', 'hold')
    net.advance(500)
    expect(bob.last).toBe('491')
    hangUp(bob)
  })

  test('is left alone while it rings, and offered anew when it is named after the answer', () => {
    const { net, alice, bob } = placed()
    tellLost(net, [alice.call])
    expect([alice.asked, bob.asked]).toEqual([[], []])
    bob.answer()
    net.advance(100)
    tellLost(net, [alice.call])
    expect([alice.asked, bob.asked.length]).toEqual([['INVITE'], 1])
    hangUp(alice)
  })

  test('of a carrier asks the phone first', () => {
    const net = network()
    const alice = net.users.call('+34911111111')
    net.advance(100)
    const carrier = net.trunks.called[0]!
    carrier.answer()
    net.advance(100)
    alice.reply = offers('new of a', '')
    tellLost(net, [alice.call], { from: net.trunks.local })
    expect([alice.asked, carrier.asked]).toEqual([['INVITE'], ['INVITE [new of a]']])
    hangUp(carrier)
  })

  test('to a service gets what our relay answers', () => {
    const net = network()
    const alice = net.users.call('*43')
    net.advance(100)
    alice.reply = offers('new of a', '')
    tellLost(net, [alice.call])
    expect(net.outputs.filter(output => output.kind === 'echo').map(output => 'sdp' in output && output.sdp)).toEqual([
      'offer of a',
      'new of a',
    ])
    expect(alice.acks.at(-1)).toBe('relay says echo')
    hangUp(alice)
  })

  test('is nothing that a stranger, or one without our keys, can say', () => {
    const { net, alice } = up()
    tellLost(net, [alice.call], { from: { address: '192.0.2.66', port: 5060 } })
    tellLost(net, [], { value: signLostMedia([alice.call], KEYS).replace(/.$/, last => (last === 'A' ? 'B' : 'A')) })
    tellLost(net, [], { value: `l|${alice.call}` })
    expect(alice.asked).toEqual([])
    hangUp(alice)
  })

  test('goes on over a network that loses a third and doubles a tenth', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const net = network({ seed, loss: 0.3, duplicate: 0.1 })
      const alice = net.users.call('102')
      net.users.onInvite = phone => {
        phone.reply = offers('offer of b', 'new of b')
        phone.answer()
      }
      net.advance(5000)
      if (net.facts('answer').length === 0) {
        alice.cancel()
        continue
      }
      alice.reply = offers('new of a', 'answer of a')
      for (let time = 0; time < 12 && !alice.acks.includes('new of b'); time++) {
        tellLost(net, [alice.call])
        net.advance(20_000)
      }
      expect([seed, alice.acks]).toEqual([seed, expect.arrayContaining(['new of b'])])
      alice.send('BYE')
    }
  })
})
