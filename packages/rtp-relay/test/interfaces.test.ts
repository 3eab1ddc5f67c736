/** The daemon with several addresses: which side gets which, over both protocols, and packets from one family to the other. */
import { NgUdpClient, RtppUdpClient } from '@strowger/media-control/udp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sdpOf, seen, target } from '../e2e/ng-script.ts'
import { bridgeEnd } from '../src/interfaces.ts'
import { startTestRole, type TestRole } from './media-role.ts'
import { Ear, rtp } from './phone.ts'

describe('a media role with interfaces', () => {
  const interfaces = [
    { name: 'lan', address: '127.0.0.1', advertised: '' },
    { name: 'wan', address: '127.0.0.2', advertised: '198.51.100.7' },
    { name: 'wan', address: '::1', advertised: '' },
  ]
  let role: TestRole
  let ng: NgUdpClient
  let rtpp: RtppUdpClient

  beforeAll(async () => {
    role = await startTestRole({ interfaces, rtpproxy: { enabled: true, address: '127.0.0.1', port: 0 } })
    ng = await NgUdpClient.open({ ...role.ng, giveUpMs: 30_000 })
    rtpp = await RtppUdpClient.open({ ...role.rtpproxy!, giveUpMs: 30_000 })
  })
  afterAll(async () => {
    await Promise.all([ng.close(), rtpp.close()])
    await role.stop()
  })

  it('carries a call from IPv4 to IPv6 over the interfaces that direction names (RFC 6157 §3.1)', async () => {
    const [four, six] = [await Ear.open(), await Ear.open('::1')]
    const ids = { 'call-id': 'c', 'from-tag': 'A' }
    const how = { direction: ['lan', 'wan'], 'address-family': 'IP6' }
    const toSix = target(seen(await ng.request({ command: 'offer', ...ids, ...how, sdp: sdpOf(four.port) })))
    expect(toSix.address).toBe('::1')
    const answer = sdpOf(six.port).replaceAll('IN IP4 127.0.0.1', 'IN IP6 ::1')
    const toFour = target(seen(await ng.request({ command: 'answer', ...ids, 'to-tag': 'B', sdp: answer })))
    expect(toFour.address).toBe('127.0.0.1')
    four.send(toFour, rtp(1))
    expect((await six.next()).bytes).toEqual(rtp(1))
    six.send(toSix, rtp(2))
    expect((await four.next()).bytes).toEqual(rtp(2))
    four.close()
    six.close()
  })

  it('tells the outside the address it is known by, over rtpproxy with E and I', async () => {
    const from = { tag: 'A', media: 1 }
    const where = { callId: 'bridged', address: '127.0.0.1', port: 4000, from } as const
    const offered = await rtpp.request({ command: 'update', ...where, directions: ['internal', 'external'] })
    expect(offered.address).toBe('198.51.100.7')
    const answered = await rtpp.request({ command: 'lookup', ...where, to: { tag: 'B', media: 1 } })
    expect(answered.address).toBe('127.0.0.1')
    expect((await rtpp.request({ command: 'update', ...where, callId: 'd', directions: ['external', 'internal'] })).address).toBe(
      '127.0.0.1',
    )
  })

  it('takes the first interface for the internal one and the second for the external one, where none is called so', () => {
    const two = { lan: { address: '127.0.0.1' }, 'lan/6': { address: '::1' }, wan: { address: '127.0.0.2' } }
    expect([bridgeEnd(two, 'internal'), bridgeEnd(two, 'external')]).toEqual(['lan', 'wan'])
    const named = { external: { address: '127.0.0.2' }, internal: { address: '127.0.0.1' } }
    expect([bridgeEnd(named, 'internal'), bridgeEnd(named, 'external')]).toEqual(['internal', 'external'])
    const one = { lan: { address: '127.0.0.1' } }
    expect(bridgeEnd(one, 'external')).toBe('lan')
  })
})
