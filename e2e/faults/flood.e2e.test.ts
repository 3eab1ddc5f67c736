/** One source that sends thousands of requests: others are served, and it costs no memory. RFC 3261 §26.1.5. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { detailOf } from '../overload/asker.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { until } from '../until.ts'
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

describe('a flood that is more than the users’ proxy can do', () => {
  let platform: Platform
  let witness: Witness
  beforeAll(async () => {
    // What the kernel holds when a proxy wakes up takes longer than this.
    platform = await startPlatform({ config: { log: { level: 'warn' }, overload: { queueMs: 10 } } })
    witness = await Witness.of(platform)
  })
  afterAll(async () => {
    await witness?.stop()
    await platform?.stop()
  })

  /** More than the proxy takes at once: they wait for it, and it finds all of them. */
  async function burst(stranger: UdpStranger, pid: number): Promise<void> {
    process.kill(pid, 'SIGSTOP')
    try {
      const what: Typed = { method: 'REGISTER', to: '<sip:alice@demo.localhost>', lines: ['Contact: <sip:x@127.0.0.66>'] }
      for (let sent = 0; sent < 2500; sent += 50)
        await Promise.all(Array.from({ length: 50 }, () => stranger.send(typed(what), platform.users)))
    } finally {
      process.kill(pid, 'SIGCONT')
    }
  }

  test('its source is refused, the calls of a phone are not (RFC 6357 §7)', async () => {
    const { pid } = (await platform.health()).roles['users-proxy']!
    const stranger = await UdpStranger.open()
    const overload = async (): Promise<unknown> => (await detailOf(platform, 'users-proxy')).overload
    const refused = (): Promise<number> => platform.metric('strowger_overload_refused_total')
    await until('an overload', async () => {
      await burst(stranger, pid)
      return (await overload()) !== 'none'
    })
    const before = await refused()
    const calls = extent(20, 400)
    for (let called = 0; called < calls; called++) {
      await burst(stranger, pid)
      await witness.call()
      progress('calls', called, calls)
    }
    expect((await refused()) - before).toBeGreaterThan(calls)
    stranger.close()
    await until('the end of the overload', async () => (await overload()) === 'none', 120_000)
    await witness.unharmed()
    await expectIdle(platform, 60_000)
  })
})
