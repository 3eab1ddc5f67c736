/** Three times the rated load on a server that can do little more than that: what is left of its calls, and how soon it is well again. */
import { describe, expect, test } from 'vitest'
import { BusyServer, type Call, RATED } from './busy-server.ts'

/** Deterministic; the seed is in the title. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), 1 | state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

const between = (calls: readonly Call[], from: number, to: number): readonly Call[] =>
  calls.filter(({ began }) => began >= from && began < to)
const done = (calls: readonly Call[]): number => calls.filter(({ state }) => state === 'done').length

function overloaded(seed: number, limits: object | undefined): BusyServer {
  const server = new BusyServer(seeded(seed), limits)
  server.run(10_000, 0.8 * RATED)
  server.run(30_000, 3 * RATED)
  server.run(25_000, 0.8 * RATED)
  return server
}

describe.each([1, 2, 3])('three times the rated load for half a minute (seed %i)', seed => {
  const server = overloaded(seed, {})
  const { calls } = server

  test('before it, nobody is refused', () => {
    const before = between(calls, 0, 9000)
    expect(done(before)).toBe(before.length)
  })

  test('goodput stays above 80 % of what is rated', () => {
    expect(done(between(calls, 10_000, 40_000)) / 30).toBeGreaterThan(0.8 * RATED)
  })

  test('once it has settled, whom it takes it serves, and the others are told so within 500 ms', () => {
    const settled = between(calls, 12_000, 40_000)
    const taken = settled.filter(({ accepted }) => accepted)
    expect(done(taken) / taken.length).toBeGreaterThan(0.99)
    const late = settled.filter(({ state, began, answered = Number.POSITIVE_INFINITY }) => state === 'refused' && answered - began > 500)
    expect(late.length / settled.length).toBeLessThan(0.01)
  })

  test('ten seconds after it all is as before', () => {
    const after = between(calls, 50_000, 60_000)
    expect(done(after)).toBe(after.length)
  })

  test('it is told once that it began, and once that it ended', () => {
    expect(server.news.map(({ kind }) => kind)).toEqual(['began', 'ended'])
    expect(server.news[1]).toMatchObject({ refused: expect.any(Number) })
  })
})

test('without control the same server lets all wait for seconds: next to nobody is served within one', () => {
  const soon = (calls: readonly Call[]): number =>
    between(calls, 15_000, 40_000).filter(
      ({ state, began, answered = Number.POSITIVE_INFINITY }) => state === 'done' && answered - began < 1000,
    ).length / 25
  expect(soon(overloaded(1, undefined).calls)).toBeLessThan(0.1 * RATED)
  expect(soon(overloaded(1, {}).calls)).toBeGreaterThan(0.8 * RATED)
})

test('a server that can do what is asked of it refuses nobody, and next to nobody at its rated load', () => {
  const easy = new BusyServer(seeded(7), {})
  easy.run(30_000, 0.7 * RATED)
  expect(easy.news).toEqual([])
  const rated = new BusyServer(seeded(7), {})
  rated.run(30_000, RATED)
  rated.run(10_000, 0)
  expect(done(rated.calls) / rated.calls.length).toBeGreaterThan(0.97)
})
