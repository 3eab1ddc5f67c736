/** The session of a call: what counts, what is refused, what stays. RFC 3262 §5, RFC 6141 §3, RFC 3261 §13.2.1, RFC 6337 §2.2. */
import { type MessageEdit, RSeq, type SipRequest } from '@strowger/sip-parser'
import type { ServerTransaction } from '@strowger/sip-transaction'
import { expect, test } from 'vitest'
import { Net, type Party, type Script, sdp, word } from './net.ts'
import { respond } from './stub.ts'

const answers: Script = (output, { agent, now }) => {
  if (output.kind === 'incoming') agent.answer(now, output.call, { description: sdp('bob') })
  if (output.kind === 'offer') agent.answerOffer(now, output.call, sdp(`for ${word(output.offer)}`))
}
const zeros = (each: readonly number[]): boolean => each.every(value => value === 0)
const describe = (text: string) => (edit: MessageEdit) => edit.body('application/sdp', sdp(text))

/** Takes every request itself and answers by hand; keeps the server transactions by method, newest last. */
function byHand(
  party: Party,
  act: (request: SipRequest, say: (status: number, fill?: (edit: MessageEdit) => unknown) => void) => void,
): void {
  party.core = output => {
    if (output.kind !== 'request') return false
    const { request } = output.incoming
    if (request.method === 'ACK') return true
    const transaction: ServerTransaction = party.layer.accept(party.now, output.incoming)
    act(request, (status, fill) => party.layer.respond(party.now, transaction, respond(request, status, fill)))
    return true
  }
}
const reliably = (rseq: number, text: string) => (edit: MessageEdit) =>
  describe(text)(edit.raw('Require', '100rel').append(RSeq, rseq).raw('Allow', 'INVITE, ACK, BYE, PRACK, UPDATE'))

/** A call whose re-INVITE is answered in a reliable 183, acknowledged, and then refused. */
function refusedAfterAll(status: number): { net: Net; alice: Party; call: string } {
  const net = new Net()
  const [alice, bob] = [net.party('alice'), net.party('bob')]
  let [invites, refuse] = [0, () => {}]
  byHand(bob, (request, say) => {
    if (request.method === 'INVITE' && ++invites === 1) return say(200, describe('bob'))
    if (request.method === 'INVITE') {
      refuse = () => say(status)
      return say(183, reliably(7, 'bob, too'))
    }
    say(200, request.method === 'UPDATE' ? describe('bob, too') : undefined)
    if (request.method === 'PRACK') refuse()
  })
  const call = net.call(alice, bob)
  net.advance(1000)
  alice.agent.offer(alice.now, call, sdp('with video'))
  net.drain()
  net.advance(2000)
  return { net, alice, call }
}

test('what a reliable 1xx settled inside a re-INVITE stays when that is refused, and is said once more (RFC 6141 §3.4)', () => {
  const { net, alice, call } = refusedAfterAll(504)
  expect(alice.of('offer refused')).toMatchObject([{ status: 504 }])
  expect([word(alice.agent.session(call).local), word(alice.agent.session(call).remote)]).toEqual(['with video', 'bob, too'])
  expect(net.flow()).toMatch(/183 PRACK 200 504 ACK UPDATE 200$/)
  expect(alice.of('answer').map(({ answer }) => word(answer))).toEqual(['bob', 'bob, too'])
})

test('a refusal that ends the call is followed by a BYE and no more offers (RFC 6141 §3.4, RFC 5057 §5.1)', () => {
  const { net } = refusedAfterAll(481)
  expect(net.flow()).toMatch(/183 PRACK 200 481 ACK BYE 200$/)
  expect(net.leftovers()).toSatisfy(zeros)
})

test('a re-INVITE may be previewed in a 183 that is not reliable; a refusal takes that back (RFC 6337 §3.1.1, RFC 3261 §14.1)', () => {
  const net = new Net()
  const [alice, bob] = [net.party('alice'), net.party('bob')]
  let invites = 0
  byHand(bob, (request, say) => {
    if (request.method !== 'INVITE' || ++invites === 1) return say(200, describe('bob'))
    say(183, describe('bob, perhaps'))
    say(488)
  })
  const call = net.call(alice, bob)
  net.advance(1000)
  alice.agent.offer(alice.now, call, sdp('more'))
  net.drain()
  net.advance(1000)
  expect(alice.of('answer').map(({ answer, early }) => [word(answer), early])).toEqual([
    ['bob', false],
    ['bob, perhaps', true],
  ])
  expect([word(alice.agent.session(call).local), word(alice.agent.session(call).remote)]).toEqual(['offer', 'bob'])
  expect(alice.agent.offer(alice.now, call, sdp('again'))).toBe(true)
})

test('a 2xx that leaves our offer without an answer gets its ACK and a BYE (RFC 3261 §13.2.1)', () => {
  const net = new Net()
  const [alice, bob] = [net.party('alice'), net.party('bob')]
  byHand(bob, (_, say) => say(200))
  net.call(alice, bob)
  net.advance(1000)
  expect(net.flow()).toBe('INVITE 200 ACK BYE 200')
  expect(alice.kinds()).toEqual(['answered', 'ended'])
  expect(alice.of('ended')).toMatchObject([{ by: 'network', cause: 'no answer in the 2xx' }])
})

test('a 2xx without an answer means what its 183 has shown (RFC 3261 §13.2.1)', () => {
  const net = new Net()
  const [alice, bob] = [net.party('alice'), net.party('bob')]
  byHand(bob, (request, say) => {
    if (request.method === 'INVITE') say(183, describe('early'))
    say(200)
  })
  const call = net.call(alice, bob)
  net.advance(1000)
  expect(alice.kinds()).toEqual(['answer', 'progress', 'answer', 'answered', 'confirmed'])
  expect(word(alice.agent.session(call).remote)).toBe('early')
})

test('an ACK that leaves our offer without an answer ends the call (RFC 3261 §13.2.1)', () => {
  const net = new Net()
  const [alice, bob] = [net.party('alice'), net.party('bob', answers)]
  net.tap = (message, to) => {
    if (to !== alice || message.kind !== 'response' || message.status !== 200 || net.flow().includes('ACK')) return
    const lines = ['Via', 'From', 'To', 'Call-ID'].map(name => `${name}: ${message.headers.raw(name)[0]}`)
    net.inject(bob, ['ACK sip:bob@192.0.2.2 SIP/2.0', ...lines, 'CSeq: 1 ACK', 'Max-Forwards: 70', '', ''].join('\r\n'), alice.host)
  }
  net.call(alice, bob, {})
  net.advance(1000)
  expect(bob.of('ended')).toMatchObject([{ by: 'network', cause: 'no answer in the ACK' }])
})

test('neither side describing anything is no reason to hang up (RFC 3261 §13.3.1)', () => {
  const net = new Net()
  const [alice, bob] = [
    net.party('alice'),
    net.party('bob', (output, { agent, now }) => void (output.kind === 'incoming' && agent.answer(now, output.call))),
  ]
  const call = net.call(alice, bob, {})
  net.advance(1000)
  expect([alice.agent.find(call)?.state, bob.agent.find(bob.calls[0]!)?.state]).toEqual(['confirmed', 'confirmed'])
  alice.agent.offer(alice.now, call, sdp('now'))
  bob.script = answers
  net.drain()
  net.advance(1000)
  expect(word(alice.agent.session(call).remote)).toBe('for now')
})

test('a PRACK without the answer it owes is refused with 400, and the 1xx goes on (RFC 3262 §5)', () => {
  const net = new Net()
  const [alice, bob] = [
    net.party('alice'),
    net.party(
      'bob',
      (output, { agent, now }) =>
        void (output.kind === 'incoming' && agent.ring(now, output.call, 183, { description: sdp('bob offers') })),
    ),
  ]
  net.tap = (message, to) => {
    if (to !== alice || message.kind !== 'response' || message.status !== 183 || net.flow().includes('PRACK')) return
    const lines = ['From', 'To', 'Call-ID'].map(name => `${name}: ${message.headers.raw(name)[0]}`)
    const rack = `RAck: ${message.headers.get(RSeq)} 1 INVITE`
    const via = 'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKforgetful'
    net.inject(
      bob,
      ['PRACK sip:bob@192.0.2.2 SIP/2.0', via, ...lines, 'CSeq: 2 PRACK', rack, 'Max-Forwards: 70', '', ''].join('\r\n'),
      alice.host,
    )
  }
  alice.script = (output, { agent }) =>
    void (output.kind === 'offer' && net.after(700, () => void agent.answerOffer(net.now, output.call, sdp('at last'))))
  net.call(alice, bob, {})
  net.advance(3000)
  expect(net.flow()).toContain('400')
  expect(bob.of('answer').map(({ answer }) => word(answer))).toEqual(['at last'])
})

test('a description that says nothing new is left out of a second reliable 1xx and of the 2xx (RFC 3262 §5, RFC 6337 §2.2)', () => {
  const net = new Net()
  const [alice, bob] = [
    net.party('alice'),
    net.party('bob', (output, { agent, now }) => {
      if (output.kind !== 'incoming') return
      agent.ring(now, output.call, 183, { description: sdp('bob') })
      agent.ring(now, output.call, 183, { description: sdp('bob, changed') })
      net.after(500, () => void agent.answer(net.now, output.call, { description: sdp('bob, changed') }))
    }),
  ]
  const call = net.call(alice, bob)
  net.advance(2000)
  const bodies = net.sent.flatMap(({ message }) => (message.kind === 'response' && message.body.length > 0 ? [word(message.body)] : []))
  expect(bodies).toEqual(['bob'])
  expect(alice.agent.find(call)?.state).toBe('confirmed')
})

test('while their UPDATE waits for the user, the call may be answered without a description (RFC 3311 §5.2)', () => {
  const net = new Net()
  const [alice, bob] = [
    net.party('alice'),
    net.party(
      'bob',
      (output, { agent, now }) => void (output.kind === 'incoming' && agent.ring(now, output.call, 183, { description: sdp('bob') })),
    ),
  ]
  const call = net.call(alice, bob)
  net.advance(500)
  expect(alice.agent.offer(alice.now, call, sdp('more'))).toBe(true)
  net.drain()
  net.advance(500)
  expect(bob.agent.answer(bob.now, bob.calls[0]!)).toBe(true)
  net.drain()
  net.advance(500)
  expect(bob.agent.answerOffer(bob.now, bob.calls[0]!, sdp('bob, more'))).toBe(true)
  net.drain()
  net.advance(500)
  expect([alice.agent.find(call)?.state, word(alice.agent.session(call).remote)]).toEqual(['confirmed', 'bob, more'])
})

const rings183: Script = (output, { agent, net }) => {
  if (output.kind === 'incoming') agent.ring(net.now, output.call, 183, { description: sdp('bob') })
}

test('our PRACK may bring another offer, which its 200 answers (RFC 3262 §5, RFC 6337 §2.2)', () => {
  const net = new Net()
  const alice = net.party(
    'alice',
    (output, { agent, now }) => {
      if (output.kind === 'progress' && output.prack) expect(agent.prack(now, output.call, { description: sdp('alice 2') })).toBe(true)
    },
    { pracks: 'by verb' },
  )
  const bob = net.party('bob', (output, party) => {
    rings183(output, party)
    if (output.kind === 'offer') party.agent.answerOffer(party.now, output.call, sdp(`for ${word(output.offer)}`))
  })
  const call = net.call(alice, bob)
  net.advance(1000)
  expect(net.flow()).toBe('INVITE 183 PRACK 200')
  expect([word(alice.agent.session(call).local), word(alice.agent.session(call).remote)]).toEqual(['alice 2', 'for alice 2'])
  bob.agent.answer(bob.now, bob.calls[0]!)
  net.drain()
  net.advance(1000)
  expect(alice.agent.find(call)?.state).toBe('confirmed')
  expect(alice.agent.prack(alice.now, call)).toBe(false)
})

test('a PRACK whose offer is refused leaves what was agreed before (RFC 3262 §5)', () => {
  const net = new Net()
  const alice = net.party('alice', () => {}, { pracks: 'by verb' })
  const bob = net.party('bob', (output, party) => {
    rings183(output, party)
    if (output.kind === 'offer') party.agent.refuseOffer(party.now, output.call)
  })
  const call = net.call(alice, bob)
  net.after(700, () => void alice.agent.prack(alice.now, call, { description: sdp('alice 2') }))
  net.advance(2000)
  expect(net.flow()).toBe('INVITE 183 183 PRACK 488')
  expect(alice.of('offer refused')).toMatchObject([{ status: 488 }])
  expect([word(alice.agent.session(call).local), word(bob.agent.session(bob.calls[0]!).remote)]).toEqual(['offer', 'offer'])
  bob.agent.answer(bob.now, bob.calls[0]!)
  net.drain()
  net.advance(1000)
  expect(alice.agent.find(call)?.state).toBe('confirmed')
})

test('a held PRACK may go out with nothing in it (RFC 3262 §4)', () => {
  const net = new Net()
  const alice = net.party(
    'alice',
    (output, { agent, now }) => void (output.kind === 'progress' && output.prack && agent.prack(now, output.call)),
    {
      pracks: 'by verb',
    },
  )
  net.call(alice, net.party('bob', rings183))
  net.advance(1000)
  expect(net.flow()).toBe('INVITE 183 PRACK 200')
})

test('whoever offers hears the answer, be it the one of before (RFC 3264 §8)', () => {
  const net = new Net()
  const same: Script = (output, { agent, now }) => {
    if (output.kind === 'incoming') agent.answer(now, output.call, { description: sdp('bob') })
    if (output.kind === 'offer') agent.answerOffer(now, output.call, sdp('bob'))
  }
  const [alice, bob] = [net.party('alice'), net.party('bob', same)]
  const call = net.call(alice, bob)
  net.advance(1000)
  for (const [i, by] of (['INVITE', 'UPDATE'] as const).entries()) {
    alice.agent.offer(alice.now, call, sdp('alice'), { by })
    net.drain()
    net.advance(1000)
    expect(alice.of('answer').map(({ answer }) => word(answer))).toEqual(Array.from({ length: i + 2 }, () => 'bob'))
  }
})
