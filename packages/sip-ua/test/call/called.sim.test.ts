/** The called side: what it refuses by itself, Replaces, PRACK, requests inside the call. RFC 3261 §8.2, §12.2.2, RFC 3891 §3. */
import { Reason, RetryAfter, type SipResponse } from '@strowger/sip-parser'
import { expect, test } from 'vitest'
import { Net, type Party, type Script, sdp, word } from './net.ts'

const answers: Script = (output, { agent, now }) => {
  if (output.kind === 'incoming') agent.answer(now, output.call, { description: sdp('bob') })
}
const zeros = (each: readonly number[]): boolean => each.every(value => value === 0)

function alone(options: Party['options'] = {}, script: Script = answers): { net: Net; bob: Party } {
  const net = new Net({ delayMs: 0 })
  return { net, bob: net.party('bob', script, options) }
}

let branches = 0
const raw = (method: string, lines: readonly string[] = [], body = ''): string => {
  const contact = lines.some(line => /^Contact:/.test(line)) ? [] : ['Contact: <sip:eve@192.0.2.99>']
  const to = lines.find(line => /^To:/.test(line)) ?? 'To: <sip:bob@bob.test>'
  const callId = lines.find(line => /^Call-ID:/.test(line)) ?? `Call-ID: call-${++branches}`
  const cseq = lines.find(line => /^CSeq:/.test(line)) ?? `CSeq: 1 ${method}`
  const own = lines.filter(line => !/^(To|Call-ID|CSeq|Contact: none)/.test(line))
  return [
    `${method} sip:bob@192.0.2.1 SIP/2.0`,
    `Via: SIP/2.0/UDP 192.0.2.99;branch=z9hG4bK${++branches}`,
    'Max-Forwards: 70',
    'From: <sip:eve@eve.test>;tag=eve',
    to,
    callId,
    cseq,
    ...contact,
    ...own,
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
}
const said = (net: Net): SipResponse[] => net.sent.flatMap(({ message }) => (message.kind === 'response' ? [message] : []))
const last = (net: Net): SipResponse => said(net).at(-1)!

for (const [name, lines, status, header, clause] of [
  ['an extension we do not know', ['Require: teleport'], 420, ['Unsupported', 'teleport'], 'RFC 3261 §8.2.2.3'],
  ['no Contact', ['Contact: none'], 400, undefined, 'RFC 3261 §8.1.1.8'],
  ['a Contact of *', ['Contact: *'], 400, undefined, 'RFC 3261 §8.1.1.8'],
  ['too short a session', ['Supported: timer', 'Session-Expires: 60'], 422, ['Min-SE', '90'], 'RFC 4028 §9'],
  ['Replaces that makes no sense', ['Replaces: x;to-tag=1'], 400, undefined, 'RFC 3891 §3'],
  ['two Replaces', ['Replaces: x;to-tag=1;from-tag=2', 'Replaces: y;to-tag=1;from-tag=2'], 400, undefined, 'RFC 3891 §3'],
  ['Replaces of a call that is not there', ['Replaces: x;to-tag=1;from-tag=2'], 481, undefined, 'RFC 3891 §3'],
] as const)
  test(`an INVITE with ${name} gets ${status} and leaves nothing behind (${clause})`, () => {
    const { net, bob } = alone()
    net.inject(bob, raw('INVITE', lines))
    expect(last(net).status).toBe(status)
    if (header !== undefined) expect(last(net).headers.raw(header[0])).toEqual([header[1]])
    expect(bob.heard).toEqual([])
    expect(net.leftovers()).toSatisfy(zeros)
  })

test('a body nobody understands gets 415 with Accept (RFC 3261 §8.2.3)', () => {
  const { net, bob } = alone()
  net.inject(bob, raw('INVITE', ['Content-Type: application/isup'], 'xx'))
  expect(last(net).status).toBe(415)
  expect(last(net).headers.raw('Accept')).toEqual(['application/sdp'])
})

test('an offer inside multipart/mixed is found (RFC 5621 §4)', () => {
  const { net, bob } = alone({}, () => {})
  const parts = [
    '--b',
    'Content-Type: application/isup',
    'Content-Disposition: signal;handling=optional',
    '',
    'xx',
    '--b',
    'Content-Type: application/sdp',
    '',
    'v=0\r\ns=hidden\r\n',
    '--b--',
    '',
  ]
  net.inject(bob, raw('INVITE', ['Content-Type: multipart/mixed;boundary=b'], parts.join('\r\n')))
  expect(word(bob.of('incoming')[0]?.offer)).toBe('hidden')
})

test('a Request-URI of a scheme nobody serves gets 416 (RFC 3261 §8.2.2.1)', () => {
  const { net, bob } = alone()
  net.inject(bob, raw('INVITE').replace('sip:bob@192.0.2.1 SIP', 'urn:service:sos SIP'))
  expect(last(net).status).toBe(416)
})

test('an INVITE that came by two ways is served once, the other gets 482 (RFC 3261 §8.2.2.2)', () => {
  const { net, bob } = alone()
  const invite = raw('INVITE')
  net.inject(bob, invite)
  net.inject(bob, invite.replace(/branch=z9hG4bK\d+/, 'branch=z9hG4bKother'))
  expect(last(net).status).toBe(482)
  expect(bob.of('incoming')).toHaveLength(1)
})

test('who insists on 100rel refuses callers without it with 421 (RFC 3261 §21.4.16)', () => {
  const { net, bob } = alone({ reliable: 'always' })
  net.inject(bob, raw('INVITE'))
  expect(last(net).status).toBe(421)
  expect(last(net).headers.raw('Require')).toEqual(['100rel'])
})

test('outside calls OPTIONS gets 200, a request of an unknown dialog 481, anything else 405 (RFC 3261 §8.2.1, §11.2)', () => {
  const { net, bob } = alone()
  net.inject(bob, raw('OPTIONS'))
  net.inject(bob, raw('BYE', ['To: <sip:bob@bob.test>;tag=nobody']))
  net.inject(bob, raw('TELEPORT'))
  expect(said(net).map(({ status }) => status)).toEqual([200, 481, 405])
  expect(last(net).headers.raw('Allow').join()).toContain('INVITE')
  expect(net.leftovers()).toSatisfy(zeros)
})

/** A call from eve that was answered and acknowledged; the lines that put a request into its dialog. */
function established(options: Party['options'] = {}): { net: Net; bob: Party; inside: (sequence: number, method: string) => string[] } {
  const { net, bob } = alone(options)
  net.inject(bob, raw('INVITE', ['Call-ID: known', 'CSeq: 10 INVITE', 'Content-Type: application/sdp'], 'v=0\r\ns=eve\r\n'))
  const [to] = last(net).headers.raw('To')
  const inside = (sequence: number, method: string): string[] => [`To: ${to}`, 'Call-ID: known', `CSeq: ${sequence} ${method}`]
  net.inject(bob, raw('ACK', inside(10, 'ACK')))
  return { net, bob, inside }
}

test('a request with an old CSeq gets 500 (RFC 3261 §12.2.2)', () => {
  const { net, bob, inside } = established()
  net.inject(bob, raw('INFO', inside(9, 'INFO')))
  expect(last(net).status).toBe(500)
  expect(bob.of('request')).toEqual([])
})

test('inside a call an unknown method gets 405, an unknown event package 489, an unknown extension 420 (RFC 3261 §8.2.1, RFC 6665 §7.2)', () => {
  const { net, bob, inside } = established()
  net.inject(bob, raw('TELEPORT', inside(11, 'TELEPORT')))
  net.inject(bob, raw('NOTIFY', [...inside(12, 'NOTIFY'), 'Event: weather']))
  net.inject(bob, raw('INFO', [...inside(13, 'INFO'), 'Require: teleport']))
  net.inject(bob, raw('OPTIONS', inside(14, 'OPTIONS')))
  expect(
    said(net)
      .slice(-4)
      .map(({ status }) => status),
  ).toEqual([405, 489, 420, 200])
  expect(said(net).at(-3)?.headers.raw('Allow-Events')).toEqual(['refer'])
})

test('a second offer before the first is answered gets 500 with Retry-After (RFC 3311 §5.2, RFC 3261 §14.2)', () => {
  const { net, bob, inside } = established()
  const offer = ['Content-Type: application/sdp']
  net.inject(bob, raw('UPDATE', [...inside(11, 'UPDATE'), ...offer], 'v=0\r\ns=one\r\n'))
  net.inject(bob, raw('UPDATE', [...inside(12, 'UPDATE'), ...offer], 'v=0\r\ns=two\r\n'))
  expect(last(net).status).toBe(500)
  expect(last(net).headers.get(RetryAfter)?.seconds).toBeLessThanOrEqual(10)
  bob.agent.answerOffer(bob.now, bob.calls[0]!, sdp('answer'))
  net.drain()
  expect(last(net).status).toBe(200)
})

test('a re-INVITE with the same description is a refresh: answered by itself with ours (RFC 4028 §7.4)', () => {
  const { net, bob, inside } = established()
  net.inject(bob, raw('INVITE', [...inside(11, 'INVITE'), 'Content-Type: application/sdp'], 'v=0\r\ns=eve\r\n'))
  expect(last(net).status).toBe(200)
  expect(word(last(net).body)).toBe('bob')
  expect(bob.of('offer')).toEqual([])
})

test('a cancelled re-INVITE gets 487 and leaves the session as it was (RFC 6141 §3.4)', () => {
  const { net, bob, inside } = established()
  const invite = raw('INVITE', [...inside(11, 'INVITE'), 'Content-Type: application/sdp'], 'v=0\r\ns=new\r\n')
  net.inject(bob, invite)
  net.inject(
    bob,
    invite
      .replace(/^INVITE/, 'CANCEL')
      .replace('11 INVITE', '11 CANCEL')
      .replace(/Content-[\s\S]*/, 'Content-Length: 0\r\n\r\n'),
  )
  expect(
    said(net)
      .slice(-2)
      .map(({ status }) => status),
  ).toEqual([200, 487])
  expect(bob.agent.answerOffer(bob.now, bob.calls[0]!, sdp('too late'))).toBe(false)
  expect(word(bob.agent.session(bob.calls[0]!).remote)).toBe('eve')
})

test('a BYE while a re-INVITE waits answers both: 487, 200 (RFC 3261 §15.1.2)', () => {
  const { net, bob, inside } = established()
  net.inject(bob, raw('INVITE', [...inside(11, 'INVITE'), 'Content-Type: application/sdp'], 'v=0\r\ns=new\r\n'))
  net.inject(bob, raw('BYE', [...inside(12, 'BYE'), 'Reason: Q.850;cause=16']))
  expect(
    said(net)
      .slice(-2)
      .map(({ status }) => status),
  ).toEqual([487, 200])
  expect(bob.of('ended')[0]?.request?.headers.get(Reason)?.cause).toBe(16)
  expect(net.leftovers()).toSatisfy(zeros)
})

test('a BYE of the caller before the answer ends the call: 487 to the INVITE, 200 to the BYE (RFC 3261 §15)', () => {
  const { net, bob } = alone(
    { reliable: 'never' },
    (output, { agent, now }) => void (output.kind === 'incoming' && agent.ring(now, output.call)),
  )
  net.inject(bob, raw('INVITE', ['Call-ID: early', 'CSeq: 1 INVITE']))
  net.inject(bob, raw('BYE', [`To: ${last(net).headers.raw('To')[0]}`, 'Call-ID: early', 'CSeq: 2 BYE']))
  expect(said(net).map(({ status }) => status)).toEqual([180, 487, 200])
  expect(bob.of('ended')).toHaveLength(1)
})

test('a PRACK that names nothing gets 481 (RFC 3262 §3)', () => {
  const { net, bob } = alone({}, (output, { agent, now }) => void (output.kind === 'incoming' && agent.ring(now, output.call)))
  net.inject(bob, raw('INVITE', ['Call-ID: early', 'CSeq: 1 INVITE', 'Supported: 100rel']))
  const [to, rseq] = [last(net).headers.raw('To')[0]!, Number(last(net).headers.raw('RSeq')[0])]
  const inside = (sequence: number): string[] => [`To: ${to}`, 'Call-ID: early', `CSeq: ${sequence} PRACK`]
  net.inject(bob, raw('PRACK', [...inside(2), `RAck: ${rseq + 1} 1 INVITE`]))
  net.inject(bob, raw('PRACK', inside(3)))
  net.inject(bob, raw('PRACK', [...inside(4), `RAck: ${rseq} 1 INVITE`]))
  expect(said(net).map(({ status }) => status)).toEqual([180, 481, 481, 200])
})

test('an offer in a PRACK is answered in its 2xx (RFC 3262 §5)', () => {
  const { net, bob } = alone({}, (output, { agent, now }) => {
    if (output.kind === 'incoming') agent.ring(now, output.call, 183, { description: sdp('first') })
    if (output.kind === 'offer') agent.answerOffer(now, output.call, sdp('second'))
  })
  const offer = 'Content-Type: application/sdp'
  net.inject(bob, raw('INVITE', ['Call-ID: early', 'CSeq: 1 INVITE', 'Supported: 100rel', offer], 'v=0\r\ns=one\r\n'))
  const [to, rseq] = [last(net).headers.raw('To')[0]!, last(net).headers.raw('RSeq')[0]!]
  net.inject(bob, raw('PRACK', [`To: ${to}`, 'Call-ID: early', 'CSeq: 2 PRACK', `RAck: ${rseq} 1 INVITE`, offer], 'v=0\r\ns=two\r\n'))
  expect(last(net).status).toBe(200)
  expect(word(last(net).body)).toBe('second')
  expect(word(bob.agent.session(bob.calls[0]!).remote)).toBe('two')
})

test('a second reliable 1xx waits for the PRACK of the first (RFC 3262 §3)', () => {
  const net = new Net()
  const alice = net.party('alice')
  const bob = net.party('bob', (output, { agent, now }) => {
    if (output.kind !== 'incoming') return
    agent.ring(now, output.call, 180)
    agent.ring(now, output.call, 183, { description: sdp('early') })
  })
  net.call(alice, bob)
  net.advance(1000)
  expect(net.flow()).toBe('INVITE 180 PRACK 200 183 PRACK 200')
})

test('a phone that rings for long says so every minute (RFC 3261 §13.3.1.1)', () => {
  const { net, bob } = alone(
    { reliable: 'never' },
    (output, { agent, now }) => void (output.kind === 'incoming' && agent.ring(now, output.call, 183)),
  )
  net.inject(bob, raw('INVITE'))
  net.advance(190_000)
  expect(said(net).map(({ status }) => status)).toEqual([183, 183, 183, 183])
})

test('a peer without timers gets neither 422 nor Require, and is refreshed by us with the same description (RFC 4028 §7.4, §9)', () => {
  const { net, bob } = established({ sessionTimer: { seconds: 120, minSe: 90, refresher: 'them' } })
  expect(said(net)[0]?.headers.raw('Session-Expires')).toEqual(['120;refresher=uas'])
  expect(said(net)[0]?.headers.raw('Require')).toEqual([])
  net.advance(61_000)
  const refresh = net.sent.findLast(({ message }) => message.kind === 'request')?.message
  expect(refresh).toMatchObject({ method: 'INVITE' })
  expect(word(refresh?.body)).toBe('bob')
  expect(bob.of('offer refused')).toEqual([])
})

/** Alice and bob talk; carol takes alice's place. */
function replaced(earlyOnly = false, answered = true): { net: Net; alice: Party; bob: Party; carol: Party } {
  const net = new Net()
  const alice = net.party('alice')
  const bob = net.party('bob', (output, party) => {
    if (output.kind !== 'incoming') return
    if (answered || output.replaces !== undefined) answers(output, party)
    else party.agent.ring(party.now, output.call)
  })
  const carol = net.party('carol')
  net.call(alice, bob)
  net.advance(1000)
  const { callId, localTag, remoteTag } = alice.agent.find(net.names(alice)[0]!)!.dialogs[0]!.dialog
  net.call(carol, bob, {
    offer: sdp('carol'),
    headers: [['Replaces', `${callId};to-tag=${remoteTag};from-tag=${localTag}${earlyOnly ? ';early-only' : ''}`]],
  })
  net.advance(1000)
  return { net, alice, bob, carol }
}

test('a call with Replaces takes the place of the one it names, which gets BYE (RFC 3891 §3)', () => {
  const { net, alice, bob, carol } = replaced()
  expect(bob.of('incoming')[1]?.replaces).toBe(bob.calls[0])
  expect(carol.of('answered')).toHaveLength(1)
  expect(alice.of('ended')).toMatchObject([{ by: 'them', status: 200 }])
  expect(bob.of('ended')).toMatchObject([{ call: bob.calls[0], cause: 'replaced' }])
  expect(bob.agent.find(bob.calls[1]!)?.state).toBe('confirmed')
  bob.agent.hangUp(bob.now, bob.calls[1]!)
  expect(net.leftovers()).toSatisfy(zeros)
})

test('a call with an old phone that has no tag is named with tag 0 (RFC 3891 §6.1)', () => {
  const { net, bob } = alone()
  const untagged = (text: string): string => text.replace(';tag=eve', '')
  net.inject(bob, untagged(raw('INVITE', ['Call-ID: old', 'CSeq: 1 INVITE', 'Content-Type: application/sdp'], 'v=0\r\ns=eve\r\n')))
  const [to] = last(net).headers.raw('To')
  net.inject(bob, untagged(raw('ACK', [`To: ${to}`, 'Call-ID: old', 'CSeq: 1 ACK'])))
  net.inject(bob, raw('INVITE', [`Replaces: old;to-tag=${to?.split('tag=')[1]};from-tag=0`]))
  expect(bob.of('incoming')[1]?.replaces).toBe(bob.calls[0])
  expect(bob.of('ended')).toMatchObject([{ call: bob.calls[0], cause: 'replaced' }])
})

test('early-only does not take a call that was answered: 486 (RFC 3891 §3)', () => {
  const { alice, carol } = replaced(true)
  expect(carol.of('ended')).toMatchObject([{ status: 486 }])
  expect(alice.of('ended')).toEqual([])
})

test('a call that rings here is not to be taken: 481 (RFC 3891 §3)', () => {
  const { alice, carol } = replaced(false, false)
  expect(carol.of('ended')).toMatchObject([{ status: 481 }])
  expect(alice.of('ended')).toEqual([])
})

test('a call of ours that still rings is taken by early-only, and cancelled (RFC 3891 §3)', () => {
  const net = new Net()
  const alice = net.party('alice', answers)
  const bob = net.party('bob', (output, { agent, now }) => void (output.kind === 'incoming' && agent.ring(now, output.call)))
  const carol = net.party('carol')
  const call = net.call(alice, bob)
  net.advance(1000)
  const { callId, localTag, remoteTag } = alice.agent.find(call)!.dialogs[0]!.dialog
  net.call(carol, alice, { offer: sdp('carol'), headers: [['Replaces', `${callId};to-tag=${localTag};from-tag=${remoteTag};early-only`]] })
  net.advance(1000)
  expect(carol.of('answered')).toHaveLength(1)
  expect(bob.of('ended')).toMatchObject([{ by: 'them', status: 487 }])
})

test('hanging up while their re-INVITE and INFO wait answers both with 487 (RFC 3261 §15.1.2)', () => {
  const { net, bob, inside } = established()
  net.inject(bob, raw('INVITE', [...inside(11, 'INVITE'), 'Content-Type: application/sdp'], 'v=0\r\ns=new\r\n'))
  net.inject(bob, raw('INFO', inside(12, 'INFO')))
  bob.agent.hangUp(bob.now, bob.calls[0]!)
  net.drain()
  expect(
    said(net)
      .slice(-2)
      .map(({ status }) => status),
  ).toEqual([487, 487])
  expect(net.leftovers()).toSatisfy(zeros)
})

test('a Contact may name the call, so that another process can serve it (RFC 3261 §8.1.1.8)', () => {
  const { net, bob } = alone({ contact: call => `sip:${call}@house.test` })
  net.inject(bob, raw('INVITE', ['Content-Type: application/sdp'], 'v=0\r\ns=eve\r\n'))
  expect(last(net).headers.raw('Contact')).toEqual([`<sip:${bob.calls[0]}@house.test>`])
})
