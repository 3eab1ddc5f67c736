/** Where calls go, who may place them, and the echo. */
import type { MessageEdit } from '@strowger/sip-parser'
import { describe, expect, test } from 'vitest'
import { scene } from './scene.ts'

const { network, placed, up } = scene()

describe('routing', () => {
  test('a number goes to the trunks with the outgoing number of the user', () => {
    const net = network()
    const alice = net.users.call('0034911111111')
    net.advance(100)
    const [carrier] = net.trunks.called
    const text = new TextDecoder().decode(carrier!.request.wire)
    expect(text).toMatch(/^INVITE sip:\+34911111111@trunks SIP\/2.0/)
    expect(text).toContain('From: <sip:+34910000001@demo.localhost>')
    expect(text).toContain('Route: <sip:192.0.2.1:5070;lr>')
    carrier!.answer('voice')
    net.advance(100)
    alice.send('BYE')
    net.advance(100)
    expect(net.facts('attempt')).toMatchObject([{ direction: 'outbound', caller: '101', callee: '0034911111111' }])
  })

  test('a call from a carrier to the DDI rings its user, with the caller’s number and our domain', () => {
    const net = network()
    const carrier = net.trunks.call('+34910000001')
    net.advance(100)
    const [alice] = net.users.called
    const text = new TextDecoder().decode(alice!.request.wire)
    expect(text).toMatch(/^INVITE sip:alice@demo.localhost SIP\/2.0/)
    expect(text).toContain('From: "Somebody" <sip:+34600000000@demo.localhost>')
    alice!.answer()
    net.advance(100)
    expect(carrier.heard).toEqual(['200 [answer of b]'])
    alice!.send('BYE')
    net.advance(100)
    expect(net.facts('attempt')).toMatchObject([
      { direction: 'inbound', caller: '+34600000000', callee: '+34910000001', tenant: net.tenant, user: net.userId('alice') },
    ])
  })

  test('a number of one’s own client does not leave the house', () => {
    const net = network()
    const bob = net.users.call('910000001', { from: 'bob' })
    net.advance(100)
    expect(net.trunks.called).toHaveLength(0)
    expect(net.users.called[0]!.request.uri.user).toBe('alice')
    bob.cancel()
    net.advance(1000)
    expect(net.facts('attempt')).toMatchObject([{ direction: 'internal', caller: '102', callee: '910000001' }])
  })

  test.each(['199', '*99', 'alice', '12'])('%s is unknown: 404', dialled => {
    const net = network()
    const alice = net.users.call(dialled)
    net.advance(100)
    expect(alice.heard).toEqual(['404'])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 404 }])
  })

  test('a number that is nobody’s is unknown to carriers: 404', () => {
    const net = network()
    const carrier = net.trunks.call('+34999999999')
    net.advance(100)
    expect(carrier.heard).toEqual(['404'])
    expect(net.facts('attempt')).toMatchObject([{ tenant: { brand: net.tenant.brand } }])
  })
})

describe('who may', () => {
  test('an INVITE without a valid context is refused and leaves no record (design §8.11)', () => {
    const net = network()
    const unsigned = net.users.call('102', { unsigned: true })
    const forged = net.users.call('102', { fill: edit => edit.uri('sip:103@demo.localhost') })
    const twice = net.users.call('102', { fill: edit => edit.raw('Strowger-Context', 'x') })
    const pretender = net.users.call('+34910000001', { context: { from: 'carrier' } })
    const appserver = net.users.call('102', { context: { from: 'appserver' } })
    net.advance(100)
    for (const phone of [unsigned, forged, twice, pretender, appserver]) expect(phone.heard).toEqual(['403'])
    expect(net.facts()).toEqual([])
  })

  test('nobody but the proxies is served, whatever they carry', () => {
    const { net, alice } = up()
    const invite = net.trace.find(({ to, message }) => to === 'appserver' && message.kind === 'request' && message.method === 'INVITE')!
    const text = new TextDecoder().decode(invite.message.wire).replace(/branch=\w+/, 'branch=z9hG4bKforeign')
    const from = net.trace.length
    net.deliver('appserver', { address: '203.0.113.66', port: 5060 }, new TextEncoder().encode(text))
    net.advance(100)
    expect(net.trace.slice(from).map(({ message }) => (message.kind === 'response' ? message.status : message.method))).toEqual([
      'INVITE',
      403,
    ])
    expect(net.facts('attempt')).toHaveLength(1)
    alice.send('BYE')
  })

  test('a request in a dialog that does not exist gets 481, a method we do not know 405', () => {
    const { net, alice } = up()
    alice.send('BYE')
    net.advance(1000)
    for (const [method, status] of [
      ['BYE', '481'],
      ['INVITE', '481'],
      ['SUBSCRIBE', '405'],
    ] as const) {
      alice.send(method)
      net.advance(1000)
      expect(alice.last).toBe(status)
    }
  })

  test('a dialog of one side cannot be used from the other (threat: leaked tags)', () => {
    const { net, alice, bob } = up()
    const trunk = net.trunks.call('+34999999999')
    net.advance(1000)
    trunk.dialog = { ...alice.dialog!, localSequence: 50 }
    trunk.send('BYE')
    net.advance(1000)
    expect(trunk.last).toBe('481')
    expect(bob.asked).toEqual([])
    alice.send('BYE')
  })

  test.each([
    ['Require: x-odd is refused', '420', (edit: MessageEdit) => edit.raw('Require', 'x-odd')],
    ['a body that is no SDP', '415', (edit: MessageEdit) => edit.replaceRaw('Content-Type', 'multipart/mixed')],
    ['too many hops', '483', (edit: MessageEdit) => edit.replaceRaw('Max-Forwards', '0')],
    ['no Contact', '400', (edit: MessageEdit) => edit.removeRaw('Contact')],
  ])('%s: %s, and the attempt has its end', (_, status, fill) => {
    const net = network()
    const alice = net.users.call('102', { fill: edit => void fill(edit) })
    net.advance(1000)
    expect(alice.heard).toEqual([status])
    expect(net.facts('end')).toMatchObject([{ status: Number(status) }])
  })

  test('the same call a second time is 482 (RFC 3261 §8.2.2.2)', () => {
    const { net, alice, bob } = placed()
    const again = net.users.call('102', { context: { call: alice.call } })
    net.advance(100)
    expect(again.heard).toEqual(['482'])
    expect(net.facts('attempt')).toHaveLength(1)
    bob.answer()
    net.advance(100)
    alice.send('BYE')
  })

  test('OPTIONS is answered with the epoch, and with 503 while draining (RFC 3261 §11)', () => {
    const { net, alice } = up()
    const probe = (): string => {
      const from = net.trace.length
      const probing = net.users.call('102', { unsigned: true, method: 'OPTIONS' })
      net.advance(100)
      const answer = net.trace.slice(from).find(({ to }) => to === 'users')!
      return `${probing.last} ${answer.message.headers.raw('Strowger-Epoch')[0] ?? answer.message.headers.raw('Retry-After')[0]}`
    }
    expect(probe()).toBe('200 7')
    net.calls.drain()
    expect(probe()).toBe('503 5')
    const late = net.users.call('102')
    net.advance(100)
    expect(late.heard).toEqual(['503'])
    alice.send('INFO', 'Signal=1')
    net.advance(100)
    expect(alice.last).toBe('200')
    alice.send('BYE')
  })
})

describe('the echo', () => {
  test('is answered with the SDP of the relay, held, and released at the end', () => {
    const net = network()
    const alice = net.users.call('*43')
    net.advance(100)
    expect(alice.heard).toEqual(['200 [relay says echo]'])
    expect(net.outputs).toContainEqual({
      kind: 'echo',
      id: 1,
      session: `${alice.call}.echo`,
      fromTag: alice.dialog!.localTag,
      sdp: 'offer of a',
    })
    net.relay = () => ({ sdp: new TextEncoder().encode('held') })
    alice.send('INVITE', 'hold')
    net.advance(100)
    expect(alice.last).toBe('200 [held]')
    alice.send('UPDATE', 'resume')
    net.advance(100)
    expect(alice.last).toBe('200 [held]')
    alice.send('INFO', 'Signal=1')
    net.advance(100)
    alice.send('INVITE')
    net.advance(100)
    expect(alice.last).toBe('488')
    alice.send('BYE')
    net.advance(100)
    expect(net.outputs.filter(({ kind }) => kind === 'release')).toHaveLength(1)
    expect(net.facts('attempt')).toMatchObject([{ direction: 'service', callee: '*43' }])
    expect(net.facts('end')).toMatchObject([{ by: 'caller', status: 200 }])
  })

  test.each([
    ['timeout', '503'],
    ['exhausted', '503'],
    ['refused', '488'],
  ] as const)('with a relay that says %s is refused with %s', (unavailable, status) => {
    const net = network()
    net.relay = () => ({ unavailable })
    const alice = net.users.call('*43')
    net.advance(100)
    expect(alice.heard).toEqual([status])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: Number(status), cause: `relay: ${unavailable}` }])
  })

  test('stays as it is when the relay refuses a re-INVITE (RFC 3261 §14.1)', () => {
    const net = network()
    const alice = net.users.call('*43')
    net.advance(100)
    net.relay = () => ({ unavailable: 'refused' })
    alice.send('INVITE', 'video')
    net.advance(100)
    expect(alice.last).toBe('488')
    expect(net.calls.counts().calls).toBe(1)
    alice.send('BYE')
  })

  test('that is cancelled while the relay thinks is released when it has thought', () => {
    const net = network()
    net.relay = undefined
    const alice = net.users.call('*43')
    net.advance(300)
    alice.cancel()
    net.advance(100)
    expect(alice.heard).toEqual(['487'])
    expect(net.calls.counts()).toMatchObject({ calls: 0, asks: 1 })
    net.calls.answer(1, { sdp: new Uint8Array(3) }, net.now, net.wall)
    net.drain()
    expect(net.outputs.filter(({ kind }) => kind === 'release')).toHaveLength(1)
  })

  test('needs an offer: the relay makes none', () => {
    const net = network()
    const alice = net.users.call('*43', { sdp: '' })
    net.advance(100)
    expect(alice.heard).toEqual(['488'])
  })
})
