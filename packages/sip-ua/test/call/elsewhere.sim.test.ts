/** The same request by another way when one has failed, on a simulated network. RFC 3263 §4.3. */
import type { SipRequest } from '@strowger/sip-parser'
import { expect, test } from 'vitest'
import { Net, type Party, type Script, sdp, word } from './net.ts'
import { stub } from './stub.ts'

const answering =
  (text: string, afterMs = 0): Script =>
  (output, { agent, net }) => {
    if (output.kind === 'incoming') net.after(afterMs, () => void agent.answer(net.now, output.call, { description: sdp(text) }))
  }
const zeros = (each: readonly number[]): boolean => each.every(value => value === 0)
/** An hour later, of those who have heard how it ended. */
const leftWith = (net: Net, ...parties: readonly Party[]): number[] => {
  net.leftovers()
  return parties.flatMap(({ layer, agent }) => [...Object.values(layer.counts()), ...Object.values(agent.counts())])
}

/** Bob's domain has a second server, carol. */
function three(bob: Script = () => {}): { net: Net; alice: Party; bob: Party; carol: Party } {
  const net = new Net({ seed: 5 })
  const alice = net.party('alice', () => {}, {
    elsewhere: (_uri, tried) => (tried.length === 1 ? { ...tried[0]!, remote: { address: '192.0.2.3', port: 5060 } } : undefined),
  })
  return { net, alice, bob: net.party('bob', bob), carol: net.party('carol', answering('carol')) }
}

const requestsTo = (net: Net, host: string, method: string): readonly SipRequest[] =>
  net.sent.flatMap(({ to, message }) => (to === host && message.kind === 'request' && message.method === method ? [message] : []))

test.each([503, 0])(
  'an INVITE that gets %s goes to the next server, as a new transaction and otherwise the same (RFC 3263 §4.3)',
  status => {
    const { net, alice, bob, carol } = three()
    stub(bob, ({ method }) => (method === 'INVITE' ? status : undefined))
    if (status === 0) net.drop = (_message, from) => from === 'bob'
    const call = net.call(alice, bob)
    net.advance(40_000)
    expect(word(alice.agent.session(call).remote)).toBe('carol')
    const [first, second] = [bob, carol].map(({ host }) => requestsTo(net, host, 'INVITE')[0])
    for (const name of ['Call-ID', 'CSeq', 'From', 'To', 'Contact']) expect(second!.headers.raw(name)).toEqual(first!.headers.raw(name))
    expect(second!.headers.raw('Via')).not.toEqual(first!.headers.raw('Via'))
    expect(alice.of('ended')).toEqual([])
    alice.agent.hangUp(alice.now, call)
    expect(leftWith(net, alice, carol)).toSatisfy(zeros)
  },
)

test('when the last one has failed as well the call ends with that', () => {
  const { net, alice, bob, carol } = three()
  stub(bob, () => 503)
  stub(carol, () => 503)
  net.call(alice, bob)
  net.advance(5000)
  expect(alice.of('ended')).toMatchObject([{ by: 'them', status: 503 }])
  expect(net.leftovers()).toSatisfy(zeros)
})

test('any other refusal is the answer: nobody else is asked', () => {
  const { net, alice, bob, carol } = three()
  stub(bob, () => 486)
  net.call(alice, bob)
  net.advance(5000)
  expect(alice.of('ended')).toMatchObject([{ status: 486 }])
  expect(requestsTo(net, carol.host, 'INVITE')).toEqual([])
})

test('a phone that answers when its server was given up gets ACK and BYE; the call stays with the other (RFC 3261 §13.2.2.4)', () => {
  const { net, alice, bob } = three(answering('bob', 10_000))
  net.drop = (_message, from) => from === 'bob' && net.now < 33_000
  const call = net.call(alice, bob)
  net.advance(45_000)
  expect(word(alice.agent.session(call).remote)).toBe('carol')
  expect(requestsTo(net, bob.host, 'ACK').length).toBeGreaterThan(0)
  expect(requestsTo(net, bob.host, 'BYE').length).toBeGreaterThan(0)
  expect(bob.of('ended')).toHaveLength(1)
  alice.agent.hangUp(alice.now, call)
  expect(net.leftovers()).toSatisfy(zeros)
})

test('a call that was hung up meanwhile is not sent anywhere else', () => {
  const { net, alice, bob, carol } = three()
  stub(bob, ({ method }) => (method === 'INVITE' ? 0 : undefined))
  net.drop = (_message, from) => from === 'bob'
  const call = net.call(alice, bob)
  net.advance(1000)
  alice.agent.hangUp(alice.now, call)
  net.advance(60_000)
  expect(requestsTo(net, carol.host, 'INVITE')).toEqual([])
  expect(leftWith(net, alice, carol)).toSatisfy(zeros)
})
