/** What a call repeats although its transport loses nothing. RFC 3261 §13.3.1.4. */
import { expect, test } from 'vitest'
import { Net, type Party, type Script, sdp } from './net.ts'

const answers: Script = (output, { agent, now }) => {
  if (output.kind === 'incoming') agent.answer(now, output.call, { description: sdp('bob') })
}

/** A call over `transport` whose ACKs are lost for so long, somewhere beyond the next hop. */
function called(
  transport: 'TCP' | 'TLS' | 'WSS',
  losesAcksUntil: number,
): { net: Net; alice: Party; bob: Party; at: (what: string) => number[] } {
  const net = new Net({ transport, delayMs: 0 })
  const alice = net.party('alice')
  const bob = net.party('bob', answers)
  net.drop = message => message.kind === 'request' && message.method === 'ACK' && net.now < losesAcksUntil
  net.call(alice, bob)
  const at = (what: string): number[] =>
    net.sent.flatMap(sent => ((sent.message.kind === 'request' ? sent.message.method : `${sent.message.status}`) === what ? [sent.at] : []))
  return { net, alice, bob, at }
}

test.each(['TCP', 'TLS', 'WSS'] as const)('over %s, too, a 2xx comes again until its ACK does (RFC 3261 §13.3.1.4)', transport => {
  const { net, bob, at } = called(transport, 5000)
  net.advance(31_000)
  expect(at('200')).toEqual([0, 500, 1500, 3500, 7500])
  expect(at('ACK')).toEqual([0, 500, 1500, 3500, 7500])
  expect(at('INVITE')).toEqual([0])
  expect(bob.of('ended')).toEqual([])
})

test('over TCP, too, a call without ACK ends with BYE after 64*T1 (RFC 3261 §13.3.1.4)', () => {
  const { net, alice, bob, at } = called('TCP', Number.POSITIVE_INFINITY)
  net.advance(31_999)
  expect(at('BYE')).toEqual([])
  net.advance(1)
  expect(at('BYE')).toEqual([32_000])
  expect([alice, bob].map(party => party.of('ended').length)).toEqual([1, 1])
  expect(net.leftovers().every(each => each === 0)).toBe(true)
})
