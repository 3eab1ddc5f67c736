/** The controller by tables: what begins an overload, what does not, what ends it, and who is refused meanwhile. */
import { seededRandom } from '@strowger/testkit'
import { describe, expect, test } from 'vitest'
import { CallShare } from '../../src/overload/call-share.ts'
import { memoryUsed } from '../../src/overload/load-meter.ts'
import { OverloadControl } from '../../src/overload/overload-control.ts'
import { type LoadSample, OVERLOAD_LIMITS, type OverloadNews } from '../../src/overload/overload-limits.ts'
import { SourceShare } from '../../src/overload/source-share.ts'
import { StandingQueue } from '../../src/overload/standing-queue.ts'

const EASY: Omit<LoadSample, 'now'> = { lagMs: 2, queueMs: 0, occupancy: 0.3, transactions: 100, memory: 0.2 }

/** A controller and ten samples a second. */
function controlled(random: () => number = () => 0.5): {
  readonly control: OverloadControl
  readonly news: OverloadNews[]
  samples(load: Partial<LoadSample>, count?: number): OverloadControl
} {
  const control = new OverloadControl({ ...OVERLOAD_LIMITS, transactions: 1000 }, random)
  const news: OverloadNews[] = []
  let now = 0
  return {
    control,
    news,
    samples(load, count = 1) {
      for (let i = 0; i < count; i++) {
        now += 100
        const told = control.sample({ ...EASY, ...load, now })
        if (told !== undefined) news.push(told)
      }
      return control
    },
  }
}

const ids = Array.from({ length: 1000 }, (_, i) => `call-${i}`)
const refusedOf = (control: OverloadControl, waitedMs?: number): number =>
  ids.filter(id => control.refuses(id, 'one', waitedMs) !== undefined).length

describe('what begins an overload', () => {
  test.each<[string, Partial<LoadSample>, number, OverloadNews[]]>([
    ['nothing', {}, 20, []],
    ['a busy loop that is not late', { occupancy: 1 }, 20, []],
    ['a loop that was late once, as for a collection of garbage', { lagMs: 900 }, 1, []],
    ['a loop that is late again and again', { lagMs: 350 }, 5, [{ kind: 'began', reason: 'lag' }]],
    ['a queue that never empties', { queueMs: 350 }, 1, [{ kind: 'began', reason: 'queue' }]],
    ['a queue that was long for a moment', { queueMs: 250 }, 20, []],
    ['too many transactions', { transactions: 1001 }, 1, [{ kind: 'began', reason: 'transactions' }]],
    ['as many transactions as there may be', { transactions: 1000 }, 20, []],
    ['too little memory', { memory: 0.91 }, 1, [{ kind: 'began', reason: 'memory' }]],
  ])('%s', (_title, load, count, expected) => {
    const { samples, news, control } = controlled()
    samples({}, 10)
    samples(load, count)
    expect(news).toEqual(expected)
    expect(refusedOf(control) > 0).toBe(expected.length > 0)
  })
})

describe('too many transactions, too little memory', () => {
  test('nothing new is taken until a tenth is free again, and the end is told two seconds later', () => {
    const { samples, control, news } = controlled()
    expect(refusedOf(samples({ transactions: 1001 }))).toBe(1000)
    expect(refusedOf(samples({ transactions: 901 }, 5))).toBe(1000)
    expect([control.admitted, control.refused.transactions]).toEqual([0, 2000])
    expect(refusedOf(samples({ transactions: 900 }))).toBe(0)
    samples({}, 19)
    expect(news).toHaveLength(1)
    samples({})
    expect(news[1]).toEqual({ kind: 'ended', lastedMs: 2600, refused: 2000 })
    expect(control.reason).toBeUndefined()
  })
})

describe('a loop too late, a queue too long', () => {
  test('a part is taken: less while it lasts, as little as the loop can do, but never nothing', () => {
    const { samples, control } = controlled()
    const admitted = [1, 2, 3, 4, 5].map(() => samples({ queueMs: 300, occupancy: 1 }).admitted)
    expect(admitted.map(part => Math.round(part * 100))).toEqual([50, 35, 24, 17, 12])
    expect(samples({ queueMs: 300, occupancy: 1 }, 300).admitted).toBe(0.01)
    expect(refusedOf(control)).toBeLessThan(1000)
  })

  test('all is taken again when there is room, within ten seconds of the deepest cut', () => {
    const { samples, control, news } = controlled()
    samples({ queueMs: 300, occupancy: 1 }, 300)
    samples({}, 70)
    expect(control.admitted).toBe(1)
    samples({}, 30)
    expect(news.map(({ kind }) => kind)).toEqual(['began', 'ended'])
  })

  test('a loop at its target stays there', () => {
    const { samples, control } = controlled()
    samples({ queueMs: 300, occupancy: 1 }, 2)
    const before = control.admitted
    expect(samples({ occupancy: 0.95 }, 50).admitted).toBeCloseTo(before, 9)
  })

  test('a call has the same verdict each time it comes, whatever others there are', () => {
    const { samples, control } = controlled()
    samples({ queueMs: 300, occupancy: 1 }, 2)
    const first = ids.map(id => control.refuses(id))
    expect(ids.map(id => control.refuses(id))).toEqual(first)
    expect(first.filter(reason => reason === undefined).length / 1000).toBeCloseTo(control.admitted, 1)
  })

  test('who has waited for T1 or longer has sent it again, or given up: nothing so old is taken', () => {
    const { samples, control } = controlled()
    samples({ queueMs: 300, occupancy: 1 })
    expect([refusedOf(control, 499) < 600, refusedOf(control, 500)]).toEqual([true, 1000])
  })

  test('without an overload age does not count', () => {
    expect(refusedOf(controlled().samples({}), 5000)).toBe(0)
  })
})

test('Retry-After is never the same for all, from once to three times what is configured (RFC 3261 §20.33)', () => {
  let next = 0
  const { control } = controlled(() => next)
  const all = [0, 0.25, 0.5, 0.999].map(random => {
    next = random
    return control.retryAfter()
  })
  expect(all).toEqual([10, 15, 20, 30])
})

test('no phone is refused for ever: who is served changes by the key, which nobody can know', () => {
  let seed = 0
  const share = new CallShare(() => {
    seed += 0.37
    return seed % 1
  })
  const served = new Set<string>()
  for (let now = 0; now < 400_000; now += 8000) for (const id of ids) if (share.of(id, now) < 0.2) served.add(id)
  expect(served.size).toBe(1000)
})

describe('who sends how much (RFC 6357 §7)', () => {
  /** So many calls of each source, evenly mixed; how many of each are refused. */
  function mixed(control: OverloadControl, counts: Readonly<Record<string, number>>, waitedMs = 0): Readonly<Record<string, number>> {
    const refused: Record<string, number> = {}
    const most = Math.max(...Object.values(counts))
    for (let i = 0; i < most; i++) {
      for (const [source, count] of Object.entries(counts)) {
        if (Math.floor((i * count) / most) === Math.floor(((i + 1) * count) / most)) continue
        const isRefused = control.refuses(`${source}-${i}-${Math.trunc(waitedMs)}`, source, waitedMs) !== undefined
        refused[source] = (refused[source] ?? 0) + (isRefused ? 1 : 0)
      }
    }
    return refused
  }
  const COUNTS = { flood: 2000, office: 100, phone: 2 }
  /** A quarter or so is admitted. */
  const inOverload = (): OverloadControl => controlled(seededRandom(3)).samples({ queueMs: 300, occupancy: 1 }, 3)

  test('who sends less than the cap is served whole, who sends more is cut to it', () => {
    const control = inOverload()
    const { flood, office, phone } = mixed(control, COUNTS)
    expect([office, phone]).toEqual([0, 0])
    // 2102 calls, of which the part that is admitted is taken: all of the small ones, the rest from the flood.
    expect((2102 - flood!) / 2102).toBeCloseTo(control.admitted, 1)
  })

  test('late work of who sends little is served, of who sends more none', () => {
    const control = inOverload()
    mixed(control, COUNTS)
    expect(mixed(control, COUNTS, 600)).toEqual({ flood: 2000, office: 0, phone: 0 })
  })

  test('two that send the same are cut the same', () => {
    const control = inOverload()
    const { one, two } = mixed(control, { one: 2000, two: 2000 })
    for (const refused of [one!, two!]) expect(1 - refused / 2000).toBeCloseTo(control.admitted, 1)
  })

  test('who sends nothing any more is forgotten: his part is for the others', () => {
    const { samples } = controlled(seededRandom(3))
    const control = samples({ queueMs: 300, occupancy: 1 }, 3)
    mixed(control, { flood: 2000, phone: 2 })
    expect(mixed(samples({ queueMs: 300, occupancy: 1 }), { phone: 5 })).toEqual({ phone: 0 })
    const later = samples({ queueMs: 300, occupancy: 1 }, 600)
    expect(mixed(later, { phone: 1000 }).phone).toBeGreaterThan(900)
  })

  test('no room at all is no room for anybody', () => {
    const { samples } = controlled(seededRandom(3))
    mixed(samples({ queueMs: 300, occupancy: 1 }, 3), COUNTS)
    expect(mixed(samples({ transactions: 1001, occupancy: 1 }), { phone: 3 })).toEqual({ phone: 3 })
  })

  test('nobody shares the cell of a flood for long: the key changes, and its successor knows all', () => {
    const share = new SourceShare(seededRandom(3))
    share.begin(0, 0.2)
    const phones = Array.from({ length: 2000 }, (_, i) => `phone ${i}`)
    const cut = Array.from({ length: 16 }, (_, period) => {
      for (let now = period * 8000; now < (period + 1) * 8000; now += 100) {
        share.divide(now, 0.2)
        for (let i = 0; i < 200; i++) share.count('flood')
      }
      expect(share.count('flood')).toBeLessThan(0.3)
      return phones.filter(phone => share.count(phone) < 1)
    })
    for (const unlucky of cut) expect(unlucky.length).toBeLessThan(20)
    const all = cut.flat()
    expect(all.length).toBeGreaterThan(0)
    expect(new Set(all).size).toBe(all.length)
  })
})

describe('a standing queue', () => {
  test('is as old as the first read in a row that was full', () => {
    const queue = new StandingQueue()
    queue.read(1000, false)
    expect(queue.standingMs).toBe(0)
    for (const now of [2000, 2050, 2300]) queue.read(now, true)
    expect(queue.standingMs).toBe(300)
    queue.read(2310, false)
    expect(queue.standingMs).toBe(0)
  })

  test('a burst that one read takes whole is none', () => {
    const queue = new StandingQueue()
    queue.read(1000, true)
    expect(queue.standingMs).toBe(0)
  })
})

test('memory is a part of what there may be', () => {
  expect(memoryUsed()).toBeGreaterThan(0)
  expect(memoryUsed()).toBeLessThan(1)
})
