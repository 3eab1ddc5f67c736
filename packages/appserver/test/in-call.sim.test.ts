/** What happens inside a call: hold and resume, glare, DTMF, a far end that is gone. RFC 3261 §14, RFC 3311, RFC 6086. */
import { describe, expect, test } from 'vitest'
import type { Phone } from './phone.ts'
import { scene } from './scene.ts'

const { network, up } = scene()

const hangUp = (phone: Phone): void => {
  phone.send('BYE')
  phone.side.net.advance(1000)
  expect(phone.last).toBe('200')
}

describe('re-INVITE', () => {
  test('goes through with its SDP, and the answer and the ACK come back (RFC 3261 §14)', () => {
    const { net, alice, bob } = up()
    alice.send('INVITE', 'hold')
    net.advance(500)
    expect(bob.asked).toEqual(['INVITE [hold]'])
    expect(alice.last).toBe('200 [answer to hold]')
    expect(bob.acks).toEqual(['', ''])
    alice.send('INVITE', 'resume')
    net.advance(500)
    expect(alice.last).toBe('200 [answer to resume]')
    hangUp(alice)
  })

  test('of the called side goes to the caller', () => {
    const { net, alice, bob } = up()
    bob.send('INVITE', 'hold')
    net.advance(500)
    expect(alice.asked).toEqual(['INVITE [hold]'])
    expect(bob.last).toBe('200 [answer to hold]')
    expect(alice.acks).toEqual([''])
    hangUp(bob)
  })

  test('without SDP: the offer comes in the 200, the answer goes in the ACK (RFC 3261 §14.1)', () => {
    const { net, alice, bob } = up()
    bob.reply = () => ({ status: 200, sdp: 'offer of b' })
    alice.ackWith = 'answer of a'
    alice.send('INVITE')
    net.advance(500)
    expect(alice.last).toBe('200 [offer of b]')
    expect(bob.acks.at(-1)).toBe('answer of a')
    bob.reply = () => ({ status: 200 })
    hangUp(alice)
  })

  test('that is refused leaves the call as it was (RFC 3261 §14.1)', () => {
    const { net, alice, bob } = up()
    bob.reply = request => ({ status: request.method === 'INVITE' ? 488 : 200 })
    alice.send('INVITE', 'video')
    net.advance(500)
    expect(alice.last).toBe('488')
    expect(net.calls.find(alice.call)).toMatchObject({ a: { state: 'up' }, b: { state: 'up' } })
    hangUp(alice)
  })

  test('of both sides at once: each gets 491 or its answer, and the call stays (RFC 3261 §14.2)', () => {
    const { net, alice, bob } = up()
    bob.reply = request => ({ status: request.method === 'INVITE' ? 491 : 200 })
    alice.send('INVITE', 'hold of a')
    bob.send('INVITE', 'hold of b')
    net.advance(1000)
    expect([alice.last, bob.last]).toEqual(['491', '491'])
    expect(alice.asked).toEqual([])
    hangUp(bob)
  })

  test('a second one before the first is answered gets 500 with Retry-After (RFC 3261 §14.2)', () => {
    const { net, alice, bob } = up()
    bob.reply = request => ({ status: request.method === 'INVITE' ? 0 : 200 })
    const first = alice.send('INVITE', 'one')
    net.advance(50)
    alice.send('INVITE', 'two')
    net.advance(100)
    expect(alice.last).toBe('500')
    alice.client = first
    alice.cancel()
    net.advance(500)
    expect(alice.heard).toContain('487')
    hangUp(alice)
  })

  test('that is taken back with CANCEL is taken back on the other side (RFC 3261 §9)', () => {
    const { net, alice, bob } = up()
    bob.reply = request => ({ status: request.method === 'INVITE' ? 0 : 200 })
    alice.send('INVITE', 'hold')
    net.advance(100)
    alice.cancel()
    net.advance(1000)
    expect(bob.asked).toEqual(['INVITE [hold]', 'CANCEL'])
    expect(alice.last).toBe('487')
    hangUp(alice)
  })

  test.each([481, 408])('%i means that the far end has lost the call: both get a BYE (RFC 3261 §12.2.1.2)', status => {
    const { net, alice, bob } = up()
    bob.reply = request => ({ status: request.method === 'INVITE' ? status : 200 })
    alice.send('INVITE', 'hold')
    net.advance(1000)
    expect(alice.heard.at(-1)).toBe(String(status))
    expect(alice.asked).toEqual(['BYE'])
    expect(bob.asked).toEqual(['INVITE [hold]', 'BYE'])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 200, cause: 'callee is gone' }])
  })

  test('that nobody answers ends the call', () => {
    const { net, alice, bob } = up()
    net.drop = (message, to) => to === 'users' && message.kind === 'request' && message.method === 'INVITE'
    alice.send('INVITE', 'hold')
    net.advance(40_000)
    expect(alice.asked).toEqual(['BYE'])
    expect(bob.asked).toEqual(['BYE'])
  })

  test('whose 200 is never acknowledged ends the call (RFC 3261 §13.3.1.4)', () => {
    const { net, alice, bob } = up()
    alice.ackWith = undefined
    alice.send('INVITE', 'hold')
    net.advance(40_000)
    expect(alice.asked).toEqual(['BYE'])
    expect(bob.asked).toEqual(['INVITE [hold]', 'BYE'])
    expect(bob.acks).toHaveLength(2)
  })

  test('on its way when the other side hangs up: it is answered 487 and the call ends (RFC 3261 §15.1.2)', () => {
    const { net, alice, bob } = up()
    bob.reply = request => ({ status: request.method === 'INVITE' ? 0 : 200 })
    alice.send('INVITE', 'hold')
    net.advance(100)
    bob.send('BYE')
    net.advance(1000)
    expect(alice.last).toBe('487')
    expect(alice.asked).toEqual(['BYE'])
  })

  test('before the ACK of the first INVITE has come gets 491', () => {
    const { net, alice } = up()
    net.calls.find(alice.call)!.b!.state = 'answered'
    alice.send('INVITE', 'hold')
    net.advance(100)
    expect(alice.last).toBe('491')
    net.calls.find(alice.call)!.b!.state = 'up'
    hangUp(alice)
  })

  test('older than one already seen gets 500, and with a body that is no SDP 415 (RFC 3261 §12.2.2, §8.2.3)', () => {
    const { net, alice } = up()
    alice.send('INVITE', 'video', edit => edit.replaceRaw('Content-Type', 'multipart/mixed;boundary=x'))
    net.advance(100)
    expect(alice.last).toBe('415')
    alice.dialog = { ...alice.dialog!, localSequence: 0 }
    net.calls.find(alice.call)!.a.dialog = { ...net.calls.find(alice.call)!.a.dialog!, remoteSequence: 9 }
    alice.send('INFO')
    net.advance(100)
    expect(alice.last).toBe('500')
    alice.dialog = { ...alice.dialog!, localSequence: 20 }
    hangUp(alice)
  })
})

describe('other requests', () => {
  test('UPDATE with an offer goes through (RFC 3311 §5)', () => {
    const { net, alice, bob } = up()
    bob.send('UPDATE', 'new codec')
    net.advance(500)
    expect(alice.asked).toEqual(['UPDATE [new codec]'])
    expect(bob.last).toBe('200 [answer to new codec]')
    hangUp(alice)
  })

  test('UPDATE that crosses a re-INVITE gets 491 (RFC 3311 §5.2)', () => {
    const { net, alice, bob } = up()
    bob.reply = request => ({ status: request.method === 'INVITE' ? 0 : 200 })
    alice.send('INVITE', 'hold')
    net.advance(100)
    bob.send('UPDATE', 'codec')
    net.advance(100)
    expect(bob.last).toBe('491')
    alice.send('BYE')
  })

  test('INFO with DTMF and MESSAGE go through with their bodies (RFC 6086 §4.2)', () => {
    const { net, alice, bob } = up()
    alice.send('INFO', 'Signal=5')
    net.advance(500)
    expect(bob.asked).toEqual(['INFO [Signal=5]'])
    expect(bob.requests[0]!.headers.raw('Content-Type')).toEqual(['application/dtmf-relay'])
    bob.send('MESSAGE')
    net.advance(500)
    expect(alice.asked).toEqual(['MESSAGE'])
    expect([alice.last, bob.last]).toEqual(['200', '200'])
    hangUp(bob)
  })

  test('INFO that the far end refuses is refused, with no credentials asked for', () => {
    const { net, alice, bob } = up()
    bob.reply = request => ({ status: request.method === 'INFO' ? 407 : 200 })
    alice.send('INFO', 'Signal=5')
    net.advance(500)
    expect(alice.last).toBe('503')
    hangUp(alice)
  })

  test('INFO answered 481 ends the call (RFC 5057 §5.1)', () => {
    const { net, alice, bob } = up()
    bob.reply = request => ({ status: request.method === 'INFO' ? 481 : 200 })
    alice.send('INFO', 'Signal=5')
    net.advance(1000)
    expect([alice.asked, bob.asked]).toEqual([['BYE'], ['INFO [Signal=5]', 'BYE']])
  })

  test('OPTIONS is answered here, REFER is not allowed, a PRACK of nothing gets 481, and an unknown extension 420 (RFC 3262 §3)', () => {
    const { net, alice, bob } = up()
    const answers = ['OPTIONS', 'PRACK', 'REFER'].map(method => {
      alice.send(method)
      net.advance(100)
      return alice.last
    })
    expect(answers).toEqual(['200', '481', '405'])
    expect(net.trace.at(-1)!.message.headers.raw('Allow')).toEqual(['INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, MESSAGE'])
    alice.send('INFO', '', edit => edit.raw('Require', 'timer, x-odd'))
    net.advance(100)
    expect(alice.last).toBe('420')
    expect(bob.asked).toEqual([])
    hangUp(alice)
  })
})

describe('loss and duplication inside a call', () => {
  test.each(Array.from({ length: 15 }, (_, seed) => seed))('with seed %i hold, DTMF and the end work', seed => {
    const net = network({ seed, loss: 0.1, duplicate: 0.2 })
    net.users.onInvite = phone => net.after(50, () => phone.answer())
    const alice = net.users.call('102')
    net.advance(20_000)
    if (alice.dialog === undefined) return alice.cancel()
    alice.send('INVITE', 'hold')
    net.advance(20_000)
    alice.send('INFO', 'Signal=5')
    net.advance(20_000)
    alice.send('BYE')
    net.advance(100_000)
    expect(net.calls.counts().calls).toBe(0)
    expect(net.facts('attempt')).toHaveLength(1)
  })
})
