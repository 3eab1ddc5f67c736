import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sdpOf, seen, target } from '../e2e/ng-script.ts'
import { Relay } from '../src/index.ts'
import { handle } from '../src/ng/handle.ts'
import { Switchboard } from '../src/ng/switchboard.ts'
import { portRange } from './phone.ts'

describe('a relay with several addresses', () => {
  const interfaces = {
    inside: { address: '127.0.0.1' },
    outside: { address: '127.0.0.2', advertised: '198.51.100.7' },
    'outside/6': { address: '::1' },
  }
  let relay: Relay
  let board: Switchboard
  const offered = (more: object): ReturnType<typeof seen> =>
    seen(handle(board, { command: 'offer', 'call-id': 'c', 'from-tag': 'A', sdp: sdpOf(4000), replace: ['origin'], ...more }))

  beforeEach(async () => {
    relay = await Relay.start({ interfaces, ports: portRange(8) })
    board = new Switchboard(relay, { interfaces, silenceMs: 0 })
  })
  afterEach(() => relay.close())

  it('uses the first where nothing is said', () => {
    expect(target(offered({})).address).toBe('127.0.0.1')
  })

  it('faces each side from the interface that `direction` names, and advertises what it is to', () => {
    const towardsB = offered({ direction: ['inside', 'outside'] })
    expect(target(towardsB).address).toBe('198.51.100.7')
    expect(towardsB.origin?.address).toBe('198.51.100.7')
    const towardsA = seen(handle(board, { command: 'answer', 'call-id': 'c', 'from-tag': 'A', 'to-tag': 'B', sdp: sdpOf(4002) }))
    expect(target(towardsA).address).toBe('127.0.0.1')
  })

  it('speaks the family that is asked for towards the other side (RFC 6157)', () => {
    const sdp = offered({ direction: ['inside', 'outside'], 'address-family': 'IP6' })
    expect(sdp.media[0]?.connection).toMatchObject({ addressType: 'IP6', address: '::1' })
    expect(sdp.origin).toMatchObject({ addressType: 'IP6', address: '::1' })
  })

  it('takes any for a name that nobody configured, as an rtpengine does', () => {
    expect(target(offered({ direction: ['x', 'y'] })).address).toBe('127.0.0.1')
  })

  it('says the port of RTCP, and its address where that is asked for (RFC 3605 §2.1)', () => {
    const sdp = offered({ direction: ['inside', 'outside'], sdp: sdpOf(4000, ['a=rtcp:4009 IN IP4 127.0.0.1']) })
    expect(sdp.media[0]?.rtcp).toEqual({ port: target(sdp).port + 1 })
    const full = offered({ 'call-id': 'f', direction: ['inside', 'outside'], flags: ['full-rtcp-attribute'] })
    expect(full.media[0]?.rtcp).toEqual({ port: target(full).port + 1, address: '198.51.100.7' })
  })

  it('follows what rtcp-mux asks for (RFC 5761 §5.1.1)', () => {
    const has = (sdp: ReturnType<typeof seen>): boolean => sdp.media[0]!.attributes.some(({ name }) => name === 'rtcp-mux')
    const muxed = sdpOf(4000, ['a=rtcp-mux'])
    expect(has(offered({ sdp: muxed, 'rtcp-mux': ['demux'] }))).toBe(false)
    const answered = handle(board, { command: 'answer', 'call-id': 'c', 'from-tag': 'A', 'to-tag': 'B', sdp: sdpOf(4002) })
    expect(has(seen(answered))).toBe(true)
    expect(has(offered({ 'call-id': 'd', 'rtcp-mux': ['offer'] }))).toBe(true)
  })

  it('relays T.38 beside audio, and carries what is not media of ours (RFC 7345)', () => {
    const sdp = offered({ sdp: sdpOf(4000, ['m=image 4004 udptl t38', 'm=message 4006 TCP/MSRP *']) })
    expect(sdp.media.map(({ port }) => port % 2)).toEqual([0, 0, 0])
    expect(sdp.media[1]?.port).not.toBe(4004)
    expect(sdp.media[2]?.port).toBe(4006)
  })
})
