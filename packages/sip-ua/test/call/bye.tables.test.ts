/** A BYE, and hanging up, in every state of a call. RFC 3261 §15. */
import { expect, test } from 'vitest'
import type { CallState } from '../../src/call/index.ts'
import { Net, type Party, sdp } from './net.ts'

/** Brings a call into a state: who is in it, and how. */
const WAYS: readonly (readonly [CallState, 'alice' | 'bob', (net: Net, alice: Party, bob: Party) => void])[] = [
  [
    'calling',
    'alice',
    net => {
      net.drop = () => true
    },
  ],
  ['early', 'alice', (_, __, bob) => ring(bob)],
  ['acknowledging', 'alice', (_, __, bob) => answer(bob)],
  [
    'cancelling',
    'alice',
    (net, alice, bob) => {
      ring(bob)
      net.drain()
      net.advance(50)
      net.drop = () => true
      alice.agent.hangUp(alice.now, first(alice))
    },
  ],
  ['incoming', 'bob', () => {}],
  ['ringing', 'bob', (_, __, bob) => ring(bob)],
  [
    'holding',
    'bob',
    (net, _, bob) => {
      net.drop = message => message.kind === 'request' && message.method === 'PRACK'
      ring(bob, 'early')
      answer(bob)
    },
  ],
  ['answered', 'bob', (_, __, bob) => answer(bob)],
  [
    'leaving',
    'bob',
    (net, _, bob) => {
      answer(bob)
      net.drain()
      net.advance(50)
      bob.agent.hangUp(bob.now, first(bob))
    },
  ],
  ['confirmed', 'bob', (net, alice, bob) => confirm(net, alice, bob)],
  ['confirmed', 'alice', (net, alice, bob) => confirm(net, alice, bob)],
  [
    'ending',
    'alice',
    (net, alice, bob) => {
      confirm(net, alice, bob)
      net.drop = () => true
      alice.agent.hangUp(alice.now, first(alice))
    },
  ],
]

const first = (party: Party): string => party.net.names(party)[0]!
const ring = (bob: Party, early?: string): unknown =>
  bob.agent.ring(bob.now, first(bob), 183, early === undefined ? {} : { description: sdp(early) })
const answer = (bob: Party): unknown => bob.agent.answer(bob.now, first(bob), { description: sdp('bob') })
function confirm(net: Net, alice: Party, bob: Party): void {
  answer(bob)
  net.drain()
  net.advance(50)
  alice.agent.answerOffer(alice.now, first(alice), sdp('alice'))
  net.drain()
  net.advance(50)
}

function inState([state, who, act]: (typeof WAYS)[number]): { net: Net; party: Party; id: string } {
  const net = new Net()
  const [alice, bob] = [net.party('alice'), net.party('bob')]
  net.call(alice, bob, {})
  net.advance(50)
  act(net, alice, bob)
  net.drain()
  net.advance(50)
  const party = who === 'alice' ? alice : bob
  expect(party.agent.find(first(party))?.state).toBe(state)
  return { net, party, id: first(party) }
}

/** From its peer, as an agent that has lost its state might send it. */
function bye(party: Party, id: string): string {
  const call = party.agent.find(id)!
  const { callId, localTag, chosen = call.dialogs[0]?.dialog.remoteTag ?? 'nobody' } = call
  return [
    `BYE sip:${party.name}@${party.host} SIP/2.0`,
    'Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKbye',
    'Max-Forwards: 70',
    `From: <sip:peer@peer.test>;tag=${chosen}`,
    `To: <sip:${party.name}@${party.name}.test>;tag=${localTag}`,
    `Call-ID: ${callId}`,
    'CSeq: 99 BYE',
    '',
    '',
  ].join('\r\n')
}

/** Where only one side may send a BYE, or there is no dialog yet. */
const NOT_OVER: ReadonlySet<CallState> = new Set(['calling', 'early', 'cancelling'])

test.each(WAYS)('a BYE that comes in %s of %s is answered, and ends what it may end (RFC 3261 §15)', (...way) => {
  const { net, party, id } = inState(way)
  net.drop = () => false
  net.inject(party, bye(party, id), '192.0.2.9')
  const answers = net.sent.flatMap(({ message }) =>
    message.kind === 'response' && message.headers.raw('CSeq')[0] === '99 BYE' ? [message.status] : [],
  )
  expect(answers).toEqual([way[0] === 'calling' ? 481 : 200])
  expect(party.of('ended')).toHaveLength(NOT_OVER.has(way[0]) ? 0 : 1)
})

test.each(WAYS)('hanging up in %s of %s ends the call for both, once, and leaves nothing (RFC 3261 §15.1.1)', (...way) => {
  const { net, party, id } = inState(way)
  net.drop = () => false
  party.agent.hangUp(party.now, id)
  net.drain()
  expect(net.leftovers().every(each => each === 0)).toBe(true)
  for (const each of net.parties)
    expect([each.name, each.of('ended').length]).toEqual([each.name, each.of('incoming').length + (each.name === 'alice' ? 1 : 0)])
  expect(party.agent.hangUp(party.now, id)).toBe(false)
})
