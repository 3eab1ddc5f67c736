/** The same scripts on a simulated network, on a bad one, and on real UDP. RFC 3665 §2, §3. */
import { describe, expect, test } from 'vitest'
import { perform } from '../src/index.ts'
import { performUdp } from '../src/udp.ts'
import { casts } from './casts.ts'

const each = Object.entries(casts)

describe('in virtual time', () => {
  test.each(each)('%s', (_, cast) => {
    expect(perform(cast(), { link: { delayMs: 20 } }).durationMs).toBeLessThan(2000)
  })
})

describe('on a network that loses, delays, doubles and reorders', () => {
  const link = { delayMs: 30, jitterMs: 20, loss: 0.15, duplicate: 0.2, reorder: 0.1 }
  const played = (cast: (typeof casts)[string], seed: number): void => {
    try {
      perform(cast({ anyOrder: true }), { seed, link })
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }

  test.each(each)('%s', (_, cast) => {
    for (let seed = 1; seed <= 50; seed++) played(cast, seed)
  })
})

describe('on real UDP', () => {
  test.each(each)('%s', async (_, cast) => {
    const { exchanges } = await performUdp(cast(), { scale: 0.2 })
    expect(exchanges.length).toBeGreaterThanOrEqual(4)
  })
})
