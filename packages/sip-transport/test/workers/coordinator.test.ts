import { beforeEach, describe, expect, test } from 'vitest'
import { Coordinator, type CoordinatorOutput } from '../../src/workers/coordinator.ts'
import { keptBy, ownedBy } from '../../src/workers/shard-map.ts'

let coordinator: Coordinator
beforeEach(() => {
  coordinator = new Coordinator()
})

const take = (): string[] => {
  const outputs: string[] = []
  for (let output = coordinator.poll(); output !== undefined; output = coordinator.poll()) outputs.push(text(output))
  return outputs
}
const text = (output: CoordinatorOutput): string => {
  if (output.kind === 'start') return `start ${output.worker} at ${output.place}`
  return output.kind === 'retire' ? `retire ${output.worker}` : `map ${output.map.version}`
}
/** All who run say that they know the map. */
const allAware = (): void => {
  const { version } = coordinator.map
  for (const { worker, state } of coordinator.workers) if (state !== 'starting') coordinator.aware(worker, version)
}
const releaseAll = (worker: number): void => coordinator.released(worker, keptBy(coordinator.map, worker))
const owned = (): number[] => coordinator.workers.map(({ worker }) => ownedBy(coordinator.map, worker))
const states = (): string[] => coordinator.workers.map(({ worker, place, state }) => `${worker}@${place} ${state}`)

/** `count` workers, each of which has let go what went to the later ones. */
const settled = (count: number): void => {
  for (let place = 1; place <= count; place++) coordinator.ready(coordinator.start(place))
  for (let round = 0; round <= 4 * count; round++) {
    allAware()
    for (const { worker } of coordinator.workers) if (keptBy(coordinator.map, worker).length > 0) releaseAll(worker)
  }
  allAware()
  take()
}

test('the first worker gets all shards, the next ones their share', () => {
  expect(coordinator.start(1)).toBe(1)
  expect(take()).toEqual(['start 1 at 1'])
  coordinator.ready(1)
  expect(take()).toEqual(['map 1'])
  expect(owned()).toEqual([256])
})

test('the next change waits until everybody knows the last one', () => {
  coordinator.ready(coordinator.start(1))
  coordinator.ready(coordinator.start(2))
  expect(take()).toEqual(['start 1 at 1', 'map 1', 'start 2 at 2'])
  coordinator.aware(1, 1)
  coordinator.aware(2, 1)
  expect(take()).toEqual(['map 2'])
  coordinator.aware(1, 1)
  coordinator.released(1, keptBy(coordinator.map, 1))
  expect(take()).toEqual([])
  allAware()
  expect(take()).toEqual(['map 3'])
  expect(keptBy(coordinator.map, 1)).toEqual([])
})

describe('a worker is replaced live', () => {
  test('its successor takes what is new, it keeps what it has, and is retired when it has let go and all know', () => {
    settled(2)
    expect(coordinator.replace(1)).toBe(3)
    expect(take()).toEqual(['start 3 at 1'])
    expect(states()).toEqual(['1@1 ready', '2@2 ready', '3@1 starting'])
    coordinator.ready(3)
    expect(take()).toHaveLength(1)
    expect(states()).toEqual(['1@1 draining', '2@2 ready', '3@1 ready'])
    expect(owned()).toEqual([0, 128, 128])
    allAware()
    expect(take()).toEqual([])
    releaseAll(1)
    expect(take()).toHaveLength(1)
    allAware()
    expect(take()).toEqual(['retire 1'])
    expect(coordinator.gone(1)).toBe(false)
    expect(states()).toEqual(['2@2 ready', '3@1 ready'])
  })

  test('not twice at once, and only one that is ready', () => {
    settled(1)
    coordinator.replace(1)
    expect(coordinator.replace(1)).toBeUndefined()
    expect(coordinator.replace(2)).toBeUndefined()
    expect(coordinator.replace(99)).toBeUndefined()
  })

  test('its successor dies first: the others take what is new, and its place is empty', () => {
    settled(2)
    coordinator.ready(coordinator.replace(1)!)
    allAware()
    expect(coordinator.gone(3)).toBe(true)
    expect(owned()).toEqual([0, 256])
    coordinator.ready(coordinator.start(1))
    allAware()
    expect(owned()).toEqual([0, 128, 128])
  })

  test('its successor dies before it is ready: nothing has changed', () => {
    settled(2)
    const { map } = coordinator
    coordinator.replace(1)
    coordinator.gone(3)
    expect(coordinator.map).toBe(map)
    expect(states()).toEqual(['1@1 ready', '2@2 ready'])
    expect(coordinator.replace(1)).toBe(4)
  })

  test('it dies while it drains: nobody waits for it', () => {
    settled(2)
    coordinator.ready(coordinator.replace(1)!)
    coordinator.gone(1)
    allAware()
    expect(coordinator.map.chains.some(chain => chain.includes(1))).toBe(false)
    expect(states()).toEqual(['2@2 ready', '3@1 ready'])
  })

  test('both are drained at once', () => {
    settled(2)
    coordinator.ready(coordinator.replace(1)!)
    coordinator.ready(coordinator.replace(2)!)
    for (let round = 0; round < 4; round++) allAware()
    expect(owned()).toEqual([0, 0, 128, 128])
    releaseAll(1)
    releaseAll(2)
    for (let round = 0; round < 4; round++) allAware()
    expect(take().filter(output => output.startsWith('retire'))).toEqual(['retire 1', 'retire 2'])
  })
})

describe('a worker dies', () => {
  test('the others take its shards at once, its place is empty, its successor takes a share', () => {
    settled(4)
    expect(coordinator.gone(2)).toBe(true)
    expect(owned().reduce((sum, count) => sum + count, 0)).toBe(256)
    expect(Math.max(...owned()) - Math.min(...owned())).toBeLessThanOrEqual(1)
    coordinator.ready(coordinator.start(2))
    allAware()
    expect(owned().at(-1)).toBe(64)
  })

  test('one that never said that it knows the map does not hold up the rest', () => {
    settled(2)
    coordinator.ready(coordinator.replace(1)!)
    coordinator.aware(2, coordinator.map.version)
    coordinator.aware(3, coordinator.map.version)
    take()
    coordinator.gone(1)
    expect(take()).toHaveLength(1)
  })

  test('the only one: its successor takes all', () => {
    settled(1)
    expect(coordinator.gone(1)).toBe(true)
    coordinator.ready(coordinator.start(1))
    expect(owned()).toEqual([256])
  })
})

test('two are replaced at once: each successor gets its share, whatever the others did before', () => {
  settled(2)
  coordinator.ready(coordinator.replace(1)!)
  coordinator.gone(1)
  coordinator.ready(coordinator.replace(2)!)
  for (let round = 0; round < 6; round++) {
    allAware()
    for (const { worker } of coordinator.workers) if (keptBy(coordinator.map, worker).length > 0) releaseAll(worker)
  }
  expect(states()).toEqual(['2@2 leaving', '3@1 ready', '4@2 ready'])
  expect(owned()).toEqual([0, 128, 128])
})

describe('there are to be fewer, or more', () => {
  test('who is removed keeps what it has, the others take what is new, and it is retired when it has let go; its place wants nobody', () => {
    settled(3)
    expect(coordinator.remove(3)).toBe(true)
    expect(states()).toEqual(['1@1 ready', '2@2 ready', '3@3 draining'])
    expect(owned()).toEqual([128, 128, 0])
    expect(keptBy(coordinator.map, 3)).not.toEqual([])
    allAware()
    releaseAll(3)
    allAware()
    expect(take().at(-1)).toBe('retire 3')
    expect(coordinator.gone(3)).toBe(false)
    allAware()
    expect(owned()).toEqual([128, 128])
  })

  test('not twice, not the last that takes anything new, and nobody who is not there', () => {
    settled(2)
    expect(coordinator.remove(2)).toBe(true)
    expect([coordinator.remove(2), coordinator.remove(1), coordinator.remove(9)]).toEqual([false, false, false])
  })

  test('one that is only starting drains as soon as it is ready', () => {
    settled(2)
    coordinator.start(3)
    expect(coordinator.remove(3)).toBe(true)
    expect(coordinator.isEmpty(3)).toBe(true)
    coordinator.ready(3)
    for (let round = 0; round < 6; round++) {
      allAware()
      for (const { worker } of coordinator.workers) if (keptBy(coordinator.map, worker).length > 0) releaseAll(worker)
    }
    allAware()
    expect(owned()).toEqual([128, 128, 0])
    expect(take()).toContain('retire 3')
  })

  test('one that dies while it is removed is not started again; its place may be given anew', () => {
    settled(2)
    coordinator.remove(2)
    expect(coordinator.gone(2)).toBe(false)
    expect([coordinator.isEmpty(1), coordinator.isEmpty(2)]).toEqual([false, true])
    expect(coordinator.start(2)).toBe(3)
  })
})
