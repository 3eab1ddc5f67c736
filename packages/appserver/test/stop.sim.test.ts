/** The platform stops in every state of a call: who waits is refused, who rings is cancelled, who talks is hung up; one end each. */
import { describe, expect, test } from 'vitest'
import type { Network } from './network.ts'
import type { Phone } from './phone.ts'
import { scene } from './scene.ts'

const { network } = scene()

interface Row {
  readonly state: string
  readonly dialled?: string
  readonly reach: (net: Network, alice: Phone) => void
  readonly alice: string
  readonly bob?: string
  readonly status: number
}

const bob = (net: Network): Phone => net.users.called[0]!

const rows: readonly Row[] = [
  { state: 'placed', reach: () => {}, alice: '503', bob: 'CANCEL', status: 503 },
  {
    state: 'ringing',
    reach: net => bob(net).ring(),
    alice: '180 503',
    bob: 'CANCEL',
    status: 503,
  },
  {
    state: 'answered, not acknowledged',
    reach: (net, alice) => {
      alice.ackWith = undefined
      bob(net).answer()
    },
    alice: '200 [answer of b] BYE',
    bob: 'BYE',
    status: 200,
  },
  { state: 'up', reach: net => bob(net).answer(), alice: '200 [answer of b] BYE', bob: 'BYE', status: 200 },
  {
    state: 'in a re-INVITE',
    reach: (net, alice) => {
      bob(net).answer()
      net.advance(100)
      bob(net).reply = request => ({ status: request.method === 'INVITE' ? 0 : 200 })
      alice.send('INVITE', 'hold')
    },
    alice: '200 [answer of b] 487 BYE',
    bob: 'INVITE [hold] BYE CANCEL',
    status: 200,
  },
  {
    state: 'already hanging up',
    reach: (net, alice) => {
      bob(net).answer()
      net.advance(100)
      bob(net).reply = () => ({ status: 0 })
      alice.send('BYE')
    },
    alice: '200 [answer of b] 200',
    bob: 'BYE',
    status: 200,
  },
  { state: 'echo asked for', dialled: '*43', reach: () => {}, alice: '503', status: 503 },
  { state: 'echo playing', dialled: '*43', reach: () => {}, alice: '200 [relay says echo] BYE', status: 200 },
]

describe('stop', () => {
  test.each(rows)('of a call that is $state', ({ state, dialled = '102', reach, alice: heard, bob: asked, status }) => {
    const net = network()
    if (state === 'echo asked for') net.relay = undefined
    const alice = net.users.call(dialled)
    net.advance(100)
    reach(net, alice)
    net.advance(100)
    net.calls.stop(net.now, net.wall)
    net.advance(2000)
    expect([...alice.heard, ...alice.asked].join(' ')).toBe(heard)
    if (asked !== undefined)
      expect([...bob(net).asked].sort().join(' ')).toBe(
        asked
          .split(/ (?=[A-Z]{3,} ?\[?|$)/)
          .sort()
          .join(' '),
      )
    expect(net.facts('end')).toMatchObject([{ status }])
    if (state === 'echo asked for') net.calls.answer(1, { unavailable: 'timeout' }, net.now, net.wall)
    if (state !== 'already hanging up') expect(net.calls.counts().calls).toBe(0)
  })

  test('takes nothing new', () => {
    const net = network()
    net.calls.stop(net.now, net.wall)
    const alice = net.users.call('102')
    net.advance(100)
    expect(alice.heard).toEqual(['503'])
    expect(net.facts('end')).toMatchObject([{ by: 'platform', status: 503, cause: 'draining' }])
  })
})
