/** Calls that nobody answers in time, and phones that answer too late. RFC 3261 §13.2.1, §13.2.2.4, §13.3.1. */
import { Contact, CSeq, Expires, ProxyAuthenticate, parseUri, type SipRequest } from '@strowger/sip-parser'
import { expect, test } from 'vitest'
import { challenge } from '../../src/digest/index.ts'
import { Net, type Party, type Script, sdp, word } from './net.ts'
import { respond, stub } from './stub.ts'

const rings: Script = (output, { agent, now }) => void (output.kind === 'incoming' && agent.ring(now, output.call))
const answers: Script = (output, { agent, now }) =>
  void (output.kind === 'incoming' && agent.answer(now, output.call, { description: sdp('bob') }))
const zeros = (each: readonly number[]): boolean => each.every(value => value === 0)
const invite = (party: Party, to: string, expires?: number): string =>
  party.agent.invite(party.now, { from: 'sip:alice@alice.test', to, offer: sdp('offer'), ...(expires !== undefined && { expires }) })
const requests = (net: Net, method: string): SipRequest[] =>
  net.sent.flatMap(({ message }) => (message.kind === 'request' && message.method === method ? [message] : []))

test('a call of ours that nobody answers within its Expires is cancelled (RFC 3261 §13.2.1)', () => {
  const net = new Net()
  const [alice, bob] = [net.party('alice'), net.party('bob')]
  stub(bob, request => (request.method === 'INVITE' ? 180 : undefined))
  invite(alice, 'sip:bob@bob.test', 20)
  net.drain()
  net.advance(19_000)
  expect(requests(net, 'INVITE')[0]?.headers.get(Expires)).toBe(20)
  expect(net.flow()).toBe('INVITE 180')
  net.advance(1100)
  expect(net.flow()).toMatch(/^INVITE 180 CANCEL 200/)
})

test('an invitation whose Expires runs out is refused with 487, held answers included (RFC 3261 §13.3.1)', () => {
  const net = new Net({ delayMs: 0 })
  const [alice, bob] = [net.party('alice'), net.party('bob', rings)]
  net.call(alice, bob, { offer: sdp('offer'), headers: [['Expires', '30']] })
  // The far end alone keeps to it: ours has no way of knowing the time here.
  net.drop = message => message.kind === 'request' && message.method === 'CANCEL'
  net.advance(31_000)
  expect(bob.of('ended')).toMatchObject([{ by: 'network', status: 487, cause: 'expired' }])
  expect(net.flow()).toContain('487')
  expect(net.leftovers()).toSatisfy(zeros)
})

test('a call that is answered in time outlives its Expires (RFC 3261 §13.3.1)', () => {
  const net = new Net()
  const [alice, bob] = [net.party('alice'), net.party('bob', answers)]
  const call = invite(alice, 'sip:bob@bob.test', 5)
  net.drain()
  net.advance(60_000)
  expect([alice.agent.find(call)?.state, bob.agent.find(bob.calls[0]!)?.state]).toEqual(['confirmed', 'confirmed'])
})

test('our own limit refuses with 480, or cancels, whatever the far end would wait (RFC 3261 §21.4.18)', () => {
  const net = new Net()
  const [alice, bob] = [net.party('alice'), net.party('bob', rings, { unansweredSeconds: 10 })]
  invite(alice, 'sip:bob@bob.test', 300)
  net.drain()
  net.advance(11_000)
  expect(alice.of('ended')).toMatchObject([{ by: 'them', status: 480 }])
  const carol = net.party('carol', () => {}, { unansweredSeconds: 10 })
  stub(bob, request => (request.method === 'INVITE' ? 180 : undefined))
  invite(carol, 'sip:bob@bob.test')
  net.drain()
  net.advance(11_000)
  expect(requests(net, 'CANCEL')).toHaveLength(1)
})

test('what remains of the time goes on after a restart elsewhere (RFC 3261 §13.3.1)', () => {
  const net = new Net()
  const [alice, bob] = [net.party('alice'), net.party('bob', rings, { unansweredSeconds: 10 })]
  net.call(alice, bob)
  net.advance(6000)
  bob.restart()
  net.advance(3500)
  expect(bob.of('ended')).toEqual([])
  net.advance(1000)
  expect(bob.of('ended')).toMatchObject([{ status: 480, cause: 'expired' }])
})

test('a phone that answers when the INVITE is long over gets ACK and BYE, again when the ACK is lost (RFC 3261 §13.2.2.4)', () => {
  const net = new Net()
  const alice = net.party('alice', () => {}, { credentials: () => ({ username: 'alice', password: 'secret' }) })
  const [bob, carol] = [net.party('bob', answers), net.party('carol')]
  stub(bob, (request, nth) =>
    request.method === 'INVITE' && nth === 0
      ? [407, edit => edit.append(ProxyAuthenticate, challenge({ realm: 'test', nonce: 'n', algorithm: 'MD5', qop: true }))]
      : undefined,
  )
  const call = net.call(alice, bob)
  net.advance(60_000)
  const asked = requests(net, 'INVITE').at(-1)!
  const late = (): void => {
    const text = respond(asked, 200, edit => edit.replace(Contact, { uri: parseUri(`sip:carol@${carol.host}`)!, params: new Map() }))
    const wire = new TextDecoder().decode(text.toBytes()).replace('tag=stub', 'tag=late')
    net.inject(alice, wire, carol.host)
  }
  late()
  const [ack] = requests(net, 'ACK').slice(-1)
  expect(net.flow()).toMatch(/ACK BYE$/)
  expect(ack?.headers.get(CSeq)).toEqual({ sequence: 2, method: 'ACK' })
  expect(ack?.headers.raw('Proxy-Authorization')).toEqual(asked.headers.raw('Proxy-Authorization'))
  late()
  expect(net.flow()).toMatch(/ACK BYE ACK$/)
  expect(alice.agent.find(call)?.state).toBe('confirmed')
  expect(word(alice.agent.session(call).remote)).toBe('bob')
  alice.agent.hangUp(alice.now, call)
  net.drain()
  expect(net.leftovers()).toSatisfy(zeros)
  const sent = net.sent.length
  late()
  expect(net.sent).toHaveLength(sent)
})
