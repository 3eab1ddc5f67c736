/** Bodies of several parts: the session description goes to the other side, and nothing else does. RFC 5621 §4, §8. */
import { type MessageEdit, multipart, type NewPart } from '@strowger/sip-parser'
import { describe, expect, test } from 'vitest'
import { scene } from './scene.ts'

const { network, up } = scene()

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const session = (sdp: string): NewPart => ({ type: 'application/sdp', body: bytes(sdp) })
const isup = (disposition: string): NewPart => ({ type: 'application/isup', body: bytes('c=IN IP4 192.0.2.66'), disposition })
const optional = isup('signal;handling=optional')

const putParts =
  (...parts: readonly NewPart[]) =>
  (edit: MessageEdit): void => {
    const { contentType, body } = multipart('mixed', parts)
    edit.body(contentType, body)
  }

describe('an INVITE', () => {
  test('with its offer in a multipart is placed with the offer alone (RFC 5621 §4)', () => {
    const net = network()
    net.users.onInvite = phone => phone.answer()
    const alice = net.users.call('102', { fill: putParts(optional, session('offer in parts')) })
    net.advance(500)
    const { request } = net.users.called[0]!
    expect([new TextDecoder().decode(request.body), request.headers.raw('Content-Type')]).toEqual(['offer in parts', ['application/sdp']])
    expect(alice.last).toBe('200 [answer of b]')
    alice.send('BYE')
  })

  test.each([
    ['a part that must be understood', putParts(session('offer'), isup('signal;handling=required'))],
    ['nothing that we understand', (edit: MessageEdit): void => void edit.body('application/isup', bytes('x'))],
    ['a description that is packed', (edit: MessageEdit): void => void edit.raw('Content-Encoding', 'gzip')],
    ['a broken multipart', (edit: MessageEdit): void => void edit.body('multipart/mixed;boundary=b', bytes('--b\r\n'))],
  ])('with %s gets 415 with Accept (RFC 3261 §8.2.3, RFC 5621 §8.2)', (_, fill) => {
    const net = network()
    const alice = net.users.call('102', { fill })
    net.advance(500)
    expect(alice.last).toBe('415')
    expect(net.trace.at(-2)!.message.headers.raw('Accept')).toEqual(['application/sdp'])
    expect(net.users.called).toEqual([])
  })

  test('with an optional part only makes no offer, and the called side makes one (RFC 5621 §8)', () => {
    const net = network()
    net.users.onInvite = phone => phone.answer('offer of b')
    const alice = net.users.call('102', { sdp: '', fill: putParts(optional) })
    alice.ackWith = 'answer of a'
    net.advance(500)
    expect([alice.last, net.users.called[0]!.acks]).toEqual(['200 [offer of b]', ['answer of a']])
    alice.send('BYE')
  })

  test('with a body without a type offers it (RFC 3261 §20.15)', () => {
    const net = network()
    net.users.call('102', { fill: edit => edit.removeRaw('Content-Type') })
    net.advance(100)
    expect(new TextDecoder().decode(net.users.called[0]!.request.body)).toBe('offer of a')
    net.users.called[0]!.refuse(486)
  })
})

describe('inside a call', () => {
  test.each(['INVITE', 'UPDATE'])(
    '%s: the description alone goes to the other side, and its answer alone comes back (RFC 5621 §4)',
    method => {
      const { net, alice, bob } = up()
      alice.send(method, '', putParts(session('hold'), optional))
      net.advance(500)
      expect([bob.asked, alice.last]).toEqual([[`${method} [hold]`], '200 [answer to hold]'])
      alice.send(method, '', putParts(session('video'), isup('signal')))
      net.advance(500)
      expect([bob.asked.length, alice.last]).toEqual([1, '415'])
      alice.send('BYE')
    },
  )
})
