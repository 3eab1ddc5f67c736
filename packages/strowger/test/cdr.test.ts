import type { Cdr } from '@strowger/domain'
import { expect, test } from 'vitest'
import { cdrJson, cdrTable } from '../src/command/cdr.ts'

const cdr: Cdr = {
  call: '01ARYZ6S410000000000000000',
  brandId: 1,
  clientId: 2,
  userId: 3,
  caller: '101',
  callee: '102',
  direction: 'internal',
  startMs: 1_790_000_000_123,
  answerMs: null,
  endMs: 1_790_000_001_456,
  durationMs: 0,
  hungUpBy: 'callee',
  status: 486,
  legs: [{ leg: 'a', packets: 5, bytes: 860, lost: null, jitterMs: 3, roundTripMs: 41.54, mos: 4.3 }],
}

test('a call record as data has UTC times with milliseconds, tenant, and media of each leg', () => {
  expect(cdrJson(cdr)).toEqual({
    call: cdr.call,
    tenant: { brand: 1, client: 2, user: 3 },
    caller: '101',
    callee: '102',
    direction: 'internal',
    start: '2026-09-21T14:13:20.123Z',
    answer: null,
    end: '2026-09-21T14:13:21.456Z',
    durationMs: 0,
    hungUpBy: 'callee',
    status: 486,
    legs: [{ leg: 'a', packets: 5, bytes: 860, lost: null, jitterMs: 3, roundTripMs: 41.54, mos: 4.3 }],
  })
})

test('a call record for a person is one line under a heading', () => {
  const lines = cdrTable([cdr]).trimEnd().split('\n')
  expect(lines).toHaveLength(2)
  expect(lines[1]).toMatch(
    /^2026-09-21T14:13:20.123Z {2}internal {3}101 {5}102 {5}0.0 s {5}486 {5}callee {4}a: 5 packets, \? lost, jitter 3 ms, round trip 41.5 ms, MOS 4.3 {2}01ARYZ/,
  )
})
