/** `listen` on several threads, as an embedder has it: a program that runs in each of them. RFC 3261 §8.1.1.4. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { run } from '../platform.ts'

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

test('all of a call comes to one thread, by UDP and TCP, and to each thread the answers to what it asks; then the program ends by itself', async () => {
  const { code, output, complaint } = await run(process.execPath, [
    '--import',
    file('../../scripts/typescript.mjs'),
    file('listen-program.ts'),
  ])
  expect([code, complaint]).toEqual([0, ''])
  const answers = JSON.parse(output) as readonly (readonly string[])[]
  expect(answers).toHaveLength(60)
  for (const [udp, tcp] of answers) expect(tcp).toBe(udp)
  expect(new Set(answers.flat()).size).toBe(3)
  for (const answer of answers.flat()) expect(answer).toMatch(/^\d+ 202$/)
}, 200_000)

test('a thread that dies is started again, what waits at the others is answered, and all of them listen where they are told to (RFC 3261 §18.2)', async () => {
  const { code, output, complaint } = await run(process.execPath, [
    '--import',
    file('../../scripts/typescript.mjs'),
    file('listen-live-program.ts'),
  ])
  expect([code, complaint]).toEqual([0, ''])
  const { deaths, ...rest } = JSON.parse(output)
  expect(deaths).toEqual([expect.stringMatching(/^thread \d+ cannot go on$/)])
  expect(rest).toEqual({ counted: 1, back: true, there: 3, isRemoved: [true, false], now: 3, on: 2 })
}, 200_000)
