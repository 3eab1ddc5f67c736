/** Who is barred for too many wrong passwords, and for how long. RFC 3261 §26.1.1, RFC 7616 §5.7. */
import { describe, expect, test } from 'vitest'
import { type Ban, type BanOptions, Bans } from '../src/brute-force/bans.ts'

const HOURS_12 = 43_200_000
const NOW = 1_800_000_000_000
const [HOME, OFFICE] = ['127.0.0.9', '127.0.0.10']

function counting(options: Partial<BanOptions> = {}): {
  readonly bans: Bans
  readonly told: Ban[]
  guess(times: number, wall?: number, user?: string): void
} {
  const told: Ban[] = []
  const bans = new Bans({ tries: 100, banMs: HOURS_12, onBan: ban => told.push(ban), ...options })
  return {
    bans,
    told,
    guess(times, wall = NOW, user = 'alice@demo.test') {
      for (let i = 0; i < times; i++) bans.failed(user, HOME, wall)
    },
  }
}

describe('a ban', () => {
  test('is of a user and an address, from the hundredth wrong password on, for twelve hours', () => {
    const { bans, told, guess } = counting()
    guess(99)
    expect(bans.bars('alice@demo.test', HOME, NOW)).toBe(false)
    guess(1)
    expect(bans.bars('alice@demo.test', HOME, NOW)).toBe(true)
    expect(bans.bars('alice@demo.test', OFFICE, NOW)).toBe(false)
    expect(bans.bars('bob@demo.test', HOME, NOW)).toBe(false)
    expect(told).toEqual([{ user: 'alice@demo.test', source: HOME, until: NOW + HOURS_12 }])
    expect([bans.bars('alice@demo.test', HOME, NOW + HOURS_12 - 1), bans.bars('alice@demo.test', HOME, NOW + HOURS_12)]).toEqual([
      true,
      false,
    ])
  })

  test('does not grow longer by what comes meanwhile', () => {
    const { bans, told, guess } = counting()
    guess(100)
    guess(1000, NOW + HOURS_12 / 2)
    expect([told.length, bans.bars('alice@demo.test', HOME, NOW + HOURS_12)]).toEqual([1, false])
  })

  test('leaves a fifth of the tries until the next one', () => {
    const { told, guess } = counting()
    guess(100)
    guess(19, NOW + HOURS_12)
    expect(told).toHaveLength(1)
    guess(1, NOW + HOURS_12)
    expect(told).toHaveLength(2)
  })

  test('is lifted from one address or from all', () => {
    const { bans } = counting({ tries: 1 })
    for (const source of [HOME, OFFICE, '::1']) bans.failed('alice@demo.test', source, NOW)
    bans.failed('bob@demo.test', HOME, NOW)
    expect(bans.lift('alice@demo.test', OFFICE)).toBe(1)
    expect(bans.list(NOW).map(({ user, source }) => `${user} ${source}`)).toEqual([
      `alice@demo.test ${HOME}`,
      'alice@demo.test ::1',
      `bob@demo.test ${HOME}`,
    ])
    expect([bans.lift('alice@demo.test'), bans.lift('carol@demo.test')]).toEqual([2, 0])
    expect(bans.list(NOW)).toHaveLength(1)
  })

  test('never comes where there are no tries to count', () => {
    const { bans, guess } = counting({ tries: 0 })
    guess(1000)
    expect(bans.list(NOW)).toEqual([])
  })
})

describe('wrong passwords', () => {
  test('do not count any more after the right one', () => {
    const { bans, told, guess } = counting()
    guess(99)
    bans.passed('alice@demo.test', HOME)
    guess(99)
    expect(told).toEqual([])
  })

  test('do not count after twice the time of a ban', () => {
    const { told, guess } = counting()
    guess(99)
    guess(1, NOW + HOURS_12, 'bob@demo.test')
    guess(1, NOW + 2 * HOURS_12, 'bob@demo.test')
    guess(99, NOW + 2 * HOURS_12)
    expect(told).toEqual([])
  })

  test('of names that are made up leave both lists bounded', () => {
    const { bans } = counting({ tries: 2, most: 100 })
    for (let i = 0; i < 10_000; i++) for (let k = 0; k < 1 + (i % 2); k++) bans.failed(`u${i}@demo.test`, HOME, NOW)
    expect(bans.list(NOW)).toHaveLength(100)
    const long = 'x'.repeat(60_000)
    for (let k = 0; k < 2; k++) bans.failed(`${long}${k}`, HOME, NOW)
    expect(bans.list(NOW).at(-1)!.user).toHaveLength(128)
  })
})
