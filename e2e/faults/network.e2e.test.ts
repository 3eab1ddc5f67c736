/** Calls over networks that lose, double, reorder and change datagrams, both ways: answered, and one record each. RFC 3261 §17. */
import { nodeHash } from '@strowger/sip-ua/node'
import { digestAnswer, Phone, script } from '@strowger/testkit'
import { performUdp, type UdpLinkOptions } from '@strowger/testkit/udp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectIdle } from '../idle.ts'
import { type Platform, startPlatform } from '../platform.ts'
import { until } from '../until.ts'
import { extent, progress, seed } from './extent.ts'
import { sdpAt } from './messages.ts'
import { placeOf } from './strangers.ts'
import { Witness } from './witness.ts'

/** Timers of the platform are a tenth of RFC 3261's, and so are those of the phones. */
const SCALE = 0.1
const AT_ONCE = 10

const CALL = script()
  .send('INVITE', { sdp: sdpAt('{address}') })
  .expect('1xx', { optional: true })
  .expect(200, { method: 'INVITE', withinMs: 60_000 })
  .send('ACK')
  .pause(500)
  .send('BYE')
  .expect(200, { method: 'BYE' })

describe('a bad network', () => {
  let platform: Platform
  let witness: Witness
  const recorded = new Set<string>()
  beforeAll(async () => {
    platform = await startPlatform({ config: { log: { level: 'warn' }, media: { silenceSeconds: 5 } } })
    witness = await Witness.of(platform)
  })
  afterAll(async () => {
    await witness?.stop()
    await platform?.stop()
  })

  const phone = (n: number): Phone =>
    new Phone({
      name: `alice${n}`,
      uri: 'sip:alice@demo.localhost',
      target: `sip:${platform.demo.services.echo}@demo.localhost`,
      peer: 'proxy',
      script: CALL,
      anyOrder: true,
      ignore: ['100', '180', '183', 'BYE'],
      token: tokens(n),
      answerChallenge: digestAnswer({ username: 'alice', password: platform.password('alice'), hash: nodeHash }),
    })

  const others = (): { readonly proxy: { readonly address: string; readonly port: number } } => {
    const { host, port } = placeOf(platform.users)
    return { proxy: { address: host, port } }
  }

  /** How many of `all` calls were answered and ended. */
  async function calls(all: number, link: UdpLinkOptions): Promise<number> {
    let served = 0
    for (let n = 0; n < all; n += AT_ONCE) {
      const parties = Array.from({ length: AT_ONCE }, (_, i) => phone(n + i))
      await Promise.all(
        parties.map((party, i) =>
          performUdp([party], { others: others(), scale: SCALE, link, seed: seed + n + i, limitMs: 120_000 }).then(
            () => served++,
            () => {},
          ),
        ),
      )
      progress('calls', n, all)
    }
    return served
  }

  const NETWORKS: readonly (readonly [what: string, link: UdpLinkOptions, share: number])[] = [
    ['5 % loss', { loss: 0.05 }, 0.99],
    ['10 % loss', { loss: 0.1 }, 0.97],
    ['20 % loss', { loss: 0.2 }, 0.9],
    ['10 % out of order, 5 % doubled, 50 ms of jitter', { reorder: 0.1, duplicate: 0.05, jitterMs: 50 }, 0.99],
    ['1 % changed on the way', { corrupt: 0.01 }, 0.9],
  ]

  test.each(NETWORKS)('%s: calls are set up and end, each with one record (RFC 3261 §17.1.1.2, §17.2.3)', async (_what, link, share) => {
    const all = extent(20, 300)
    const served = await calls(all, link)
    expect(served).toBeGreaterThanOrEqual(Math.floor(all * share))
    await until('all calls to have ended', async () => (await platform.metric('strowger_cdr_open_calls')) === 0, 120_000)
    const rows = (await platform.cdrs()).filter(({ call }) => !recorded.has(call))
    for (const { call } of rows) recorded.add(call)
    expect(new Set(rows.map(({ call }) => call)).size).toBe(rows.length)
    const answered = rows.filter(({ answer }) => answer !== null).length
    expect(answered).toBeGreaterThanOrEqual(served)
    expect(answered).toBeLessThanOrEqual(all)
    await witness.unharmed()
  })

  test('nothing is left of it', () => expectIdle(platform, 120_000))
})

/** No phone has the Call-ID, tag or branch of another, in this run or an earlier one. */
function tokens(n: number): () => string {
  let count = 0
  return () => `${process.pid.toString(36)}${performance.now().toString(36).replace('.', '')}x${n}x${++count}`
}
