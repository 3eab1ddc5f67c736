/** More than the rated load on a server that can do little more than that: what is left of its calls, whose they are, and how soon it is well again. */
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

describe.each([5, 10])('%i times the rated load from one address, and phones with a third of it', times => {
  function flooded(phones: string): BusyServer {
    const server = new BusyServer(seeded(times), {})
    server.callers(20_000, 0.3 * RATED, phones, 300)
    server.run(3000)
    server.callers(12_000, times * RATED, 'flood')
    server.run(17_000)
    server.run(10_000)
    return server
  }
  const from = ({ calls }: BusyServer, name: string): readonly Call[] => calls.filter(({ source }) => source.startsWith(name))

  test('the phones are served as if there were no flood, which gets what they leave (RFC 6357 §7)', () => {
    const server = flooded('phone')
    const [phones, flood] = [from(server, 'phone'), from(server, 'flood')]
    expect(done(phones) / phones.length).toBeGreaterThan(0.99)
    expect(done(flood) / 12).toBeGreaterThan(0.3 * RATED)
    expect(server.news.map(({ kind }) => kind)).toEqual(['began', 'ended'])
  })

  test('but not when they come from the address of the flood', () => {
    const calls = between(flooded('flood').calls, 4000, 15_000)
    expect(done(calls) / calls.length).toBeLessThan(0.3)
  })
})

test.each([20, 1000, 20_000])('three times the rated load is served as well when it comes from %i addresses', addresses => {
  const server = new BusyServer(seeded(5), {})
  server.callers(15_000, 3 * RATED, 'phone', addresses)
  server.run(15_000)
  server.run(10_000)
  expect(done(server.calls) / 15).toBeGreaterThan(0.8 * RATED)
})
