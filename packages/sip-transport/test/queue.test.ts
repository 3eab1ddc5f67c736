/** A bounded queue between who pushes and who takes. */
import { expect, it } from 'vitest'
import { Queue } from '../src/queue.ts'

const taken = async <T>(queue: Queue<T>): Promise<T[]> => {
  const items: T[] = []
  for await (const item of queue) items.push(item)
  return items
}

it.each([
  ['refuse', [true, true, false], [1, 2]],
  ['forget the oldest', [true, true, true], [2, 3]],
] as const)('that is full and shall "%s" takes no more than its limit', async (whenFull, pushed, left) => {
  const queue = new Queue<number>(2, whenFull)
  expect([1, 2, 3].map(item => queue.push(item))).toEqual(pushed)
  queue.end()
  expect(queue.push(4)).toBe(false)
  expect(await taken(queue)).toEqual(left)
})

it('gives at once what somebody waits for, in order, and ends for all who wait', async () => {
  const queue = new Queue<number>(0, 'refuse')
  const takers = [1, 2, 3].map(() => queue[Symbol.asyncIterator]().next())
  expect([queue.push(7), queue.push(8)]).toEqual([true, true])
  queue.end()
  expect(await Promise.all(takers)).toEqual([
    { done: false, value: 7 },
    { done: false, value: 8 },
    { done: true, value: undefined },
  ])
})
