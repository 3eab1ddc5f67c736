/** Calls as they go when nobody misbehaves, and how they end. RFC 3261 §13, §15. */
import { expect, test } from 'vitest'
import { Net, type Script, sdp, word } from './net.ts'

const answering: Script = (output, { agent, now }) => {
  if (output.kind !== 'incoming') return
  agent.ring(now, output.call)
  agent.answer(now, output.call, { description: sdp('answer') })
}

test('a call is set up, both sides agree on a session, and a BYE ends it (RFC 3261 §13.2.1)', () => {
  const net = new Net()
  const bob = net.party('bob', answering)
  const alice = net.party('alice')
  const call = net.call(alice, bob)
  net.advance(1000)
  expect(alice.agent.find(call)?.state).toBe('confirmed')
  expect(word(alice.agent.session(call).remote)).toBe('answer')
  expect(word(bob.agent.session(bob.calls[0]!).remote)).toBe('offer')
  alice.agent.hangUp(alice.now, call)
  net.drain()
  net.advance(1000)
  expect(bob.of('ended')).toMatchObject([{ by: 'them', status: 200 }])
  expect(alice.of('ended')).toMatchObject([{ by: 'us', status: 200 }])
  expect(net.leftovers().every(each => each === 0)).toBe(true)
})
