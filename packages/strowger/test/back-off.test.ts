import { describe, expect, test } from 'vitest'
import { backOff } from '../src/supervisor/back-off.ts'
import { Presses } from '../src/supervisor/presses.ts'

describe('back-off', () => {
  test('doubles from 250 ms to 10 s while a role dies young', () => {
    let failures = 0
    const delays = Array.from({ length: 8 }, () => {
      const next = backOff(failures, 29_999)
      failures = next.failures
      return next.delayMs
    })
    expect(delays).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000])
  })

  test('starts again at 250 ms after 30 s of life', () => {
    expect(backOff(7, 30_000)).toEqual({ delayMs: 250, failures: 1 })
  })
})

describe('presses of Ctrl-C', () => {
  test('signals within 300 ms are one press', () => {
    const presses = new Presses()
    expect([0, 1, 250, 600, 650, 2000].map(now => presses.press(now))).toEqual([1, undefined, undefined, 2, undefined, 3])
  })
})
