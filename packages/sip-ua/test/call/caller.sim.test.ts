/** The calling side and peers with habits: forks, challenges, redirections, refusals. RFC 3261 §13.2, §22, RFC 4028 §7. */
import {
  Authorization,
  Contact,
  MinSE,
  ProxyAuthenticate,
  ProxyAuthorization,
  parseUri,
  RAck,
  RSeq,
  responseTo,
  SessionExpires,
  type SipRequest,
  WwwAuthenticate,
} from '@strowger/sip-parser'
import { expect, test } from 'vitest'
import { challenge } from '../../src/digest/index.ts'
import { Net, type Party, type Script, sdp, word } from './net.ts'
import { respond, stub } from './stub.ts'

const answering =
  (text: string, afterMs = 0): Script =>
  (output, { agent, net }) => {
    if (output.kind !== 'incoming') return
    net.after(afterMs, () => void agent.answer(net.now, output.call, { description: sdp(text) }))
  }
const zeros = (each: readonly number[]): boolean => each.every(value => value === 0)
const requests = (net: Net, method: string): SipRequest[] =>
  net.sent.flatMap(({ message }) => (message.kind === 'request' && message.method === method ? [message] : []))
const withPassword = { credentials: (realm: string) => (realm.endsWith('.test') ? { username: 'alice', password: 'secret' } : undefined) }

function pair(script: Script = answering('bob'), options: Party['options'] = {}): { net: Net; alice: Party; bob: Party } {
  const net = new Net({ seed: 3 })
  return { net, alice: net.party('alice', () => {}, options), bob: net.party('bob', script) }
}

test('of several phones that answer the first has the call, the others get ACK and BYE (RFC 3261 §13.2.2.4)', () => {
  const net = new Net()
  const alice = net.party('alice')
  net.forked = [
    net.party('bob', answering('bob', 300)),
    net.party('carol', answering('carol', 310)),
    net.party('dave', answering('dave', 900)),
  ]
  const call = net.call(alice, 'ring')
  net.advance(3000)
  expect(word(alice.agent.session(call).remote)).toBe('bob')
  expect(alice.of('answered')).toHaveLength(1)
  expect(net.forked.map(each => each.of('ended').length)).toEqual([0, 1, 1])
  expect(net.forked.map(each => each.of('confirmed').length)).toEqual([1, 1, 1])
  alice.agent.hangUp(alice.now, call)
  expect(net.leftovers()).toSatisfy(zeros)
})

test('each phone that rings has an early dialog and an early session of its own (RFC 3261 §12.1.2)', () => {
  const net = new Net()
  const alice = net.party('alice')
  const rings =
    (text: string): Script =>
    (output, { agent, now }) =>
      void (output.kind === 'incoming' && agent.ring(now, output.call, 183, { description: sdp(text) }))
  net.forked = [net.party('bob', rings('bob')), net.party('carol', rings('carol'))]
  const call = net.call(alice, 'ring')
  net.advance(1000)
  expect(alice.agent.find(call)?.dialogs.map(at => at.dialog.state)).toEqual(['early', 'early'])
  expect(
    alice
      .of('answer')
      .map(each => word(each.answer))
      .sort(),
  ).toEqual(['bob', 'carol'])
  expect(new Set(alice.of('progress').map(({ dialog }) => dialog)).size).toBe(2)
  const carol = net.forked[1]!
  carol.agent.answer(carol.now, carol.calls[0]!)
  net.drain()
  net.advance(1000)
  expect(word(alice.agent.session(call).remote)).toBe('carol')
})

test('challenges of a proxy and of the far end are answered one after the other, each with its own realm (RFC 3261 §22.3)', () => {
  const { net, alice, bob } = pair(answering('bob'), withPassword)
  stub(bob, (request, nth) => {
    if (request.method !== 'INVITE') return undefined
    if (nth === 0)
      return [407, edit => edit.append(ProxyAuthenticate, challenge({ realm: 'proxy.test', nonce: 'n1', algorithm: 'MD5', qop: true }))]
    return nth === 1
      ? [401, edit => edit.append(WwwAuthenticate, challenge({ realm: 'bob.test', nonce: 'n2', algorithm: 'SHA-256', qop: true }))]
      : undefined
  })
  const call = net.call(alice, bob)
  net.advance(2000)
  expect(alice.agent.find(call)?.state).toBe('confirmed')
  const last = requests(net, 'INVITE').at(-1)!
  expect(last.headers.get(ProxyAuthorization)?.params.get('nc')).toBe('00000002')
  expect(last.headers.get(Authorization)?.params.get('realm')).toBe('bob.test')
  expect(requests(net, 'ACK').at(-1)?.headers.raw('Authorization')).toEqual(last.headers.raw('Authorization'))
  alice.agent.hangUp(alice.now, call)
  net.drain()
  expect(requests(net, 'BYE')[0]?.headers.get(Authorization)?.params.get('nc')).toBe('00000002')
  expect(net.leftovers()).toSatisfy(zeros)
})

test('a forking proxy that passes on challenges of two realms at once gets both answers (RFC 3261 §16.7)', () => {
  const { net, alice, bob } = pair(answering('bob'), withPassword)
  stub(bob, (request, nth) =>
    request.method === 'INVITE' && nth === 0
      ? [
          401,
          edit => {
            edit.append(WwwAuthenticate, challenge({ realm: 'a.test', nonce: 'n1', algorithm: 'MD5', qop: true }))
            edit.append(WwwAuthenticate, challenge({ realm: 'b.test', nonce: 'n2', algorithm: 'MD5', qop: true }))
          },
        ]
      : undefined,
  )
  net.call(alice, bob)
  net.advance(1000)
  expect(
    requests(net, 'INVITE')[1]
      ?.headers.all(Authorization)
      .map(({ params }) => params.get('realm')),
  ).toEqual(['a.test', 'b.test'])
})

test('a stale nonce is tried again, a wrong password is not (RFC 3261 §22.1)', () => {
  const { net, alice, bob } = pair(answering('bob'), withPassword)
  stub(bob, (request, nth) =>
    request.method === 'INVITE'
      ? [
          401,
          edit =>
            edit.append(WwwAuthenticate, challenge({ realm: 'bob.test', nonce: `n${nth}`, algorithm: 'MD5', stale: nth < 3, qop: true })),
        ]
      : undefined,
  )
  net.call(alice, bob)
  net.advance(1000)
  expect(requests(net, 'INVITE')).toHaveLength(4)
  expect(alice.of('ended')).toMatchObject([{ by: 'them', status: 401 }])
})

test('who calls every nonce stale is given up after eight answers (RFC 3261 §22.1)', () => {
  const { net, alice, bob } = pair(answering('bob'), withPassword)
  stub(bob, ({ method }, nth) => {
    if (method !== 'INVITE') return undefined
    const asked = challenge({ realm: 'bob.test', nonce: `n${nth}`, algorithm: 'MD5', stale: true, qop: true })
    return [401, edit => edit.append(WwwAuthenticate, asked)]
  })
  net.call(alice, bob)
  net.advance(10_000)
  expect(requests(net, 'INVITE')).toHaveLength(9)
  expect(alice.of('ended')).toMatchObject([{ by: 'them', status: 401 }])
})

test('a realm nobody has a password for is a refusal (RFC 3261 §22.1)', () => {
  const { net, alice, bob } = pair(answering('bob'), withPassword)
  stub(bob, () => [401, edit => edit.append(WwwAuthenticate, challenge({ realm: 'stranger', nonce: 'n', algorithm: 'MD5', qop: true }))])
  net.call(alice, bob)
  net.advance(1000)
  expect(alice.of('ended')).toMatchObject([{ status: 401 }])
  expect(net.leftovers()).toSatisfy(zeros)
})

test('a challenge inside the call is answered, too (RFC 3261 §22.2)', () => {
  const { net, alice, bob } = pair(answering('bob'), withPassword)
  stub(bob, (request, nth) =>
    request.method === 'BYE' && nth === 0
      ? [407, edit => edit.append(ProxyAuthenticate, challenge({ realm: 'proxy.test', nonce: 'n', algorithm: 'MD5', qop: true }))]
      : undefined,
  )
  const call = net.call(alice, bob)
  net.advance(1000)
  alice.agent.hangUp(alice.now, call)
  net.drain()
  net.advance(1000)
  expect(bob.of('ended')).toHaveLength(1)
  expect(requests(net, 'BYE')).toHaveLength(2)
})

test('a redirection is reported with its Contacts and not followed (RFC 3261 §8.1.3.4)', () => {
  const { net, alice, bob } = pair()
  stub(bob, () => [302, edit => edit.append(Contact, { uri: parseUri('sip:elsewhere@192.0.2.77')!, params: new Map() })])
  net.call(alice, bob)
  net.advance(1000)
  const [ended] = alice.of('ended')
  expect(ended).toMatchObject({ by: 'them', status: 302 })
  expect(ended?.response?.headers.get(Contact)).toMatchObject({ uri: { host: '192.0.2.77' } })
})

test('a 422 raises Min-SE and is tried once more (RFC 4028 §7.3)', () => {
  const { net, alice, bob } = pair()
  stub(bob, (request, nth) => (request.method === 'INVITE' && nth === 0 ? [422, edit => edit.append(MinSE, { seconds: 3600 })] : undefined))
  net.call(alice, bob)
  net.advance(1000)
  const [, again] = requests(net, 'INVITE')
  expect(again?.headers.get(MinSE)?.seconds).toBe(3600)
  expect(again?.headers.get(SessionExpires)?.seconds).toBe(3600)
  expect(alice.of('answered')).toHaveLength(1)
})

test('a 422 that keeps coming is a refusal (RFC 4028 §7.3)', () => {
  const { net, alice, bob } = pair()
  stub(bob, (_, nth) => [422, edit => edit.append(MinSE, { seconds: 3600 * (nth + 1) })])
  net.call(alice, bob)
  net.advance(1000)
  expect(requests(net, 'INVITE')).toHaveLength(2)
  expect(alice.of('ended')).toMatchObject([{ status: 422 }])
})

for (const status of [481, 408, 404])
  test(`a ${status} to an INFO ends the call with BYE (RFC 3261 §12.2.1.2, RFC 5057 §5.1)`, () => {
    const { net, alice, bob } = pair()
    stub(bob, request => (request.method === 'INFO' ? status : undefined))
    const call = net.call(alice, bob)
    net.advance(1000)
    alice.agent.request(alice.now, call, 'INFO')
    net.drain()
    net.advance(status === 408 ? 40_000 : 1000)
    expect(alice.of('response')).toMatchObject([{ status }])
    expect(alice.of('ended')).toMatchObject([{ by: 'network', status: 200 }])
    expect(bob.of('ended')).toHaveLength(1)
  })

test('a 403 to an INFO, and a 481 to a NOTIFY, leave the call as it is (RFC 5057 §5.1)', () => {
  const { net, alice, bob } = pair()
  stub(bob, request => ({ INFO: 403, NOTIFY: 481 })[request.method])
  const call = net.call(alice, bob)
  net.advance(1000)
  alice.agent.request(alice.now, call, 'INFO')
  alice.agent.request(alice.now, call, 'NOTIFY', {
    headers: [
      ['Event', 'refer'],
      ['Subscription-State', 'active'],
    ],
  })
  net.drain()
  net.advance(1000)
  expect(alice.of('response').map(({ status }) => status)).toEqual([403, 481])
  expect(alice.agent.find(call)?.state).toBe('confirmed')
})

test('a re-INVITE that nobody answers ends the call (RFC 3261 §12.2.1.2)', () => {
  const { net, alice, bob } = pair()
  stub(bob, (request, nth) => (request.method === 'INVITE' && nth > 0 ? 0 : undefined))
  const call = net.call(alice, bob)
  net.advance(1000)
  net.drop = message => message.kind === 'response' && message.status === 100
  alice.agent.offer(alice.now, call, sdp('again'))
  net.drain()
  net.advance(60_000)
  expect(alice.of('offer refused')).toMatchObject([{ status: 408 }])
  expect(word(alice.agent.session(call).local) ?? 'offer').toBe('offer')
  expect(bob.of('ended')).toHaveLength(1)
})

test('a 1xx without a To tag, and a 2xx without a Contact, are lived with (RFC 3261 §12.1.2)', () => {
  const { net, alice, bob } = pair()
  stub(bob, request => (request.method === 'INVITE' ? [200, edit => edit.body('application/sdp', sdp('bob'))] : undefined))
  const call = net.call(alice, bob)
  net.advance(1000)
  expect(alice.agent.find(call)?.state).toBe('confirmed')
  expect(requests(net, 'ACK')).toHaveLength(1)
})

test('reliable 1xx that come out of order are dropped until the missing one comes (RFC 3262 §4)', () => {
  const { net, alice, bob } = pair()
  const rseqs = [10, 12, 11, 12, 11]
  bob.core = output => {
    if (output.kind !== 'request' || output.incoming.request.method !== 'INVITE')
      return output.kind === 'request' && answerOk(output.incoming)
    const transaction = bob.layer.accept(bob.now, output.incoming)
    const { request } = transaction
    rseqs.forEach((rseq, i) => {
      net.after(100 * (i + 1), () => {
        bob.layer.respond(
          bob.now,
          transaction,
          respond(request, 180, edit => edit.raw('Require', '100rel').append(RSeq, rseq)),
        )
        net.drain()
      })
    })
    return true
  }
  const answerOk = (incoming: Parameters<Party['agent']['decline']>[0]): boolean => {
    bob.layer.respond(bob.now, bob.layer.accept(bob.now, incoming), respond(incoming.request, 200))
    return true
  }
  net.call(alice, bob)
  net.advance(3000)
  expect(requests(net, 'PRACK').map(({ headers }) => headers.get(RAck)?.rseq)).toEqual([10, 11, 12])
  expect(alice.of('progress')).toHaveLength(3)
})

test('a phone that says Require: 100rel in a 100, or forgets RSeq, gets no PRACK (RFC 3262 §4)', () => {
  const { net, alice, bob } = pair()
  stub(bob, request => (request.method === 'INVITE' ? [183, edit => edit.raw('Require', '100rel')] : undefined))
  net.call(alice, bob)
  net.advance(1000)
  expect(requests(net, 'PRACK')).toHaveLength(0)
})

test('64*T1 after the first 2xx phones that still ring are forgotten (RFC 3261 §13.2.2.4)', () => {
  const net = new Net()
  const alice = net.party('alice')
  const rings: Script = (output, { agent, now }) => void (output.kind === 'incoming' && agent.ring(now, output.call))
  net.forked = [net.party('bob', answering('bob', 500)), net.party('carol', rings)]
  const call = net.call(alice, 'ring')
  net.advance(2000)
  expect(alice.agent.find(call)?.dialogs).toHaveLength(2)
  net.advance(33_000)
  expect(alice.agent.find(call)?.dialogs).toHaveLength(1)
  expect(alice.agent.counts().dialogs).toBe(1)
})

test('two 2xx that cross our CANCEL are both acknowledged and ended (RFC 3261 §9.1, §13.2.2.4)', () => {
  const net = new Net({ delayMs: 50 })
  const alice = net.party('alice')
  net.forked = [net.party('bob', answering('bob', 500)), net.party('carol', answering('carol', 500))]
  const call = net.call(alice, 'ring')
  net.advance(560)
  alice.agent.hangUp(alice.now, call)
  net.drain()
  net.advance(3000)
  expect(net.forked.map(each => each.of('ended').length)).toEqual([1, 1])
  expect(alice.of('ended')).toHaveLength(1)
  expect(alice.of('answered')).toHaveLength(0)
  expect(net.leftovers()).toSatisfy(zeros)
})

test('a BYE that the called side sends before the answer ends nothing (RFC 3261 §15)', () => {
  const { net, alice, bob } = pair((output, { agent, now }) => void (output.kind === 'incoming' && agent.ring(now, output.call)))
  const call = net.call(alice, bob)
  net.advance(1000)
  const { callId, localTag, remoteTag } = alice.agent.find(call)!.dialogs[0]!.dialog
  const lines = [
    'BYE sip:alice@192.0.2.1 SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKbye',
    'Max-Forwards: 70',
    `From: <sip:bob@bob.test>;tag=${remoteTag}`,
  ]
  net.inject(
    alice,
    [...lines, `To: <sip:alice@alice.test>;tag=${localTag}`, `Call-ID: ${callId}`, 'CSeq: 5 BYE', '', ''].join('\r\n'),
    '192.0.2.2',
  )
  expect(net.sent.at(-1)?.message).toMatchObject({ status: 200 })
  expect(alice.agent.find(call)?.state).toBe('early')
})

test('a second offer, or one before the call is up and without UPDATE, is not made (RFC 3264 §4, RFC 3311 §5.1)', () => {
  const { net, alice, bob } = pair(output => void (output.kind === 'offer'))
  const call = net.call(alice, bob)
  expect(alice.agent.offer(alice.now, call, sdp('early'))).toBe(false)
  net.advance(100)
  bob.agent.answer(bob.now, bob.calls[0]!, { description: sdp('bob') })
  net.drain()
  net.advance(1000)
  expect(alice.agent.offer(alice.now, call, sdp('one'))).toBe(true)
  expect(alice.agent.offer(alice.now, call, sdp('two'), { by: 'UPDATE' })).toBe(false)
  expect(alice.agent.answerOffer(alice.now, call, sdp('nobody asked'))).toBe(false)
  expect(alice.agent.hangUp(alice.now, 'nobody')).toBe(false)
})

test('a hundred phones may ring, no more: a call does not grow without bound (RFC 3261 §12.1.2)', () => {
  const { net, alice, bob } = pair()
  bob.core = output => {
    if (output.kind !== 'request' || output.incoming.request.method !== 'INVITE') return false
    const transaction = bob.layer.accept(bob.now, output.incoming)
    for (let i = 0; i < 500; i++) bob.layer.respond(bob.now, transaction, responseTo(transaction.request, 180, { toTag: `phone${i}` }))
    return true
  }
  const call = net.call(alice, bob)
  net.advance(1000)
  expect(alice.agent.find(call)?.dialogs).toHaveLength(100)
  alice.agent.hangUp(alice.now, call)
  net.drain()
  net.advance(100_000)
  expect(alice.agent.counts()).toEqual({ calls: 0, dialogs: 0, transactions: 0, timers: 0 })
})

test('the nonce that a 2xx names is the one of the next request, counted from 1 (RFC 7616 §3.5)', () => {
  const { net, alice, bob } = pair(answering('bob'), withPassword)
  stub(bob, (request, nth) => {
    if (request.method !== 'INVITE' || nth > 1) return undefined
    return nth === 0
      ? [401, edit => edit.append(WwwAuthenticate, challenge({ realm: 'bob.test', nonce: 'n1', algorithm: 'MD5', qop: true }))]
      : [200, edit => edit.raw('Authentication-Info', 'nextnonce="n2"').body('application/sdp', sdp('bob'))]
  })
  const call = net.call(alice, bob)
  net.advance(1000)
  alice.agent.hangUp(alice.now, call)
  net.drain()
  const params = requests(net, 'BYE')[0]?.headers.get(Authorization)?.params
  expect([params?.get('nonce'), params?.get('nc')]).toEqual(['n2', '00000001'])
})

test('all answers to one nonce of a session algorithm name one cnonce (RFC 7616 §3.4.2)', () => {
  const { net, alice, bob } = pair(answering('bob'), withPassword)
  stub(bob, (request, nth) =>
    request.method === 'INVITE' && nth === 0
      ? [401, edit => edit.append(WwwAuthenticate, challenge({ realm: 'bob.test', nonce: 'n1', algorithm: 'MD5-sess', qop: true }))]
      : undefined,
  )
  const call = net.call(alice, bob)
  net.advance(1000)
  alice.agent.hangUp(alice.now, call)
  net.drain()
  const cnonces = [requests(net, 'INVITE')[1], requests(net, 'BYE')[0]].map(each => each?.headers.get(Authorization)?.params.get('cnonce'))
  expect(cnonces[0]).toBeTruthy()
  expect(cnonces[1]).toBe(cnonces[0])
})
