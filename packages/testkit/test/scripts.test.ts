/** The same scripts on a simulated network, on a bad one, and on real UDP. RFC 3665 §2, §3. */
import { describe, expect, test } from 'vitest'
import { perform } from '../src/index.ts'
import { performUdp } from '../src/udp.ts'
import { casts } from './casts.ts'

describe.each(Object.entries(casts))('%s', (_, cast) => {
  test('in virtual time', () => {
    expect(perform(cast(), { link: { delayMs: 20 } }).durationMs).toBeLessThan(2000)
  })

  test('on a network that loses, delays, doubles and reorders', () => {
    for (let seed = 1; seed <= 50; seed++)
      perform(cast({ anyOrder: true }), { seed, link: { delayMs: 30, jitterMs: 20, loss: 0.15, duplicate: 0.2, reorder: 0.1 } })
  })

  test('on real UDP', async () => {
    const { exchanges } = await performUdp(cast(), { scale: 0.2 })
    expect(exchanges.length).toBeGreaterThanOrEqual(4)
  })
})
