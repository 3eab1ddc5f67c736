/** One source that sends thousands of requests: others are served, and it costs no memory. RFC 3261 §26.1.5. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { extent, progress } from './extent.ts'
import { sdpAt, type Typed, typed } from './messages.ts'
import { UdpStranger } from './strangers.ts'
import { Witness } from './witness.ts'

/** Together 2000 a second at most. */
const BURST = 20
const PAUSE_MS = 10

describe('a flood from one source', () => {
  let platform: Platform
  let witness: Witness
  beforeAll(async () => {
    platform = await startPlatform({ config: { log: { level: 'warn' } } })
    witness = await Witness.of(platform)
  })
  afterAll(async () => {
    await witness?.stop()
    await platform?.stop()
  })

  const call: Typed = {
    uri: 'sip:102@demo.localhost',
    lines: ['Contact: <sip:x@127.0.0.66>', 'Content-Type: application/sdp'],
    body: sdpAt('127.0.0.66'),
  }
  const FLOODS: readonly (readonly [method: string, what: Typed])[] = [
    ['REGISTER', { to: '<sip:alice@demo.localhost>', lines: ['Contact: <sip:x@127.0.0.66>'] }],
    ['SUBSCRIBE', { uri: 'sip:alice@demo.localhost', lines: ['Event: message-summary', 'Contact: <sip:x@127.0.0.66>'] }],
    ['OPTIONS', {}],
    ['INVITE', call],
    ['MESSAGE', { uri: 'sip:alice@demo.localhost', lines: ['Content-Type: text/plain'], body: 'x'.repeat(1000) }],
  ]

  test.each(FLOODS)('%s: calls of a phone are set up beside it', async (method, what) => {
    const stranger = await UdpStranger.open()
    const all = extent(2000, 120_000)
    let isOver = false
    const flood = (async () => {
      for (let sent = 0; sent < all; sent += BURST) {
        await Promise.all(Array.from({ length: BURST }, () => stranger.send(typed({ ...what, method }), platform.users)))
        await new Promise(resolve => setTimeout(resolve, PAUSE_MS))
        progress(method, sent, all)
      }
      isOver = true
    })()
    let served = 0
    let failed = 0
    do {
      await witness.call().then(
        () => served++,
        () => failed++,
      )
    } while (!isOver)
    await flood
    stranger.close()
    expect(served).toBeGreaterThan(0)
    expect(failed).toBeLessThanOrEqual(Math.floor(served / 99))
    await witness.unharmed()
  })

  test('nothing is left of it', () => expectIdle(platform, 60_000))
})
