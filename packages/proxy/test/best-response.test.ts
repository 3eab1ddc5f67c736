import { expect, test } from 'vitest'
import { bestResponse } from '../src/core/best-response.ts'

test.each([
  [[486, 603], 603, 'any 6xx first'],
  [[500, 404], 404, 'the lowest class'],
  [[486, 302], 302, 'the lowest class'],
  [[404, 401], 401, 'what lets the caller try again'],
  [[408, 486], 486, 'a busy callee says more than silence'],
  [[487, 480], 480, 'a reason says more than our own CANCEL'],
  [[503, 500], 503, 'the first of equals'],
])('of %j the best is %i: %s (RFC 3261 §16.7 step 6)', (statuses, best) => {
  expect(statuses[bestResponse(statuses.map(status => ({ status })))]).toBe(best)
})

test('of none there is no best', () => {
  expect(bestResponse([])).toBe(-1)
})
