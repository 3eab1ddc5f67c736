/** The simulated network: the same seed, the same story; and the order of simulated events. */
import { StreamParser } from '@strowger/sip-parser'
import { expect, test } from 'vitest'
import { Agenda } from '../src/agenda.ts'
import { answering, type Simulation, seededRandom, simulate, tripleFeed } from '../src/index.ts'

function story(seed: number): string[] {
  const net: Simulation = simulate({ seed, loss: 0.4, duplicate: 0.3, reorder: 0.3, delayMs: 20, server: answering([180, 486], 50) })
  net.invite()
  net.advance(60_000)
  return [net.client, net.server].flatMap(({ outputs }) =>
    outputs.map(o => (o.kind === 'transmit' ? Buffer.from(o.bytes).toString() : o.kind)),
  )
}

test('the same seed tells the same story, another seed another', () => {
  expect(story(5)).toEqual(story(5))
  expect(story(5)).not.toEqual(story(6))
})

test('a datagram takes `delayMs`', () => {
  const net = simulate({ seed: 1, delayMs: 40, server: answering([486]) })
  net.invite()
  net.advance(79)
  expect(net.client.outputs.some(({ kind }) => kind === 'response')).toBe(false)
  net.advance(1)
  expect(net.client.outputs.some(({ kind }) => kind === 'response')).toBe(true)
})

test('what is due at the same time happens in the order it was asked for', () => {
  const agenda = new Agenda()
  const done: number[] = []
  for (const [i, at] of [30, 10, 10, 20, 10].entries()) agenda.add(at, () => done.push(i))
  expect(agenda.take(9)).toBeUndefined()
  for (let act = agenda.take(30); act !== undefined; act = agenda.take(30)) act()
  expect(done).toEqual([1, 2, 4, 3, 0])
  expect(agenda.next).toBe(Number.POSITIVE_INFINITY)
})

test('seeded numbers are spread over [0, 1)', () => {
  const random = seededRandom(1)
  const numbers = Array.from({ length: 10_000 }, random)
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...numbers)).toBeLessThan(1)
  expect(numbers.reduce((sum, n) => sum + n) / 10_000).toBeCloseTo(0.5, 1)
})

test('a stream parser reads the same message whole, byte by byte and with bytes of the next one behind it', () => {
  const text =
    'OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 2\r\n\r\nhi'
  const read = (chunks: readonly Uint8Array[]): string[] => {
    const parser = new StreamParser()
    const found: string[] = []
    for (const chunk of chunks) {
      parser.push(chunk)
      for (let next = parser.next(); next !== undefined; next = parser.next())
        found.push(next.kind === 'request' ? Buffer.from(next.body).toString() : next.kind)
    }
    return found
  }
  expect(tripleFeed(Buffer.from(text), read)).toEqual({ whole: ['hi'], byteByByte: ['hi'], trailing: ['hi'] })
})
