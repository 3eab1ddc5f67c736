import { expect, it } from 'vitest'
import { EventQueue } from '../src/event-queue.ts'

it('gives events in order, waits for the next, and ends', async () => {
  const queue = new EventQueue<string>(10, count => `dropped ${count}`)
  queue.push('one')
  const read: string[] = []
  const reading = (async () => {
    for await (const event of queue) read.push(event)
  })()
  queue.push('two')
  await new Promise(setImmediate)
  queue.push('three')
  queue.end()
  queue.push('too late')
  await reading
  expect(read).toEqual(['one', 'two', 'three'])
})

it('drops the oldest when the reader is too slow, and says how many', async () => {
  const queue = new EventQueue<string>(2, count => `dropped ${count}`)
  for (const event of ['one', 'two', 'three', 'four']) queue.push(event)
  queue.end()
  const read: string[] = []
  for await (const event of queue) read.push(event)
  expect(read).toEqual(['dropped 2', 'three', 'four'])
})
