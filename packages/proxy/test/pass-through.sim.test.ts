/** What both proxies let pass as it is: 100rel and PRACK, UPDATE, REFER, NOTIFY, INFO, MESSAGE, session timers. RFC 3261 §16.6, RFC 4028 §8. */
import type { SipRequest, SipResponse } from '@strowger/sip-parser'
import type { Hop } from '@strowger/sip-transaction'
import { beforeEach, describe, expect, test } from 'vitest'
import { trunksProxy } from '../src/trunks-proxy.ts'
import { usersProxy } from '../src/users-proxy.ts'
import { callBob, inCall, routesOf, SDP } from './appserver.ts'
import { ScriptedPhone } from './phone.ts'
import { APPSERVER, answerTo, ProxyBench, phoneAt, type Sent, summary, wire } from './proxy-bench.ts'

/** The far end of a proxy: a phone, or a carrier. */
const SIDES = ['users', 'trunks'] as const

describe.each(SIDES)("through the %s' proxy", side => {
  let bench: ProxyBench
  let far: Hop

  beforeEach(() => {
    bench = side === 'users' ? new ProxyBench(usersProxy) : new ProxyBench(trunksProxy, 'trunks-proxy')
    far = side === 'users' ? phoneAt(5090) : { ...phoneAt(5090), remote: { address: '127.0.0.50', port: 5090 } }
    if (side === 'users') new ScriptedPhone(bench, 'bob', { hop: far }).register()
    bench.take()
  })

  /** The INVITE as it arrives at the far end. */
  function ring(extra: readonly string[] = [], body = SDP): Sent {
    bench.receive(callBob(bench, { extra, body, ...(side === 'trunks' && { uri: 'sip:+34911@trunks' }) }), APPSERVER)
    return bench.takeOne()
  }

  /** What the far end answers, as it arrives at the application server. */
  function say(sent: Sent, status: number, extra: readonly string[] = [], body = ''): SipResponse {
    bench.receive(answerTo(sent, status, ['Contact: <sip:bob@127.0.0.9:5090>', ...extra], body), far)
    const response = bench.take().find(({ message }) => message.kind === 'response')
    return response!.message as SipResponse
  }

  const requests: readonly (readonly [method: string, extra: readonly string[], body: string])[] = [
    ['PRACK', ['RAck:  776656 1   INVITE', 'Require: 100rel'], ''],
    ['UPDATE', ['Session-Expires: 1800 ;refresher=uac', 'Min-SE: 90', 'supported: timer', 'Contact: <sip:CALL1@127.0.0.1:6060>'], ''],
    ['REFER', ['r: <sip:103@demo.test?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>', 'Referred-By: <sip:101@demo.test>'], ''],
    ['NOTIFY', ['Event: refer;id=2', 'Subscription-State: active ; expires=60', 'c: message/sipfrag'], 'SIP/2.0 100 Trying'],
    ['INFO', ['Info-Package: x', 'Content-Disposition: Info-Package', 'Content-Type: application/dtmf-relay'], 'Signal=5\nDuration=160'],
    ['INFO', ['Content-Type: multipart/mixed;boundary=b'], '--b\nContent-Type: application/sdp\n~\n--b--'],
    ['MESSAGE', ['Content-Type: application/sdp'], 'v=0\nthis is no session, only a text of that type'],
  ]

  test.each(requests)('%s from inside: bytes as they came, but for the hop (RFC 3261 §16.6) %j', (method, extra, body) => {
    const ok = say(ring(), 200)
    const sent = asked(inCall(method, ok, { extra }), body)
    bench.deliver(sent, APPSERVER)
    const { message, hop } = bench.takeOne()
    expect(hop.remote).toEqual(far.remote)
    expect(rest(message.wire)).toBe(rest(sent))
    expect(bench.media.filter(({ kind }) => kind === 'offer')).toHaveLength(1)
    expect(rest(say({ message, hop }, 202, [...extra, 'X-Odd:   as it is']).wire)).toContain('X-Odd:   as it is')
  })

  test.each(requests)('%s from outside: bytes as they came, but for the hop (RFC 3261 §16.6) %j', (method, extra, body) => {
    const invite = ring()
    say(invite, 200)
    const sent = asked(inCallFromFar(method, invite.message as SipRequest, far, extra), body)
    bench.deliver(sent, far)
    const { message, hop } = bench.takeOne()
    expect(hop.remote).toEqual(APPSERVER.remote)
    expect(rest(message.wire)).toBe(rest(sent))
    expect(bench.media.filter(({ kind }) => kind === 'offer')).toHaveLength(1)
  })

  test('a reliable 18x keeps its Require and RSeq each time it comes, and its PRACK finds the early dialog (RFC 3262 §3)', () => {
    const invite = ring(['Supported: 100rel'])
    expect(invite.message.headers.raw('Supported')).toEqual(['100rel'])
    const reliable = ['Require: 100rel', 'RSeq: 776656']
    const first = say(invite, 183, reliable, SDP)
    const again = say(invite, 183, reliable, SDP)
    expect([first, again].map(({ headers }) => [headers.raw('Require'), headers.raw('RSeq')])).toEqual([
      [['100rel'], ['776656']],
      [['100rel'], ['776656']],
    ])
    bench.receive(inCall('PRACK', first, { extra: ['RAck: 776656 1 INVITE'] }), APPSERVER)
    const prack = bench.takeOne()
    expect([summary(prack.message), prack.hop.remote]).toEqual(['PRACK', far.remote])
    expect(say(prack, 200).status).toBe(200)
  })

  test('an early UPDATE with an offer asks the relay, and so does its answer (RFC 3311 §5.1)', () => {
    const early = say(ring(['Supported: 100rel']), 183, ['Require: 100rel', 'RSeq: 1'], SDP)
    bench.media.length = 0
    bench.receive(inCall('UPDATE', early, { body: SDP }), APPSERVER)
    const update = bench.takeOne()
    expect(Buffer.from(update.message.body).toString()).toBe('v=0 offer rewritten\r\n')
    expect(Buffer.from(say(update, 200, [], SDP).body).toString()).toBe('v=0 answer rewritten\r\n')
    expect(bench.media.map(({ kind }) => kind)).toEqual(['offer', 'answer'])
  })

  test('session timers are for the two ends: nothing is added, lowered or answered here (RFC 4028 §8.1, §8.2)', () => {
    const asked = ['Supported: timer', 'Session-Expires: 60;refresher=uac', 'Min-SE: 60']
    const invite = ring(asked)
    expect(timersOf(invite.message)).toEqual([['timer'], ['60;refresher=uac'], ['60'], []])
    const ok = say(invite, 200, ['Require: timer', 'Session-Expires: 60;refresher=uac'], SDP)
    expect(timersOf(ok)).toEqual([[], ['60;refresher=uac'], [], ['timer']])
    bench.receive(inCall('INVITE', ok, { extra: asked }), APPSERVER)
    expect(timersOf(bench.takeOne().message)).toEqual([['timer'], ['60;refresher=uac'], ['60'], []])
  })

  test('a 422 goes back with its Min-SE (RFC 4028 §8.2)', () => {
    const refused = say(ring(['Supported: timer', 'Session-Expires: 60']), 422, ['Min-SE: 3600'])
    expect([refused.status, refused.headers.raw('Min-SE')]).toEqual([422, ['3600']])
  })
})

function timersOf({ headers }: SipRequest | SipResponse): (readonly string[])[] {
  return ['Supported', 'Session-Expires', 'Min-SE', 'Require'].map(name => headers.raw(name))
}

/** `text` with a body that is none of the relay's. */
function asked(text: string, body: string): Uint8Array {
  const [head] = text.split('\n\n')
  return wire(`${head}\n\n${body}`)
}

/** A request in the call that the far end was called with. */
function inCallFromFar(method: string, invite: SipRequest, { remote }: Hop, extra: readonly string[]): string {
  const [from] = invite.headers.raw('From')
  const routes = [...routesOf(invite)].reverse()
  return [
    `${method} sip:CALL1@127.0.0.1:6060 SIP/2.0`,
    `Via: SIP/2.0/UDP ${remote.address}:${remote.port};branch=z9hG4bK-far`,
    'Max-Forwards: 70',
    ...routes.map(route => `Route: ${route}`),
    `From: ${invite.headers.raw('To')[0]};tag=far`,
    `To: ${from}`,
    'Call-ID: b-leg',
    `CSeq: 7 ${method}`,
    ...extra,
    '',
    '',
  ].join('\n')
}

/** All but what each hop changes: our Via, Max-Forwards, Max-Breadth, our Route. */
function rest(bytes: Uint8Array): string {
  const [head = '', ...body] = Buffer.from(bytes).toString('latin1').split('\r\n\r\n')
  const lines = head.split('\r\n').filter(line => !HOP.test(line))
  return [lines.join('\r\n'), ...body].join('\r\n\r\n')
}

const HOP = /^(Via|Max-Forwards|Max-Breadth|Route):/i
