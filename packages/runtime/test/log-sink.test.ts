/** What waits for whoever reads the log has an end. */
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { FileTarget, LogSink, streamTarget } from '../src/log-sink.ts'

test('a reader that stands still costs lines, not memory; once it reads again it is told how many', async () => {
  const pipe = new PassThrough({ highWaterMark: 100 })
  const { write, ...sink } = sinkOn(streamTarget(pipe as unknown as NodeJS.WriteStream), 1000)
  for (let i = 0; i < 100; i++) write(`${'x'.repeat(99)}\n`)
  expect(pipe.writableLength).toBeLessThanOrEqual(1000)
  expect(sink.lost()).toBeGreaterThan(80)
  const read: string[] = []
  pipe.on('data', chunk => read.push(String(chunk)))
  while (pipe.writableLength > 0) await new Promise(setImmediate)
  write('after\n')
  while (!read.join('').endsWith('after\n')) await new Promise(setImmediate)
  expect(read.join('')).toContain(`"lost":${sink.lost()}}\nafter\n`)
})

test('nobody reads any more: lines are counted, and nothing is thrown', async () => {
  const pipe = new PassThrough().on('error', () => {})
  const { write, lost } = sinkOn(streamTarget(pipe as unknown as NodeJS.WriteStream), 1000)
  pipe.destroy(new Error('EPIPE'))
  await new Promise(setImmediate)
  for (let i = 0; i < 5; i++) write('x\n')
  expect(lost()).toBe(5)
})

test('a full disk: what waits is bounded, and written in order once there is room', async () => {
  let isFull = true
  const disk: string[] = []
  const attempts: number[] = []
  const target = new FileTarget(1, async (_fd, bytes) => {
    attempts.push(bytes.length)
    if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    const taken = bytes.subarray(0, 7)
    disk.push(Buffer.from(taken).toString())
    return taken.length
  })
  const { write, lost } = sinkOn(target, 50)
  for (let i = 0; i < 20; i++) write(`line ${i}\n`)
  while (attempts.length === 0) await new Promise(setImmediate)
  isFull = false
  while (target.waiting > 0) await new Promise(resolve => setTimeout(resolve, 10))
  expect(disk.join('')).toBe('line 0\nline 1\nline 2\nline 3\nline 4\nline 5\nline 6\n')
  expect(lost()).toBe(13)
})

function sinkOn(target: ConstructorParameters<typeof LogSink>[0], most: number): { write: (line: string) => void; lost: () => number } {
  const sink = new LogSink(target, most)
  return { write: sink.write, lost: () => sink.lost }
}
