/** The carrier's side of a call is cut for seconds and minutes: what the caller notices, what ends it, and that nothing is left. RFC 3261 §8.1.3.1, RFC 4028 §10. */
import type { MessageEdit } from '@strowger/sip-parser'
import { describe, expect, test } from 'vitest'
import type { Network } from './network.ts'
import type { Phone } from './phone.ts'
import { scene } from './scene.ts'

const { network } = scene()

interface Talk {
  readonly net: Network
  readonly alice: Phone
  readonly carrier: Phone
  /** Whatever goes to the carrier and comes from it is lost for so long. */
  cut(ms: number, during?: () => void): void
}

function talk(fill?: (edit: MessageEdit) => void): Talk {
  const net = network()
  const alice = net.users.call('+34911111111')
  net.advance(100)
  const carrier = net.trunks.called[0]!
  carrier.answer('answer of the carrier', 'fork1', fill)
  net.advance(100)
  expect(alice.last).toBe('200 [answer of the carrier]')
  const [leg] = carrier.request.headers.raw('Call-ID')
  const cut = (ms: number, during?: () => void): void => {
    net.drop = ({ headers }) => headers.raw('Call-ID')[0] === leg
    during?.()
    net.advance(ms)
    net.drop = () => false
  }
  return { net, alice, carrier, cut }
}

describe('a call whose carrier is cut off', () => {
  test('for five seconds goes on, and what was asked meanwhile is answered late (RFC 3261 §17.1.1.2)', () => {
    const { net, alice, carrier, cut } = talk()
    cut(5000, () => alice.send('INVITE', 'hold'))
    expect(carrier.asked).toEqual([])
    net.advance(5000)
    expect([carrier.asked, alice.last]).toEqual([['INVITE [hold]'], '200 [answer to hold]'])
    alice.send('BYE')
    net.advance(1000)
    expect([carrier.asked.at(-1), net.facts('end')]).toMatchObject(['BYE', [{ by: 'caller', status: 200 }]])
  })

  test.each([60_000, 600_000])(
    'for %i ms and in which nobody says anything goes on, too: that nobody speaks is for the relay to say',
    ms => {
      const { net, alice, carrier, cut } = talk()
      cut(ms)
      expect([alice.asked, net.facts('end')]).toEqual([[], []])
      carrier.send('BYE')
      net.advance(1000)
      expect([alice.asked, net.facts('end')]).toMatchObject([['BYE'], [{ by: 'callee', status: 200 }]])
    },
  )

  test.each([60_000, 600_000])(
    'for %i ms, and the relay says that nobody speaks: the caller is told at once, and there is one record',
    ms => {
      const { net, alice, carrier, cut } = talk()
      const { call } = net.facts('attempt')[0] as { call: string }
      cut(ms, () => net.calls.silent(call, net.now, net.wall))
      expect([alice.asked, carrier.asked]).toEqual([['BYE'], []])
      expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 200, cause: 'no media' }])
      // It has not heard of the end, and says goodbye to nobody.
      carrier.send('BYE')
      net.advance(1000)
      expect(net.facts('end')).toHaveLength(1)
    },
  )

  test('for a minute in which the caller hangs up: he is answered at once, the carrier is told for 32 s (RFC 3261 §15.1.1)', () => {
    const { net, alice, carrier, cut } = talk()
    cut(60_000, () => {
      alice.send('BYE')
      net.advance(1000)
      expect(alice.last).toBe('200')
      expect(net.facts('end')).toMatchObject([{ by: 'caller', status: 200 }])
    })
    expect(carrier.asked).toEqual([])
    carrier.send('BYE')
    net.advance(1000)
    expect(carrier.last).toMatch(/^481/)
  })

  test('for ten minutes, with a session timer that is ours to refresh: the call ends when that is not answered (RFC 4028 §10)', () => {
    const fill = (edit: MessageEdit): void =>
      void edit.raw('Allow', 'INVITE, ACK, BYE, UPDATE').raw('Session-Expires', '600;refresher=uac').raw('Require', 'timer')
    const { net, alice, carrier, cut } = talk(fill)
    cut(299_000)
    expect([alice.asked, net.facts('end')]).toEqual([[], []])
    cut(301_000)
    expect([alice.asked, carrier.asked]).toEqual([['BYE'], []])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 200, cause: 'callee is gone' }])
  })
})
