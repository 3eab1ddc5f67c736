/** The durations of all timers, as RFC 3261 Table 4 and its amendments have them. */
import { answering, simulate } from '@strowger/testkit'
import { expect, test } from 'vitest'
import { lateTryingMs, TIMERS, type TimerName } from '../src/timers.ts'

const BASE = { t1: 500, t2: 4000, t4: 5000 }
// biome-ignore format: a table reads in columns
const TABLE: readonly [timer: TimerName, udp: number, reliable: number | 'not used', clause: string][] = [
  ['timer 100', 200, 200, 'RFC 3261 §17.2.1'],
  ['timer A', 500, 'not used', 'RFC 3261 §17.1.1.2'],
  ['timer B', 32_000, 32_000, 'RFC 3261 §17.1.1.2'],
  ['timer D', 32_000, 0, 'RFC 3261 §17.1.1.2'],
  ['timer E', 500, 'not used', 'RFC 3261 §17.1.2.2'],
  ['timer F', 32_000, 32_000, 'RFC 3261 §17.1.2.2'],
  ['timer G', 500, 'not used', 'RFC 3261 §17.2.1'],
  ['timer H', 32_000, 32_000, 'RFC 3261 §17.2.1'],
  ['timer I', 5000, 0, 'RFC 3261 §17.2.1'],
  ['timer J', 32_000, 0, 'RFC 3261 §17.2.2'],
  ['timer K', 5000, 0, 'RFC 3261 §17.1.2.2'],
  ['timer L', 32_000, 32_000, 'RFC 6026 §7.1'],
  ['timer M', 32_000, 32_000, 'RFC 6026 §7.2'],
  ['cancel unanswered', 32_000, 32_000, 'RFC 3261 §9.1'],
]

for (const [timer, udp, reliable, clause] of TABLE) {
  test(`${timer} is ${udp} ms over UDP and ${reliable === 'not used' ? reliable : `${reliable} ms`} over a reliable transport (${clause})`, () => {
    expect(TIMERS[timer](BASE, false)).toBe(udp)
    if (reliable !== 'not used') expect(TIMERS[timer](BASE, true)).toBe(reliable)
  })
}

test('every timer that runs is in the table but `give up`, whose time the user gives (RFC 3261 §17)', () => {
  expect([...TABLE.map(([timer]) => timer), 'give up'].sort()).toEqual(Object.keys(TIMERS).sort())
})

test('timer D is at least 32 s over UDP, however short T1, unless `leastD` says less (RFC 3261 §17.1.1.2)', () => {
  expect(TIMERS['timer D']({ ...BASE, t1: 100 }, false)).toBe(32_000)
  expect(TIMERS['timer D']({ ...BASE, t1: 1000 }, false)).toBe(64_000)
  expect(TIMERS['timer D']({ ...BASE, t1: 100, leastD: 1000 }, false)).toBe(6400)
})

test('the late 100 comes when timer E reaches T2 (RFC 4320 §4.1)', () => {
  expect(lateTryingMs(BASE)).toBe(3500)
  expect(lateTryingMs({ ...BASE, t1: 4000 })).toBe(4000)
})

test('transactions end never early, and those that end within 10 ms end in one wake (RFC 3261 §17.2.2)', () => {
  const net = simulate({ seed: 1, server: answering([200]), client: () => {} })
  for (let i = 0; i < 40; i++) {
    net.request('OPTIONS')
    net.advance(0.25)
  }
  const ends: number[] = []
  while (net.server.layer.counts().server > 0) {
    const { nextWake } = net.server.layer
    const before = net.server.layer.counts().server
    net.advance(nextWake - net.now)
    if (net.server.layer.counts().server < before) ends.push(net.now)
  }
  expect(ends).toEqual([32_000, 32_010])
})
