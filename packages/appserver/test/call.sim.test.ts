/** Every way a call between two extensions can go, in virtual time; after each, nothing is left. */
import { describe, expect, test } from 'vitest'
import { scene } from './scene.ts'

const { network, placed, up } = scene()

describe('set-up', () => {
  test('rings, is answered, and is hung up by the caller (RFC 3261 §13, §15)', () => {
    const { net, alice, bob } = placed()
    bob.ring()
    net.advance(100)
    bob.answer()
    net.advance(1000)
    expect(alice.heard).toEqual(['180', '200 [answer of b]'])
    expect(bob.acks).toEqual([''])
    alice.send('BYE', '', edit => edit.raw('Reason', 'Q.850;cause=16'))
    net.advance(1000)
    expect(alice.last).toBe('200')
    expect(bob.asked).toEqual(['BYE'])
    expect(bob.requests[0]!.headers.raw('Reason')).toEqual(['Q.850;cause=16'])
    expect(net.facts().map(fact => (fact as { kind: string }).kind)).toEqual(['attempt', 'ringing', 'answer', 'end'])
    expect(net.facts('attempt')).toMatchObject([
      { tenant: net.tenant, caller: '101', callee: '102', direction: 'internal', user: net.userId('alice') },
    ])
    expect(net.facts('end')).toMatchObject([{ by: 'caller', status: 200 }])
  })

  test('is hung up by the called side', () => {
    const { net, alice, bob } = up()
    bob.send('BYE')
    net.advance(1000)
    expect(bob.last).toBe('200')
    expect(alice.asked).toEqual(['BYE'])
    expect(net.facts('end')).toMatchObject([{ by: 'callee', status: 200 }])
  })

  test('the second leg is a dialog of our own: another Call-ID in the same shard, our caller identity, one hop less', () => {
    const { alice, bob } = placed()
    const text = new TextDecoder().decode(bob.request.wire)
    expect(text).toMatch(/^INVITE sip:bob@demo.localhost SIP\/2.0/)
    expect(text).toContain('From: "alice" <sip:101@demo.localhost>')
    expect(text).toContain('Route: <sip:192.0.2.1:5060;lr>')
    expect(text).toContain('Max-Forwards: 69')
    expect(text).toContain(`Contact: <sip:${alice.call}@192.0.2.10:6060>`)
    expect(text).not.toContain('+34600000000')
    expect(text).not.toContain('192.0.2.1:5060;branch')
    alice.cancel()
  })

  test('several phones ring and one answers: the caller sees one dialog, the last SDP wins (RFC 3261 §12.1)', () => {
    const { net, alice, bob } = placed()
    bob.ring(180, '', 'fork1')
    bob.ring(183, 'early of two', 'fork2')
    net.advance(100)
    bob.answer('answer of one', 'fork1')
    net.advance(1000)
    expect(alice.heard).toEqual(['180', '183 [early of two]', '200 [answer of one]'])
    const tags = net.trace
      .filter(({ to, message }) => to === 'users' && message.kind === 'response')
      .map(({ message }) => /To:.*tag=(\w+)/.exec(new TextDecoder().decode(message.wire))![1])
    expect(new Set(tags).size).toBe(1)
    alice.send('BYE')
  })

  test('a second answer from another phone is acknowledged and hung up (RFC 3261 §13.2.2.4)', () => {
    const { net, alice, bob } = placed()
    bob.answer('first', 'fork1')
    const winner = bob.dialog
    bob.answer('second', 'fork2')
    net.advance(1000)
    expect(alice.heard).toEqual(['200 [first]'])
    expect(bob.acks).toHaveLength(2)
    expect(bob.asked).toEqual(['BYE'])
    expect(bob.requests[0]!.headers.raw('To')[0]).toContain('fork2')
    bob.dialog = winner
    alice.send('BYE')
    net.advance(1000)
    expect(bob.asked).toEqual(['BYE', 'BYE'])
  })

  test('an answer that stood in the 183 is given again in a 200 without one', () => {
    const { net, alice, bob } = placed()
    bob.ring(183, 'early')
    bob.answer('')
    net.advance(1000)
    expect(alice.heard).toEqual(['183 [early]', '200 [early]'])
    alice.send('BYE')
  })

  test('an INVITE without SDP gets the offer in the 200 and answers in the ACK (RFC 3264 §4)', () => {
    const net = network()
    const alice = net.users.call('102', { sdp: '' })
    alice.ackWith = 'answer of a'
    net.advance(100)
    const bob = net.users.called[0]!
    expect(bob.request.body).toHaveLength(0)
    bob.answer('offer of b')
    net.advance(1000)
    expect(alice.heard).toEqual(['200 [offer of b]'])
    expect(bob.acks).toEqual(['answer of a'])
    alice.send('BYE')
  })

  test('a long ringing is told again every minute (RFC 3261 §13.3.1.1)', () => {
    const { net, alice, bob } = placed({ noAnswerMs: 200_000 })
    bob.ring()
    net.advance(130_000)
    expect(alice.heard).toEqual(['180', '180', '180'])
    alice.cancel()
  })
})

describe('refusals', () => {
  test.each([
    [486, '486'],
    [603, '603'],
    [480, '480'],
    [404, '404'],
    [600, '600'],
    [604, '604'],
    [606, '606'],
    [488, '488'],
    [408, '480'],
    [401, '480'],
    [407, '480'],
    [302, '480'],
    [487, '480'],
    [500, '500'],
    [503, '503'],
  ])('%i of the called side is %s to the caller, and no credentials are given', (status, heard) => {
    const { net, alice, bob } = placed()
    bob.refuse(status, edit => edit.raw('WWW-Authenticate', 'Digest realm="x", nonce="y"').raw('Warning', '399 10.0.0.9 "x"'))
    net.advance(1000)
    expect(alice.heard).toEqual([heard])
    expect(net.users.called).toHaveLength(1)
    expect(net.facts('end')).toMatchObject([{ status: Number(heard) }])
    const answers = net.trace.filter(({ to, message }) => to === 'users' && message.kind === 'response')
    for (const { message } of answers) expect(new TextDecoder().decode(message.wire)).not.toMatch(/Digest|10\.0\.0\.9/)
  })

  test.each([
    [401, '503'],
    [407, '503'],
    [500, '503'],
    [503, '503'],
    [502, '502'],
    [486, '486'],
    [408, '480'],
  ])('%i of a carrier is %s to the caller', (status, heard) => {
    const net = network()
    const alice = net.users.call('+34911111111')
    net.advance(100)
    net.trunks.called[0]!.refuse(status)
    net.advance(1000)
    expect(alice.heard).toEqual([heard])
    expect(net.trunks.called).toHaveLength(1)
  })

  test('nobody answers within the time: the phone is cancelled and the caller gets 480', () => {
    const { net, alice, bob } = placed({ noAnswerMs: 20_000 })
    bob.ring()
    net.advance(21_000)
    expect(alice.heard).toEqual(['180', '480'])
    expect(bob.asked).toEqual(['CANCEL'])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 480, cause: 'no answer' }])
  })

  test('the users proxy says nothing at all: 480 after 64*T1 (RFC 3261 §17.1.1.2)', () => {
    const net = network()
    net.drop = (message, to) => to === 'users' && message.kind === 'request'
    const alice = net.users.call('102')
    net.advance(40_000)
    expect(alice.heard).toEqual(['480'])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 480, cause: 'no response' }])
  })
})

describe('CANCEL', () => {
  test('of the caller stops the ringing: 487 (RFC 3261 §9)', () => {
    const { net, alice, bob } = placed()
    bob.ring()
    net.advance(100)
    alice.cancel()
    net.advance(1000)
    expect(alice.heard).toEqual(['180', '487'])
    expect(bob.asked).toEqual(['CANCEL'])
    expect(net.facts('end')).toMatchObject([{ by: 'caller', status: 487, cause: 'cancelled' }])
  })

  test('before any 1xx of the called side waits for one (RFC 3261 §9.1)', () => {
    const { net, alice, bob } = placed()
    net.advance(300)
    alice.cancel()
    net.advance(5000)
    expect(alice.heard).toEqual(['487'])
    expect(bob.asked).toEqual(['CANCEL'])
  })

  test('that crosses the 200: the phone is acknowledged and hung up (RFC 3261 §9.1)', () => {
    const { net, alice, bob } = placed()
    bob.ring()
    net.advance(100)
    bob.obeysCancel = false
    alice.cancel()
    net.advance(15)
    bob.answer()
    net.advance(1000)
    expect(alice.heard).toEqual(['180', '487'])
    expect(bob.acks).toEqual([''])
    expect(bob.asked.filter(method => method === 'BYE')).toEqual(['BYE'])
    expect(net.facts().map(fact => (fact as { kind: string }).kind)).not.toContain('answer')
  })

  test('that comes after our 200 has no effect (RFC 3261 §9.2)', () => {
    const { net, alice, bob } = placed()
    bob.ring()
    net.advance(100)
    bob.answer()
    net.advance(12)
    alice.cancel()
    net.advance(1000)
    expect(alice.heard).toEqual(['180', '200 [answer of b]'])
    expect(bob.asked).toEqual([])
    alice.send('BYE')
  })

  test('nobody answers it: the leg is over after 64*T1 (RFC 3261 §9.1)', () => {
    const { net, alice, bob } = placed()
    bob.ring()
    bob.obeysCancel = false
    net.advance(100)
    alice.cancel()
    net.advance(10)
    expect(net.calls.counts().calls).toBe(1)
  })

  test('a BYE of the caller in its early dialog does the same (RFC 3261 §15)', () => {
    const { net, alice, bob } = placed()
    bob.ring()
    net.advance(100)
    const ringing = net.trace.find(({ to, message }) => to === 'users' && message.kind === 'response' && message.status === 180)!
    alice.early(ringing.message)
    alice.send('BYE')
    net.advance(1000)
    expect(alice.heard).toEqual(['180', '487', '200'])
    expect(bob.asked).toEqual(['CANCEL'])
  })
})

describe('an answer without its ACK', () => {
  test('is repeated until the ACK comes (RFC 3261 §13.3.1.4)', () => {
    const { net, alice, bob } = placed()
    let lost = 0
    net.drop = (message, to) => to === 'appserver' && message.kind === 'request' && message.method === 'ACK' && lost++ < 3
    bob.answer()
    net.advance(5000)
    expect(bob.acks).toEqual([''])
    expect(net.calls.find(alice.call)).toMatchObject({ a: { state: 'up' }, b: { state: 'up' } })
    alice.send('BYE')
  })

  test('is given up after 64*T1: BYE to both (RFC 3261 §13.3.1.4)', () => {
    const { net, alice, bob } = placed()
    alice.ackWith = undefined
    bob.answer()
    net.advance(40_000)
    expect(alice.asked).toEqual(['BYE'])
    expect(bob.asked).toEqual(['BYE'])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 200, cause: 'no ACK' }])
  })

  test('of the caller, and the called side hangs up meanwhile: the BYE to the caller waits for the ACK (RFC 3261 §15)', () => {
    const { net, alice, bob } = placed()
    alice.ackWith = undefined
    bob.answer()
    net.advance(100)
    bob.send('BYE')
    net.advance(1000)
    expect(bob.last).toBe('200')
    expect(alice.asked).toEqual([])
    expect(net.calls.find(alice.call)).toMatchObject({ a: { state: 'leaving' } })
    net.advance(40_000)
    expect(alice.asked).toEqual(['BYE'])
  })

  test('our own ACK is lost: it is sent again with each 200 (RFC 3261 §13.2.2.4)', () => {
    const { net, bob } = placed()
    let lost = 0
    net.drop = (message, to) => to === 'users' && message.kind === 'request' && message.method === 'ACK' && lost++ < 2
    bob.answer()
    net.advance(5000)
    expect(bob.acks).toEqual([''])
    bob.send('BYE')
  })
})

describe('time and trouble', () => {
  test('a call has a longest duration', () => {
    const { net, alice, bob } = up({ maxCallMs: 5000 })
    net.advance(6000)
    expect([alice.asked, bob.asked]).toEqual([['BYE'], ['BYE']])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 200, cause: 'longest duration reached' }])
  })

  test('both hang up at once (RFC 3261 §15.1.2)', () => {
    const { net, alice, bob } = up()
    alice.send('BYE')
    bob.send('BYE')
    net.advance(2000)
    expect([alice.last, bob.last]).toEqual(['200', '200'])
    expect(net.facts('end')).toHaveLength(1)
  })

  test('a phone that is gone does not keep the call: its BYE times out', () => {
    const { net, alice, bob } = up()
    bob.reply = () => ({ status: 0 })
    alice.send('BYE')
    net.advance(40_000)
    expect(net.calls.counts().calls).toBe(0)
  })

  test('a 2xx that comes when the call is long gone is acknowledged and hung up (RFC 3261 §13.2.2.4)', () => {
    const { net, alice, bob } = placed()
    bob.refuse(486)
    net.advance(40_000)
    expect(alice.heard).toEqual(['486'])
    net.deliver('appserver', net.users.local, bob.late200())
    net.advance(1000)
    expect(bob.acks).toEqual([''])
    expect(bob.asked).toEqual(['BYE'])
  })
})

describe('hostile far ends', () => {
  test('a 200 that makes no dialog does not keep the call for ever (RFC 3261 §12.1.2)', () => {
    const { net, alice, bob } = placed()
    const bytes = new TextEncoder().encode(new TextDecoder().decode(bob.late200()).replace('tag=late', 'tag="a\\\u0000b"'))
    net.deliver('appserver', net.users.local, bytes)
    net.advance(70_000)
    expect(alice.heard).toEqual(['480'])
  })

  test('a display name that nobody could write is left out', () => {
    const net = network()
    const carrier = net.trunks.call('+34910000001')
    net.drop = (message, to) => to === 'appserver' && message.kind === 'request' && message.method === 'INVITE'
    net.advance(5)
    const text = new TextDecoder().decode(carrier.request.wire).replace('Somebody', 'a\\\u0000b')
    net.drop = () => false
    net.deliver('appserver', net.trunks.local, new TextEncoder().encode(text))
    net.advance(100)
    expect(net.users.called[0]!.request.headers.raw('From')[0]).toMatch(/^<sip:\+34600000000@demo.localhost>/)
    carrier.cancel()
  })
})

test('a call is plain data: it survives being written down (design §8.10)', () => {
  const { net, alice } = up()
  const call = net.calls.find(alice.call)
  expect(JSON.parse(JSON.stringify(call))).toEqual(call)
  alice.send('BYE')
})

describe('loss and duplication', () => {
  test.each(Array.from({ length: 25 }, (_, seed) => seed))('with seed %i one INVITE is one call, and it ends', seed => {
    const net = network({ seed, loss: 0.15, duplicate: 0.15 })
    net.users.onInvite = phone => {
      phone.ring()
      net.after(1500, () => phone.answer())
    }
    const alice = net.users.call('102')
    net.advance(20_000)
    expect(net.users.called.length).toBeLessThanOrEqual(1)
    if (alice.dialog?.state === 'confirmed') alice.send('BYE')
    else alice.cancel()
    net.advance(100_000)
    expect(net.facts('attempt').length).toBeLessThanOrEqual(1)
    expect(net.calls.counts().calls).toBe(0)
  })
})
