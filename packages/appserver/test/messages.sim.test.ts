/** Texts between phones, outside of calls. RFC 3428. */
import { Contact, From, type MessageEdit, type SipRequest, To } from '@strowger/sip-parser'
import { describe, expect, test } from 'vitest'
import type { Network } from './network.ts'
import type { CallOptions, Phone } from './phone.ts'
import { scene } from './scene.ts'

const { network } = scene()

/** What came to the phones, answered with `reply`. */
function phonesOf(net: Network, reply: number, fill?: (edit: MessageEdit) => void): SipRequest[] {
  const came: SipRequest[] = []
  net.users.onMessage = request => {
    came.push(request)
    return { status: reply, ...(fill && { fill }) }
  }
  return came
}

const write = (net: Network, to: string, options: CallOptions = {}): Phone =>
  net.users.call(to, {
    method: 'MESSAGE',
    sdp: '',
    ...options,
    fill: edit => {
      edit.remove(Contact).body('text/plain;charset=UTF-8', new TextEncoder().encode('Grüße'))
      options.fill?.(edit)
    },
  })

describe('a MESSAGE', () => {
  test.each(['102', 'bob'])('to %s comes to the phone, under the name of who is called and of who writes (RFC 3428 §4)', to => {
    const net = network()
    const came = phonesOf(net, 200, edit => void edit.raw('Contact', '<sip:bob@127.0.0.9>').body('text/plain', new Uint8Array(3)))
    const alice = write(net, to, { fill: edit => void edit.raw('Subject', 'hello').raw('X-Odd', 'odd') })
    net.advance(1000)
    const [message] = came
    expect([message?.uri.user, message?.headers.get(To)?.uri.user]).toEqual(['bob', 'bob'])
    expect(message?.headers.get(From)).toMatchObject({ displayName: 'alice', uri: { user: '101' } })
    expect(['Contact', 'Subject', 'Content-Type', 'X-Odd'].map(name => message?.headers.raw(name))).toEqual([
      [],
      ['hello'],
      ['text/plain;charset=UTF-8'],
      [],
    ])
    expect(new TextDecoder().decode(message?.body)).toBe('Grüße')
    expect([alice.heard, net.facts('attempt')]).toEqual([['200'], []])
    const answered = net.trace.findLast(({ message }) => message.kind === 'response')!.message
    expect([answered.headers.raw('Contact'), answered.body.length]).toEqual([[], 0])
  })

  test.each([
    [202, '202'],
    [415, '415'],
    [480, '480'],
    [407, '480'],
    [302, '480'],
  ])('that the phone answers with %i is answered with %s (RFC 3428 §7)', (reply, heard) => {
    const net = network()
    phonesOf(net, reply)
    const alice = write(net, '102')
    net.advance(1000)
    expect(alice.heard).toEqual([heard])
  })

  test('that no phone answers is never answered 408 (RFC 4320 §4.2)', () => {
    const net = network()
    phonesOf(net, 0)
    const alice = write(net, '102')
    net.advance(40_000)
    expect(alice.heard).toEqual(['timeout'])
  })

  test.each(['nobody', '999', '*43', '+34600123456', '600123456'])('to %s, who takes none, is 404 (RFC 3428 §7)', to => {
    const net = network()
    const came = phonesOf(net, 200)
    const alice = write(net, to)
    net.advance(1000)
    expect([alice.heard, came]).toEqual([['404'], []])
  })

  test.each<[string, string, CallOptions]>([
    ['without a context that a proxy has signed', '403', { unsigned: true }],
    ['that requires what we lack', '420', { fill: edit => void edit.raw('Require', 'x-unknown') }],
    ['of more than 1300 bytes', '513', { fill: edit => void edit.body('text/plain', new Uint8Array(1000)) }],
    ['that has come too far', '483', { fill: edit => void edit.removeRaw('Max-Forwards').raw('Max-Forwards', '0') }],
  ])('%s is %s (RFC 3428 §8, §11.1, RFC 3261 §8.2)', (_, heard, options) => {
    const net = network()
    const came = phonesOf(net, 200)
    const alice = write(net, '102', options)
    net.advance(1000)
    expect([alice.heard, came]).toEqual([[heard], []])
  })

  test('of a carrier is refused with 405 and Allow: nobody there has proved who he is (RFC 3428 §11.1)', () => {
    const net = network()
    const came = phonesOf(net, 200)
    const carrier = net.trunks.call('+34911234567', { method: 'MESSAGE', sdp: '' })
    net.advance(1000)
    expect([carrier.heard, came]).toEqual([['405'], []])
  })
})
