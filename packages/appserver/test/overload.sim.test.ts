/** Too much to do: which new calls are refused, and what is served all the same. */
import { describe, expect, test } from 'vitest'
import { scene } from './scene.ts'

const { network, up } = scene()

describe('the application server in an overload', () => {
  test('a new call gets 503 with Retry-After, without state and without a record (RFC 3261 §21.5.4)', () => {
    const net = network()
    const asked: string[] = []
    net.tooMuch = callId => {
      asked.push(callId)
      return 'lag'
    }
    const alice = net.users.call('102')
    net.advance(100)
    expect(alice.heard).toEqual(['503'])
    const refusal = net.trace.findLast(({ to }) => to === 'users')!
    expect(refusal.message.headers.raw('Retry-After')).toEqual(['17'])
    expect(net.facts('attempt')).toEqual([])
    expect(net.layer.counts().server).toBe(0)
    expect(asked).toHaveLength(1)
  })

  test('a call is work of the user that the proxy vouches for, from a carrier of the caller it names (RFC 6357 §7)', () => {
    const net = network()
    const asked: string[] = []
    net.tooMuch = (_callId, source) => {
      asked.push(source)
      return 'lag'
    }
    for (const user of ['alice', 'bob', 'alice']) net.users.call('102', { context: { user: net.userId(user) } })
    net.trunks.call('+34911111111', { context: { from: 'carrier' } })
    net.users.call('102', { unsigned: true })
    net.advance(100)
    const [alice, bob] = ['alice', 'bob'].map(user => `user ${net.userId(user)}`)
    expect(asked.slice(0, 3)).toEqual([alice, bob, alice])
    expect(asked.slice(3)).toEqual([expect.stringContaining('@')])
  })

  test('whose turn it is, is served, and so is who talks', () => {
    const { net, alice } = up()
    net.tooMuch = () => 'memory'
    alice.send('INFO', 'Signal=1')
    net.advance(100)
    expect(alice.last).toBe('200')
    net.tooMuch = () => undefined
    const carol = net.users.call('*43')
    net.advance(100)
    expect(carol.last).toBe('200 [relay says echo]')
    net.tooMuch = () => 'memory'
    for (const phone of [alice, carol]) phone.send('BYE')
    net.advance(100)
    expect([alice.last, carol.last]).toEqual(['200', '200'])
  })

  test('a probe is answered: the proxies would think us dead (RFC 3261 §11.2)', () => {
    const net = network()
    net.tooMuch = () => 'transactions'
    const probe = net.users.call('102', { unsigned: true, method: 'OPTIONS' })
    net.advance(100)
    expect(probe.heard).toEqual(['200'])
  })

  test('an emergency call is not refused (RFC 5031 §4)', () => {
    const net = network()
    net.tooMuch = () => 'lag'
    const alice = net.users.call('112')
    net.advance(100)
    // Nobody is behind it here: it was looked up like any other.
    expect(alice.heard).toEqual(['404'])
    expect(net.facts('attempt')).toHaveLength(1)
    net.advance(100)
  })
})
