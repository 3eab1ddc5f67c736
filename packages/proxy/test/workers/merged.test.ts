import type { SeenMessage } from '@strowger/sip-transport'
import { expect, test } from 'vitest'
import { MergedMessages } from '../../src/workers/merged-messages.ts'
import { sumHealth } from '../../src/workers/sum-health.ts'

const seen = (number: number, wall: number, method: string): SeenMessage => ({
  number,
  wall,
  method,
  direction: 'in',
  transport: 'UDP',
  local: '127.0.0.1:5060',
  remote: '127.0.0.2:5060',
  cseq: 1,
  callId: 'c',
  hasBody: false,
})

test('messages of all workers come in the order of the clock, numbered as one list', () => {
  const merged = new MergedMessages()
  merged.take(
    new Map([
      [1, { last: 2, messages: [seen(1, 10, 'INVITE'), seen(2, 30, 'ACK')] }],
      [2, { last: 1, messages: [seen(1, 20, 'BYE')] }],
    ]),
  )
  expect(merged.since(0)).toMatchObject({ last: 3, messages: [{ method: 'INVITE' }, { method: 'BYE' }, { method: 'ACK' }] })
  expect(merged.since(2).messages.map(({ number, method }) => [number, method])).toEqual([[3, 'ACK']])
})

test('each worker is asked for what it has not told yet; one that has gone is asked no more', () => {
  const merged = new MergedMessages()
  merged.take(new Map([[1, { last: 7, messages: [] }]]))
  expect([merged.after(1), merged.after(2)]).toEqual([7, 0])
  merged.gone(1)
  expect(merged.after(1)).toBe(0)
})

test('who looks on never holds more than so many', () => {
  const merged = new MergedMessages()
  merged.take(new Map([[1, { last: 5000, messages: Array.from({ length: 5000 }, (_, n) => seen(n, n, 'INFO')) }]]))
  expect(merged.since(0).messages).toHaveLength(4096)
})

test('health: numbers are added up, also below, and words that differ stand side by side', () => {
  expect(
    sumHealth([
      { appserver: 'alive', proxied: 2, transactions: { client: 1, server: 2 } },
      { appserver: 'alive', proxied: 3, transactions: { client: 4, server: 0 } },
      { appserver: 'unknown', proxied: 0, transactions: { client: 0, server: 0 } },
      {},
    ]),
  ).toEqual({ appserver: 'alive, unknown', proxied: 5, transactions: { client: 5, server: 2 } })
})
